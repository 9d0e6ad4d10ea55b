namespace BiopsyFhir.Domain;

/// <summary>Body mass index from the newest weight and height on record, or as recorded.</summary>
public sealed record BodyMass(decimal Value, string Reference, DateOnly Date)
{
    public Fact AsFact() => new(Reference, $"BMI {decimal.Round(Value, 1)} kg/m2", decimal.Round(Value, 1), "kg/m2", Date);

    public static BodyMass? Index(Situation situation)
    {
        var labs = situation.Labs;
        if (labs.Of("body-weight").FirstOrDefault() is { } weight && labs.Of("body-height").FirstOrDefault() is { } height && height.Amount > 0)
        {
            var metres = height.Amount / 100;
            return new(weight.Amount / (metres * metres), weight.Reference, weight.Date);
        }
        return labs.Of("bmi").FirstOrDefault() is { } recorded ? new(recorded.Amount, recorded.Reference, recorded.Date) : null;
    }
}
