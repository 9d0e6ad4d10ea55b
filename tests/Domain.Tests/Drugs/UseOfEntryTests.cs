using static BiopsyFhir.Domain.Tests.Drugs.Entries;

namespace BiopsyFhir.Domain.Tests.Drugs;

/// <summary>Evidence 2.8, row by row. The question is asked on 11 March 2026; 90 days before is 11 December 2025.</summary>
public class UseOfEntryTests
{
    [Theory]
    [InlineData("order")]
    [InlineData("original-order")]
    [InlineData("instance-order")]
    [InlineData("filler-order")]
    [InlineData("reflex-order")]
    [InlineData(null)]
    public void An_active_order_is_in_use(string? intent) => Assert.Equal(UseState.InUse, One(Order() with { Intent = intent }).Use);

    [Fact]
    public void An_active_statement_is_in_use() => Assert.Equal(UseState.InUse, One(Statement()).Use);

    [Fact]
    public void On_hold_counts_as_in_use_and_keeps_the_start_of_the_hold()
    {
        var held = One(Order(status: "on-hold") with { HeldSince = Day("2026-03-05") });
        Assert.Equal((UseState.OnHold, new DateOnly(2026, 3, 5), true), (held.Use, held.ExposureEnd!.Value, held.CountsAsInUse));
        Assert.Contains("on hold since 2026-03-05", held.Summary, StringComparison.Ordinal);
        Assert.Null(One(Order(status: "on-hold")).ExposureEnd);
        Assert.Null(One(Order(status: "on-hold") with { HeldSince = Day("2026-03-14") }).ExposureEnd);
    }

    [Theory]
    [InlineData("stopped")]
    [InlineData("completed")]
    [InlineData("ended")]
    public void An_end_date_ends_the_exposure_on_that_day(string status)
    {
        var ended = One(Order(status: status) with { Ended = Day("2026-03-08") });
        Assert.Equal((UseState.Ended, new DateOnly(2026, 3, 8), false), (ended.Use, ended.ExposureEnd!.Value, ended.CountsAsInUse));
        Assert.Equal(UseState.Ended, One(Order(status: status) with { Ended = Day("2026-03-11") }).Use);
    }

