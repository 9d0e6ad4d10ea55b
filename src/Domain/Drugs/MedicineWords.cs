namespace BiopsyFhir.Domain;

/// <summary>One line on a medicine: "apixaban 5 mg twice daily, active".</summary>
internal static class MedicineWords
{
    public static string Line(MedicineSource source) =>
        Line(source.Found.Drug.Ingredient, source.Found.Possible, source.Dose, source.Exposure.Why, source.Use.State == UseState.AsNeeded, source.Use.Words);

    public static string Summary(Medicine medicine, Dose dose, string useOfStrongest) =>
        Line(medicine.Ingredient, medicine.Possible, dose, medicine.NonSystemicReason, medicine.Use == UseState.AsNeeded, medicine.Use switch
        {
            UseState.Ended => $"ended {medicine.ExposureEnd:yyyy-MM-dd}",
            UseState.OnHold => medicine.ExposureEnd is { } held ? $"on hold since {held:yyyy-MM-dd}" : "on hold, start not recorded",
            _ => useOfStrongest,
        });

    private static string Line(string ingredient, bool possible, Dose dose, string? notSystemic, bool asNeeded, string use)
    {
        var amount = dose.PerTake is { } value ? $" {value.Plain()} {dose.Unit}" : "";
        var often = dose.TakesPerDay is { } takes ? $" {(asNeeded && takes > 1 ? "up to " : "")}{Often(takes)}" : "";
        return $"{(possible ? "possibly " : "")}{ingredient}{amount}{often}{(asNeeded ? " as needed" : "")}{(notSystemic is null ? "" : $" ({notSystemic})")}, {use}";
    }

    private static string Often(decimal takes) => takes switch
    {
        1 => "once daily",
        2 => "twice daily",
        0.5m => "every other day",
        > 1 => $"{decimal.Round(takes, 1).Plain()} times daily",
        _ when decimal.Round(takes * 7, 3) is 1 => "once weekly",
        _ => $"{decimal.Round(takes * 7, 1).Plain()} times a week",
    };
}
