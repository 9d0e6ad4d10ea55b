using System.Globalization;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Worklist;

/// <summary>What of the list is shown. A value that is not known filters nothing: a typing error must not hide a patient.</summary>
/// <param name="Within">Days until the first step; rows that could not be judged always pass.</param>
public sealed record WorklistFilter(Verdict? Verdict, int? Within, string? Find)
{
    public static WorklistFilter Read(IQueryCollection query) => new(
        Enum.GetValues<Verdict>().Cast<Verdict?>().FirstOrDefault(v => v!.Value.Kebab() == query["verdict"]),
        int.TryParse(query["within"], NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : null,
        query["find"].ToString().Trim() is { Length: > 0 } text ? text : null);

    public bool Lets(WorklistRow row, DateOnly today) =>
        (Verdict is null || row.Verdict == Verdict)
        && (Within is not { } days || row.Next is not { } next || next.Due.DayNumber - today.DayNumber <= days)
        && (Find is null || Has(row.Name) || Has(row.Identifier) || Has(row.Patient));

    private bool Has(string? text) => text?.Contains(Find!, StringComparison.OrdinalIgnoreCase) is true;
}
