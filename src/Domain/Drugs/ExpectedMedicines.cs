using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// Evidence 7.1 rule 5: a history that asks for an antithrombotic, and none on the list. "Not seen" is not "not taken".
/// Where the history asks for a kind of antithrombotic (a mechanical valve, a recent clot: an anticoagulant), that kind is looked for.
/// </summary>
public static class ExpectedMedicines
{
    private static readonly ImmutableArray<MedicineFamily> Anticoagulants = [MedicineFamily.Anticoagulant];
    private static readonly ImmutableArray<MedicineFamily> Antiplatelets = [MedicineFamily.Aspirin, MedicineFamily.P2y12, MedicineFamily.IvAntiplatelet, MedicineFamily.Antiplatelet];
    private static readonly ImmutableArray<MedicineFamily> Any = [.. Anticoagulants, .. Antiplatelets];

    public static IEnumerable<NotJudged> NotSeen(Situation situation)
    {
        var (rows, history, d0) = (situation.Policy.Thrombosis, situation.History, situation.D0);
        IEnumerable<(Problem? Problem, ImmutableArray<MedicineFamily> Families, string What)> asks =
        [
            (history.OfAny("mechanical-valve").FirstOrDefault() ?? (history.Of("tissue-valve").Any() ? null : history.Of("prosthetic-valve").FirstOrDefault()), Anticoagulants, "An anticoagulant"),
            (history.Of("atrial-fibrillation").FirstOrDefault(p => p.Active), Any, "An antithrombotic"),
            (history.Of("vte").FirstOrDefault(p => p.Within(rows["high/vte"].Months, d0).CountsAsInside()), Anticoagulants, "An anticoagulant"),
            (history.OfAny("coronary-stent").FirstOrDefault(p => p.Within(rows["stent/coronary"].Months, d0).CountsAsInside()), Antiplatelets, "An antiplatelet"),
            (history.Of("long-term-anticoagulant").FirstOrDefault(p => p.Active), Anticoagulants, "An anticoagulant"),
            (history.Of("long-term-antiplatelet").FirstOrDefault(p => p.Active), Any, "An antithrombotic"),
        ];
        return asks.Where(a => a.Problem is not null && !OnList(situation, a.Families))
            .Select(a => new NotJudged($"{a.What} would be expected, none seen",
                $"{a.Problem!.Fact.Text} ({a.Problem.Fact.Reference}). Ask whether one is taken: not seen is not the same as not taken.", MightHide.Antithrombotic));
    }

    /// <summary>In use, ended a short while ago, or ended on a day that is not known: its findings speak then.</summary>
    private static bool OnList(Situation situation, ImmutableArray<MedicineFamily> families)
    {
        var days = situation.Policy.Thrombosis["advice/expected"]["earlierDays"];
        return situation.Medicines.Medicines.Any(m => m.Systemic && situation.Policy.Medicines.FamilyOf(m) is { } family && families.Contains(family)
            && (m.CountsAsInUse || m.Use == UseState.EndedUnknown || m.Use == UseState.Ended && m.ExposureEnd is { } end && end.AddDays(days) >= situation.AsOf));
    }
}
