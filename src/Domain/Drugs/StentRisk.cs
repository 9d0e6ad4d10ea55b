using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Stents and what they mean for a P2Y12 inhibitor (evidence 2.7).</summary>
/// <param name="Protected">Reasons not to stop it: no date is computed.</param>
/// <param name="Past">A coronary stent outside the window.</param>
public sealed record StentRisk(ImmutableArray<RiskReason> Protected, RiskReason? Past)
{
    public bool IsProtected => Protected.Length > 0;

    public static StentRisk Of(Situation situation, Medicine medicine)
    {
        if (!medicine.Systemic || situation.Policy.Medicines.FamilyOf(medicine) != MedicineFamily.P2y12) return new([], null);
        var (rows, history) = (situation.Policy.Thrombosis, situation.History);
        ImmutableArray<RiskReason> reasons =
        [
            .. Inside(situation, rows["stent/coronary"], [.. history.OfAny("coronary-stent", "pci", "acute-coronary")]),
            .. Inside(situation, rows["stent/other"], [.. history.Of("other-stent")]),
        ];
        var stents = history.OfAny("coronary-stent", "pci").OrderByDescending(p => (p.Date ?? p.Recorded)?.Last ?? DateOnly.MinValue).ToList();
        var past = reasons.IsEmpty && stents.Count > 0
            ? new RiskReason(rows["stent/past"], rows["stent/past"].Say(("months", $"{rows["stent/coronary"].Months}"), ("event", stents[0].Fact.Text)), [.. stents.Select(p => p.Fact)])
            : null;
        return new(reasons, past);
    }

    private static IEnumerable<RiskReason> Inside(Situation situation, ThrombosisRow row, List<Problem> events)
    {
        var inside = events.Where(e => e.Within(row.Months, situation.D0).CountsAsInside()).OrderByDescending(e => (e.Date ?? e.Recorded)!.Value.Last).ToList();
        if (inside.Count > 0)
        {
            yield return new(row, row.Say(("event", inside[0].Fact.Text), ("until", inside[0].Until(row.Months)!.Value.InFull())), [.. inside.Select(e => e.Fact)], inside[0].Until(row.Months));
            yield break;
        }
        // "Stent in place" without a date is explained by a dated stent; alone it counts as recent.
        if (events.Count > 0 && events.All(e => e.Within(row.Months, situation.D0) == Timing.Unknown))
            yield return new(row, row.Say("sayUndated", ("event", events[0].Fact.Text)), [.. events.Select(e => e.Fact)]);
    }
}
