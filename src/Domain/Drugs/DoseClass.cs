namespace BiopsyFhir.Domain;

/// <summary>Therapeutic or prophylactic, from what the order says. What cannot be told counts as therapeutic: the longer hold.</summary>
/// <param name="Note">Why it could not be told, or on what it rests.</param>
public sealed record DoseClass(bool Prophylactic, string? Note)
{
    public static DoseClass Of(Medicine medicine, DoseLimits limits, Clearance clearance)
    {
        if (medicine.Intravenous) return new(false, null);
        if (medicine.DosePerTake is not { } dose || medicine.DoseUnit != limits.Unit)
            return new(false, "The dose could not be read: taken as therapeutic.");
        if (limits.TherapeuticPerKg is { } perKg && clearance.Weight is { Amount: > 0 } weight)
        {
            var doseKg = dose / weight.Amount;
            if (doseKg >= perKg || medicine.TakesPerDay is { } perDay && doseKg * perDay >= limits.TherapeuticPerKgDay)
                return new(false, $"{decimal.Round(doseKg, 2).Plain()} {limits.Unit}/kg per dose: therapeutic.");
        }
        if (medicine.TakesPerDay is not { } takes)
            return new(false, "How often it is given could not be read: taken as therapeutic.");
        return limits.Limits.Any(l => dose <= l.Dose && takes <= l.Times)
            ? new(true, null)
            : new(false, clearance.Weight is null ? "Above the prophylactic dose; the weight is not known: taken as therapeutic." : "Above the prophylactic dose: taken as therapeutic.");
    }
}
