using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests;

public class MoreMedicinesTests
{
    [Fact]
    public void One_more_antithrombotic_never_removes_a_finding_about_another_medicine_and_never_improves_readiness() => Holds.ForEveryChart((chart, pick) =>
    {
        if (Engine.Assess(chart) is not { } before) return;
        var seen = before.Readiness.Medications.Select(m => m.Ingredient).OfType<string>().ToHashSet();
        var more = Generate.Antithrombotics.Where(d => !seen.Contains(d.Ingredient)).ElementAt(pick % (Generate.Antithrombotics.Length - seen.Count));
        var added = chart.Plus(Resources.Medicine("MedicationRequest", "more", Resources.Concept(null, null, more.Ingredient), "active", null));
        var after = Engine.Assess(added)!;
        Assert.True(after.Care >= before.Care, $"{before.Readiness.Verdict} became {after.Readiness.Verdict} with {more.Ingredient}");
        foreach (var finding in before.Readiness.Findings.Where(f => f.Subject.Split('+').All(seen.Contains)))
            Assert.True(after.Readiness.Findings.Any(f => f.Rule == finding.Rule && f.Subject.Split('+').ToHashSet().IsSupersetOf(finding.Subject.Split('+'))
                && f.LastDoseDate == finding.LastDoseDate && f.LastDoseAt == finding.LastDoseAt && f.EarliestProcedureDate == finding.EarliestProcedureDate),
                $"{finding.Rule} {finding.Subject} is gone or has other dates with {more.Ingredient}");
    });
}
