using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Plans;

/// <summary>What has to happen first: asked on 11 March, biopsy on 18 March.</summary>
public class NextStepTests
{
    private static readonly DateOnly Today = new(2026, 3, 11), D0 = new(2026, 3, 18);

    [Fact]
    public void With_nothing_to_do_it_is_the_biopsy() => Assert.Equal((D0, "Biopsy"), Step([]));

    [Fact]
    public void A_hold_counts_on_its_last_dose_day() => Assert.Equal((D0.AddDays(-2), "Last dose of apixaban"), Step([Hold("apixaban", -2)]));

    [Fact]
    public void The_earlier_last_dose_comes_first() => Assert.Equal((D0.AddDays(-5), "Last dose of warfarin"), Step([Hold("apixaban", -2), Hold("warfarin", -5)]));

    [Fact]
    public void A_last_dose_today_comes_before_a_test_of_today() => Assert.Equal((Today, "Last dose of x"), Step([Hold("x", -7), Order("ferritin")]));

    [Fact]
    public void A_question_to_the_specialist_comes_before_both() =>
        Assert.Equal((Today, "Ask"), Step([Hold("x", -7), Order("ferritin"), Finding("T-HIGH", FindingAction.AskSpecialist) with { Title = "Ask" }]));

    [Fact]
    public void Something_to_look_at_is_for_today_and_what_only_informs_is_not()
    {
        Assert.Equal((Today, "Platelets 15"), Step([Finding("L-PLT", FindingAction.Review) with { Title = "Platelets 15" }]));
        Assert.Equal((D0, "Biopsy"), Step([Finding("L-HB", FindingAction.Review) with { Severity = Severity.Info }]));
    }

    [Fact]
    public void A_hold_that_began_needs_nothing_more() => Assert.Equal((D0, "Biopsy"), Step([Hold("x", -9)]));

    [Fact]
    public void A_provisional_hold_has_no_day_but_today() => Assert.Equal((Today, "Settle the hold of x"), Step([Hold("x", -2) with { Provisional = true }]));

    [Fact]
    public void A_test_counts_on_its_due_day_and_a_note_for_information_does_not_count()
    {
        Assert.Equal((D0.AddDays(-1), "inr"), Step([Order("inr") with { TestDueDate = D0.AddDays(-1) }]));
        Assert.Equal((D0, "Biopsy"), Step([Order("mma") with { Severity = Severity.Info }]));
    }

    [Fact]
    public void What_might_hide_a_blood_thinner_comes_before_everything()
    {
        var readiness = Of([Finding("T-HIGH", FindingAction.AskSpecialist)]) with { NotJudged = [new("MedicationRequest/1", "unreadable", MightHide.Antithrombotic)] };
        Assert.Equal("Look at what could not be read", NextStep.Of(readiness).What);
    }

    private static (DateOnly, string) Step(ImmutableArray<Finding> findings) => NextStep.Of(Of(findings)) is var s ? (s.Due, s.What) : default;

    private static Readiness Of(ImmutableArray<Finding> findings) =>
        Assess.Run(Patients.Snapshot(), Knowledge.P1) with { Findings = findings, NotJudged = [], Verdict = Verdict.ActionNeeded };

    private static Finding Hold(string drug, int day) => Finding("R-HOLD", FindingAction.Hold) with { Subject = drug, LastDoseDate = D0.AddDays(day) };

    private static Finding Order(string test) => Finding("W-X", FindingAction.OrderTest) with { Subject = test, Title = test };

    private static Finding Finding(string rule, FindingAction action) =>
        new() { Rule = rule, Severity = Severity.High, Subject = "x", Action = action, Title = "x", Detail = "x", Because = [], Citations = ["EVIDENCE-D"] };
}