    [Fact]
    public void An_end_in_the_future_means_in_use_until_then_and_is_kept_as_a_fact()
    {
        var ending = One(Order(status: "completed") with { Ended = Day("2026-03-14") });
        Assert.Equal((UseState.InUse, null), (ending.Use, ending.ExposureEnd));
        Assert.Contains("to be taken until 2026-03-14", ending.Sources[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_partial_end_counts_from_its_last_day_but_not_beyond_today()
    {
        Assert.Equal(new DateOnly(2026, 2, 28), One(Order(status: "stopped") with { Ended = PartialDate.Month(2026, 2) }).ExposureEnd);
        var thisYear = One(Order(status: "stopped") with { Ended = PartialDate.Year(2026) });
        Assert.Equal((UseState.Ended, AsOf), (thisYear.Use, thisYear.ExposureEnd!.Value));
    }

    [Theory]
    [InlineData("stopped", "2025-12-11", UseState.EndedUnknown)]
    [InlineData("completed", "2026-03-10", UseState.EndedUnknown)]
    [InlineData("completed", "2025-12-10", UseState.NotInUse)]
    [InlineData("stopped", "2019-01-01", UseState.NotInUse)]
    public void Without_an_end_date_the_last_90_days_are_a_question_and_what_is_older_is_over(string status, string authored, UseState use) =>
        Assert.Equal(use, One(Order(status: status) with { Authored = Day(authored) }).Use);

    [Fact]
    public void Without_any_date_the_last_dose_is_a_question()
    {
        Assert.Equal(UseState.EndedUnknown, One(Order(status: "stopped") with { Authored = null }).Use);
        Assert.Equal(UseState.NotInUse, One(Statement(status: "completed") with { Authored = null, Started = Day("2019-01-01") }).Use);
    }

    [Theory]
    [InlineData("cancelled", "order", false)]
    [InlineData("entered-in-error", "order", false)]
    [InlineData("draft", "order", false)]
    [InlineData("active", "proposal", false)]
    [InlineData("active", "plan", false)]
    [InlineData("active", "option", false)]
    [InlineData("active", "order", true)]
    public void What_is_not_an_order_is_listed_and_raises_nothing(string status, string intent, bool doNotPerform)
    {
        var list = Read(Order(status: status) with { Intent = intent, DoNotPerform = doNotPerform }, Order("blood thinner", status, 2) with { Intent = intent, DoNotPerform = doNotPerform });
        Assert.Equal(UseState.NotInUse, Assert.Single(list.Medicines).Use);
        Assert.All(list.Rows, r => Assert.False(r.InUse));
        Assert.Equal(2, list.Rows.Length);
        Assert.Empty(list.NotJudged);
    }

    [Fact]
    public void Not_taken_and_not_done_are_not_in_use()
    {
        Assert.Equal(UseState.NotInUse, One(Statement(status: "not-taken")).Use);
        Assert.Equal(UseState.NotInUse, One(Given(status: "not-done")).Use);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("unknown")]
    [InlineData("xactive")]
    [InlineData("intended")]
    public void A_status_that_does_not_tell_counts_as_in_use_and_is_asked_about(string? status)
    {
        foreach (var entry in (MedicationRecord[])[Order(status: status), Statement(status: status)])
        {
            var list = Read(entry);
            Assert.Equal(UseState.InUse, Assert.Single(list.Medicines).Use);
            Assert.Contains(list.NotJudged, n => n.Hides == MightHide.Antithrombotic && n.Why.Contains("counted as in use", StringComparison.Ordinal));
        }
        Assert.Empty(Read(Order("metformin 500 mg", status)).NotJudged);
    }

    [Fact]
    public void As_needed_is_possible_exposure()
    {
        Assert.Equal(UseState.AsNeeded, One(Order("ibuprofen 400 mg").Taking(new Dosage { AsNeeded = true })).Use);
        Assert.Equal(UseState.AsNeeded, One(Order("ibuprofen 400 mg").Taking(new Dosage { Text = "1 comp si dolor" })).Use);
        Assert.Equal(UseState.AsNeeded, One(Statement("Nurofen 400 mg gerektiğinde")).Use);
        Assert.Equal(UseState.InUse, One(Order("ibuprofen 400 mg").Taking(new Dosage { AsNeeded = true }, new Dosage { Text = "400 mg every morning" })).Use);
        Assert.Equal(UseState.OnHold, One(Order("ibuprofen 400 mg", "on-hold").Taking(new Dosage { AsNeeded = true })).Use);
    }

    [Theory]
    [InlineData("2025-12-11", UseState.SupportingOnly)]
    [InlineData("2025-12-10", UseState.NotInUse)]
    [InlineData(null, UseState.SupportingOnly)]
    public void What_was_only_dispensed_or_given_supports_use_for_90_days(string? on, UseState use)
    {
        Assert.Equal(use, One(Dispense(on: on)).Use);
        Assert.Equal(use, One(Given(on: on)).Use);
        Assert.Single(Read(Dispense(on: on)).Rows);
    }

    [Fact]
    public void An_infusion_that_is_running_is_in_use() => Assert.Equal(UseState.InUse, One(Given("heparin 25000 units/250 mL", "in-progress")).Use);

    [Fact]
    public void A_draft_order_of_a_hook_would_be_in_use_if_signed()
    {
        var draft = One(Order(status: "draft") with { Source = MedicationSource.Draft });
        Assert.Equal((UseState.Draft, true), (draft.Use, draft.CountsAsInUse));
        Assert.Equal(UseState.NotInUse, One(Order(status: "entered-in-error") with { Source = MedicationSource.Draft }).Use);
    }

    [Fact]
    public void An_active_order_whose_period_is_over_is_still_in_use_and_says_so()
    {
        var stale = One(Order() with { Ended = Day("2026-02-01") });
        Assert.Equal(UseState.InUse, stale.Use);
        Assert.Contains("active, though its period ended 2026-02-01", stale.Summary, StringComparison.Ordinal);
        Assert.EndsWith(", active", One(Order() with { Ended = Day("2026-03-11") }).Summary, StringComparison.Ordinal); // its last day is not over
    }

    /// <summary>A pack from the pharmacy may lie at home; a dose that was given is inside the patient.</summary>
    [Fact]
    public void Dispensed_and_given_are_told_apart()
    {
        Assert.EndsWith("dispensed 2026-02-01", One(Dispense()).Summary, StringComparison.Ordinal);
        Assert.EndsWith("given 2026-03-10", One(Given()).Summary, StringComparison.Ordinal);
        Assert.EndsWith("given, date not recorded", One(Given(on: null)).Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("warfarin 5 mg", MightHide.Antithrombotic)]
    [InlineData("blood thinner", MightHide.Antithrombotic)]
    [InlineData("", MightHide.Antithrombotic)]
    [InlineData("metformin 500 mg", MightHide.Other)]
    public void What_must_not_be_interpreted_is_a_row_and_a_question_never_a_medicine(string text, MightHide hides)
    {
        var list = Read(Order(text) with { CannotInterpret = "It carries a modifier extension that is not understood." });
        Assert.Empty(list.Medicines);
        Assert.False(Assert.Single(list.Rows).InUse);
        Assert.Equal(hides, Assert.Single(list.NotJudged).Hides);
    }
}
