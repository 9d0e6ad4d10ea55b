using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>The product: Snapshot + Policy -> Readiness. Pure; the same input gives the same answer.</summary>
public static class Assess
{
    /// <summary>Every rule family, in the order of evidence section 7. None reads another's findings.</summary>
    private static readonly ImmutableArray<Func<Situation, IEnumerable<Finding>>> Rules =
    [
        HoldRules.Findings,
        UseRules.Findings,
        ThrombosisRules.Findings,
        DuplicateRules.Findings,
        ClearanceRules.Findings,
        InrRules.Findings,
        BleedingRules.Findings,
        AllergyRules.Findings,
        SedationRules.Findings,
        SiteRules.Findings,
        PatientRules.Findings,
        PlateletRules.Findings,
        CoagulationRules.Findings,
        OtherLabRules.Findings,
        WorkUpRules.Findings,
    ];

    public static Readiness Run(Snapshot snapshot, Policy policy)
    {
        var situation = Situation(snapshot, policy);
        var deceased = snapshot.Chart.Person.Deceased;
        ImmutableArray<Finding> findings = deceased ? [] :
            [.. Rules.SelectMany(rule => rule(situation)).Concat(situation.Labs.DataQuality).Distinct()
                .OrderByDescending(f => f.Severity).ThenBy(f => f.Rule, StringComparer.Ordinal).ThenBy(f => f.Subject, StringComparer.Ordinal)
                .ThenBy(f => f.Title, StringComparer.Ordinal)];
        var notJudged = WhatCouldNotBeJudged.From(situation);
        return new Readiness
        {
            Verdict = Judge.Verdict(situation, findings, notJudged),
            Snapshot = snapshot,
            Policy = policy,
            Findings = findings,
            Medications = situation.Medicines.Rows,
            Labs = LabRows.From(situation),
            Anaemia = situation.Anaemia,
            Clearance = situation.Clearance,
            NotJudged = notJudged,
            AgeYears = situation.AgeYears,
        };
    }

    /// <summary>What the rules read, worked out in order: history, medicines, labs, clearance, holds, anaemia.</summary>
    public static Situation Situation(Snapshot snapshot, Policy policy)
    {
        var history = ReadHistory.From(snapshot, policy);
        var medicines = ReadMedicines.From(snapshot, policy);
        var labs = ReadLabs.From(snapshot, policy);
        var clearance = CreatinineClearance.From(snapshot, policy, labs, medicines, history);
        return new Situation
        {
            Snapshot = snapshot,
            Policy = policy,
            History = history,
            Medicines = medicines,
            Labs = labs,
            Clearance = clearance,
            Holds = PlanHolds.From(snapshot, policy, medicines, clearance, history),
            Anaemia = JudgeAnaemia.From(snapshot, policy, labs, history),
        };
    }
}
