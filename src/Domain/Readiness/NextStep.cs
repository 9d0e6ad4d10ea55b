namespace BiopsyFhir.Domain;

/// <summary>What has to happen first for one biopsy, and on which day; the worklist is sorted by it.</summary>
/// <param name="Due">Today for what should be done now.</param>
public sealed record NextStep(DateOnly Due, string What)
{
    /// <summary>The earliest step from the as-of day on; the more urgent kind first where two fall on one day.</summary>
    public static NextStep Of(Readiness readiness)
    {
        var today = readiness.Snapshot.AsOf.Last;
        return Steps(readiness, today).OrderBy(s => s.Step.Due).ThenBy(s => s.Rank).ThenBy(s => s.Step.What, StringComparer.Ordinal).First().Step;
    }

    private static IEnumerable<(int Rank, NextStep Step)> Steps(Readiness readiness, DateOnly today)
    {
        if (readiness.NotJudged.Any(n => n.Hides is MightHide.Antithrombotic or MightHide.SafetyLab))
            yield return (0, new(today, "Look at what could not be read"));
        foreach (var f in readiness.Findings)
        {
            if (f.Rule is "LATE" || f.Action == FindingAction.Reschedule) yield return (1, new(today, f.Title));
            else if (f.Action == FindingAction.AskSpecialist) yield return (2, new(today, f.Title));
            else if (f.Action == FindingAction.Hold && f.Provisional) yield return (3, new(today, $"Settle the hold of {f.Subject}"));
            else if (f.Action == FindingAction.Hold && f.LastDoseDate is { } last && last >= today) yield return (4, new(last, $"Last dose of {f.Subject}"));
            else if (f.Action is FindingAction.OrderTest or FindingAction.RepeatTest && f.Severity >= Severity.Moderate)
                yield return (5, new(f.TestDueDate is { } due && due > today ? due : today, f.Title));
            else if (f.Action == FindingAction.Review && f.Severity >= Severity.Moderate) yield return (6, new(today, f.Title));
        }
        var d0 = readiness.Snapshot.Biopsy.Date;
        yield return (7, new(d0 < today ? today : d0, d0 < today ? $"The biopsy was planned for {d0.InFull()}" : "Biopsy"));
    }
}
