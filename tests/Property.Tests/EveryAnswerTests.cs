using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests;

/// <summary>What is true of every answer.</summary>
public class EveryAnswerTests
{
    [Fact]
    public void Every_finding_has_a_fact_and_a_citation_that_resolves() => Holds.ForEveryChart(chart =>
    {
        foreach (var finding in Engine.Assess(chart)?.Readiness.Findings ?? [])
        {
            Assert.NotEmpty(finding.Because);
            Assert.All(finding.Because, fact => Assert.False(string.IsNullOrWhiteSpace(fact.Text)));
            Assert.NotEmpty(finding.Citations);
            Assert.All(finding.Citations, key => Assert.True(Engine.Policies.ById["P1"].Citations.ContainsKey(key), $"{finding.Rule} cites {key}"));
            Assert.False(string.IsNullOrWhiteSpace(finding.Title));
            Assert.False(string.IsNullOrWhiteSpace(finding.Detail));
        }
    });

    [Fact]
    public void Every_fact_that_names_a_record_names_one_that_is_there() => Holds.ForEveryChart(chart =>
    {
        var there = chart.Resources.Select(r => $"{r["resourceType"]}/{r["id"]}").ToHashSet();
        foreach (var finding in Engine.Assess(chart)?.Readiness.Findings ?? [])
            Assert.All(finding.Because.Select(b => b.Reference).OfType<string>(), reference => Assert.Contains(reference, there));
    });

    [Fact]
    public void The_dates_of_a_hold_are_in_order() => Holds.ForEveryChart(chart =>
    {
        if (Engine.Assess(chart) is not { } answer) return;
        var d0 = answer.Readiness.Snapshot.Biopsy.Date;
        foreach (var hold in answer.Readiness.Findings)
        {
            if (hold.Rule == "R-HOLD" && hold.LastDoseDate is { } last)
            {
                Assert.True(last <= d0, $"{Answer.Told(hold)}: a dose after the biopsy");
                if (hold.FirstDrugFreeDate is { } free)
                {
                    Assert.Equal(last.AddDays(1), free);
                    Assert.True(free <= d0);
                    Assert.Equal(d0, free.AddDays(hold.DrugFreeDays!.Value));
                }
                else Assert.True(hold.LastDoseAt <= answer.Readiness.Snapshot.Biopsy.At);
                Assert.True(hold.ResumeDate is null || hold.ResumeDate >= d0, $"{Answer.Told(hold)}: restarts before the biopsy");
            }
            if (hold.Rule is "LATE" or "WASHOUT")
                Assert.True(hold.EarliestProcedureDate is null || hold.EarliestProcedureDate > d0, $"{Answer.Told(hold)}: postponed to a day that is not later");
        }
    });

    [Fact]
    public void A_hold_that_was_worked_out_has_a_finding() => Holds.ForEveryChart(chart =>
    {
        if (Engine.Assess(chart) is not { } answer || answer.Readiness.Snapshot.Chart.Person.Deceased) return;
        var situation = BiopsyFhir.Domain.Assess.Situation(answer.Readiness.Snapshot, answer.Readiness.Policy);
        foreach (var hold in situation.Holds.Where(h => h.Status is HoldStatus.OnTime or HoldStatus.Late or HoldStatus.WashoutIncomplete))
            Assert.Contains(answer.Readiness.Findings, f => f.Subject.Split('+').Contains(hold.Medicine.Ingredient));
    });

    [Fact]
    public void A_provisional_or_critical_finding_that_is_accepted_never_becomes_a_hold_instruction() => Holds.ForEveryChart(chart =>
    {
        if (Engine.Assess(chart) is not { } answer) return;
        var decisions = FindingKeys.Of(answer.Readiness).Select(k => new Decision(k.Key, Choice.Accept)).ToList();
        var signed = Assert.IsType<Signing.Accepted>(SignPlan.From(answer.Readiness, [.. decisions], new Signer("Practitioner/7", null), new DateTimeOffset(2026, 3, 11, 12, 0, 0, TimeSpan.Zero))).Plan;
        var critical = answer.Readiness.Findings.Where(f => f.Severity == Severity.Critical).SelectMany(f => f.Subject.Split('+')).ToHashSet();
        foreach (var hold in signed.Holds)
        {
            Assert.False(hold.Finding.Provisional);
            Assert.NotEqual(Severity.Critical, hold.Finding.Severity);
            Assert.DoesNotContain(hold.Finding.Subject, critical);
        }
    });

    [Fact]
    public void Ready_means_that_nothing_is_left_to_do() => Holds.ForEveryChart(chart =>
    {
        if (Engine.Assess(chart) is not { Readiness: { Verdict: Verdict.Ready } ready }) return;
        Assert.DoesNotContain(ready.Findings, f => f.Severity >= Severity.Moderate || f.Action is FindingAction.AskSpecialist or FindingAction.Reschedule);
        Assert.DoesNotContain(ready.NotJudged, n => n.Hides is MightHide.Antithrombotic or MightHide.SafetyLab);
        Assert.NotEmpty(ready.Medications);
    });
}
