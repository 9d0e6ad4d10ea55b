using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Evidence 7.1 rule 1: the first that applies.</summary>
public static class Judge
{
    public static Verdict Verdict(Situation situation, ImmutableArray<Finding> findings, ImmutableArray<NotJudged> notJudged)
    {
        var chart = situation.Snapshot.Chart;
        if (chart.Person.Deceased || MedicationListUnreadable(chart)) return Domain.Verdict.CannotJudge;
        if (findings.Any(f => f.Action == FindingAction.AskSpecialist)) return Domain.Verdict.AskSpecialist;
        if (findings.Any(f => f.Severity >= Severity.Moderate)
            || situation.Holds.Any(HoldNotFinished)
            || notJudged.Any(n => n.Hides is MightHide.Antithrombotic or MightHide.SafetyLab)
            || situation.Medicines.NoneSeen)
            return Domain.Verdict.ActionNeeded;
        return Domain.Verdict.Ready;
    }

    private static bool MedicationListUnreadable(Chart chart) =>
        chart.Sources.Any(s => s.Kind == RecordKind.Medication && s.Count == 0 && s.CouldNotRead is not null);

    /// <summary>A medicine still in use that is to be held, whatever the severity of its finding.</summary>
    private static bool HoldNotFinished(HoldPlan hold) =>
        hold.Medicine.Systemic && hold.Medicine.CountsAsInUse && hold.Status is HoldStatus.OnTime or HoldStatus.Late or HoldStatus.WashoutIncomplete;
}
