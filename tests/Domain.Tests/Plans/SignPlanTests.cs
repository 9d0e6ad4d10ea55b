using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Plans;

public class SignPlanTests
{
    private static readonly Signer Doctor = new("Practitioner/7", "Dr. Test");
    private static readonly DateTimeOffset At = new(2026, 3, 11, 9, 0, 0, TimeSpan.FromHours(-4));
    private static readonly DateOnly D0 = new(2026, 3, 18);

    [Fact]
    public void Without_decisions_every_finding_is_accepted_and_a_plain_hold_becomes_an_instruction()
    {
        var plan = Signed([Hold("apixaban")]);
        var hold = Assert.Single(plan.Holds);
        Assert.Equal(("R-HOLD:apixaban", D0.AddDays(-2), D0.AddDays(1)), (hold.Key, hold.LastDoseDate, hold.ResumeDate));
    }

    [Fact]
    public void A_provisional_hold_is_never_an_instruction_unless_the_clinician_sets_her_own_date()
    {
        ImmutableArray<Finding> findings = [Hold("rivaroxaban") with { Provisional = true }];
        Assert.Empty(Signed(findings).Holds);
        var changed = Signed(findings, new Decision("R-HOLD:rivaroxaban", Choice.Change, "agreed with cardiology", D0.AddDays(-4)));
        Assert.Equal(D0.AddDays(-4), Assert.Single(changed.Holds).LastDoseDate);
    }

    [Fact]
    public void A_dismissed_hold_is_no_instruction() =>
        Assert.Empty(Signed([Hold("apixaban")], new Decision("R-HOLD:apixaban", Choice.Dismiss, "not taking it")).Holds);

    [Theory]
    [InlineData(Choice.Dismiss, null, null, null, "a reason is needed to leave this out")]
    [InlineData(Choice.Dismiss, " ", null, null, "a reason is needed to leave this out")]
    [InlineData(Choice.Change, "x", null, null, "the new last-dose date is missing")]
    [InlineData(Choice.Change, null, -3, null, "a reason is needed for a hold other than advised")]
    [InlineData(Choice.Change, "x", 1, null, "the last dose (2026-03-19) would be after the biopsy (2026-03-18)")]
    [InlineData(Choice.Change, "x", -3, -1, "the restart (2026-03-17) would be before the biopsy (2026-03-18)")]
    public void A_decision_that_cannot_stand_is_refused_with_its_reason(Choice choice, string? reason, int? last, int? resume, string fault)
    {
        var decision = new Decision("R-HOLD:apixaban", choice, reason, last is { } l ? D0.AddDays(l) : null, resume is { } r ? D0.AddDays(r) : null);
        Assert.Contains(("R-HOLD:apixaban", fault), Refused([Hold("apixaban")], decision));
    }

    [Fact]
    public void All_faults_come_at_once_and_an_unknown_finding_is_one()
    {
        var faults = Refused([Hold("apixaban"), Hold("warfarin")], new Decision("R-HOLD:apixaban", Choice.Dismiss), new Decision("R-HOLD:gone", Choice.Accept),
            new Decision("R-HOLD:warfarin", Choice.Accept), new Decision("R-HOLD:warfarin", Choice.Accept));
        Assert.Equal(["R-HOLD:warfarin", "R-HOLD:gone", "R-HOLD:apixaban"], faults.Select(f => f.Where));
    }

    [Fact]
    public void Two_findings_of_one_rule_and_subject_have_two_keys() =>
        Assert.Equal(["R-HOLD:x", "R-HOLD:x#2"], FindingKeys.Of(Readiness([Hold("x"), Hold("x")])).Select(k => k.Key));

    private static Finding Hold(string drug) => new()
    {
        Rule = "R-HOLD",
        Severity = Severity.High,
        Subject = drug,
        Action = FindingAction.Hold,
        Title = drug,
        Detail = drug,
        LastDoseDate = D0.AddDays(-2),
        FirstDrugFreeDate = D0.AddDays(-1),
        DrugFreeDays = 1,
        ResumeDate = D0.AddDays(1),
        Because = [new Fact("MedicationRequest/1", drug)],
        Citations = ["PAUSE"],
    };

    private static Readiness Readiness(ImmutableArray<Finding> findings) =>
        Assess.Run(Patients.Snapshot(), Knowledge.P1) with { Findings = findings, Verdict = Verdict.ActionNeeded };

    private static SignedPlan Signed(ImmutableArray<Finding> findings, params Decision[] decisions) =>
        Assert.IsType<Signing.Accepted>(SignPlan.From(Readiness(findings), decisions, Doctor, At)).Plan;

    private static ImmutableArray<(string Where, string What)> Refused(ImmutableArray<Finding> findings, params Decision[] decisions) =>
        Assert.IsType<Signing.Refused>(SignPlan.From(Readiness(findings), decisions, Doctor, At)).Faults;
}
