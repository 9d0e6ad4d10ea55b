using System.Collections.Immutable;
using static BiopsyFhir.Domain.Tests.Drugs.Entries;

namespace BiopsyFhir.Domain.Tests.Drugs;

public class ReadMedicinesTests
{
    private static readonly Dosage TwiceDaily = new() { Dose = 5, DoseUnit = "mg", Frequency = 2, Period = 1, PeriodUnit = "d" };

    [Fact]
    public void An_empty_chart_is_not_a_chart_without_medicines() => Assert.True(Read().NoneSeen);

    [Fact]
    public void A_medicine_is_told_in_one_line() =>
        Assert.Equal("apixaban 5 mg twice daily, active", One(Order().Taking(TwiceDaily)).Summary);

    [Theory]
    [InlineData("ibuprofen 400 mg", "400 mg every 8 hours as needed", "ibuprofen 400 mg up to 3 times daily as needed, active")]
    [InlineData("methotrexate 10 mg", "10 mg once weekly", "methotrexate 10 mg once weekly, active")]
    [InlineData("Voltaren 1% gel", "apply 4 times daily", "diclofenac 4 times daily (applied to the skin), active")]
    [InlineData("Excedrin", null, "possibly aspirin, active")]
    public void The_line_says_dose_need_form_and_doubt(string text, string? instruction, string line) =>
        Assert.Equal(line, One(instruction is null ? Order(text) : Order(text).Taking(new Dosage { Text = instruction })).Summary);

    [Fact]
    public void The_same_ingredient_is_one_medicine_with_every_source_and_the_strongest_dose()
    {
        var one = One(
            Order("apixaban 2.5 mg").Taking(TwiceDaily with { Dose = 2.5m }),
            Statement("Eliquis 5 mg").Taking(TwiceDaily),
            Dispense("apixaban 5 MG Oral Tablet [Eliquis]"));
        Assert.Equal((5m, "mg", 2m), (one.DosePerTake, one.DoseUnit, one.TakesPerDay));
        Assert.Equal(["MedicationStatement/1", "MedicationRequest/1", "MedicationDispense/1"], one.Sources.Select(s => s.Reference));
        Assert.Equal(UseState.InUse, one.Use);
    }

    [Fact]
    public void The_dose_of_an_ended_order_says_nothing_of_today()
    {
        var one = One(Order("warfarin 10 mg", "stopped") with { Ended = Day("2026-01-01") }, Statement("warfarin 5 mg"));
        Assert.Equal((UseState.InUse, 5m), (one.Use, one.DosePerTake));
    }

    public static TheoryData<string, UseState> Disagreements => new()
    {
        { "order active, statement stopped", UseState.InUse },
        { "order stopped, statement active", UseState.InUse },
        { "order active, statement not taken", UseState.InUse },
        { "order ended, dispensed before", UseState.Ended },
        { "order ended, dispensed after", UseState.SupportingOnly },
        { "order ended, dispensed that day", UseState.SupportingOnly }, // the supply to take home
        { "order ended, given that day", UseState.Ended }, // the last dose
        { "order cancelled, dispensed", UseState.SupportingOnly },
        { "order over without a date, dispensed", UseState.SupportingOnly },
        { "order on hold, given before", UseState.OnHold },
        { "order on hold, given after", UseState.SupportingOnly },
        { "order on hold, given that day", UseState.OnHold },
        { "order on hold, dispensed that day", UseState.SupportingOnly },
        { "order over without a date, later known end", UseState.Ended },
        { "order ended, newer order over without a date", UseState.EndedUnknown },
        { "order ended, renewed that day and over without a date", UseState.EndedUnknown },
        { "two ends", UseState.Ended },
        { "ended and draft", UseState.Draft },
    };

    [Theory, MemberData(nameof(Disagreements))]
    public void In_doubt_in_use(string entries, UseState use)
    {
        var ended = Order(status: "stopped") with { Ended = Day("2026-03-01") };
        var open = Order(status: "completed") with { Authored = Day("2026-02-20") };
        var held = Order(status: "on-hold") with { HeldSince = Day("2026-03-05") };
        ImmutableArray<MedicationRecord> records = entries switch
        {
            "order active, statement stopped" => [Order(), Statement(status: "stopped") with { Ended = Day("2026-03-01") }],
            "order stopped, statement active" => [ended, Statement()],
            "order active, statement not taken" => [Order(), Statement(status: "not-taken") with { Authored = Day("2026-03-01") }],
            "order ended, dispensed before" => [ended, Dispense(on: "2026-02-01")],
            "order ended, dispensed after" => [ended, Dispense(on: "2026-03-02")],
            "order ended, dispensed that day" => [ended, Dispense(on: "2026-03-01")],
            "order ended, given that day" => [ended, Given(on: "2026-03-01")],
            "order on hold, given that day" => [held, Given(on: "2026-03-05")],
            "order on hold, dispensed that day" => [held, Dispense(on: "2026-03-05")],
            "order ended, renewed that day and over without a date" => [open with { Authored = Day("2026-03-01") }, ended with { Reference = "MedicationRequest/2" }],
            "order cancelled, dispensed" => [Order(status: "cancelled"), Dispense()],
            "order over without a date, dispensed" => [open, Dispense()],
            "order on hold, given before" => [held, Given(on: "2026-03-04")],
            "order on hold, given after" => [held, Given(on: "2026-03-06")],
            "order over without a date, later known end" => [open, ended with { Reference = "MedicationRequest/2" }],
            "order ended, newer order over without a date" => [open with { Authored = Day("2026-03-03") }, ended with { Reference = "MedicationRequest/2" }],
            "two ends" => [ended, ended with { Reference = "MedicationRequest/2", Ended = Day("2026-03-07") }],
            _ => [ended, Order(status: "draft") with { Source = MedicationSource.Draft, Reference = "MedicationRequest/9" }],
        };
        foreach (var order in (ImmutableArray<MedicationRecord>[])[records, [.. records.Reverse()]])
            Assert.Equal(use, One(order).Use);
        if (entries == "two ends") Assert.Equal(new DateOnly(2026, 3, 7), One(records).ExposureEnd);
        if (entries is "order active, statement stopped" or "order active, statement not taken")
            Assert.Contains(Read(records).NotJudged, n => n.Hides == MightHide.Other && n.Why.Contains("Counted as in use", StringComparison.Ordinal));
    }

    /// <summary>The order is of 10 January: what was said before it is no contradiction, what was said on that day may be one.</summary>
    [Theory]
    [InlineData("2026-01-10", true)]
    [InlineData("2026-01-09", false)]
    public void Two_entries_of_one_day_that_disagree_are_a_question(string said, bool asked) =>
        Assert.Equal(asked, Read(Order(), Statement(status: "not-taken") with { Authored = Day(said) }).NotJudged.Any(n => n.Why.Contains("Counted as in use; confirm", StringComparison.Ordinal)));

    [Fact]
    public void Taken_regularly_outweighs_taken_as_needed() =>
        Assert.Equal(UseState.InUse, One(Order("naproxen 500 mg").Taking(new Dosage { AsNeeded = true }), Statement("naproxen 500 mg")).Use);

    [Fact]
    public void One_supply_after_the_end_is_enough_to_doubt_it()
    {
        var ended = Order(status: "stopped") with { Ended = Day("2026-03-01") };
        Assert.Equal(UseState.SupportingOnly, One(ended, Dispense(on: "2026-02-01"), Given(on: "2026-03-02")).Use);
        Assert.Equal(UseState.SupportingOnly, One(ended, Dispense(on: null)).Use);
    }

    [Fact]
    public void A_gel_and_a_tablet_are_two_medicines()
    {
        var list = Read(Order("diclofenac 75 mg tablet", "stopped") with { Ended = Day("2020-01-01") }, Statement("diclofenac 1% gel"));
        Assert.Equal([(true, UseState.Ended), (false, UseState.InUse)], list.Medicines.Select(m => (m.Systemic, m.Use)));
        Assert.Equal("applied to the skin", list.Medicines[1].NonSystemicReason);
        Assert.Empty(list.Active);
    }

    [Fact]
    public void Aspirin_that_protects_and_aspirin_for_pain_are_two_medicines()
    {
        var list = Read(Order("aspirin 81 mg").Taking(new Dosage { Text = "81 mg daily" }), Statement("aspirin 650 mg").Taking(new Dosage { Text = "650 mg every 6 hours as needed" }));
        Assert.Equal([(false, UseState.InUse), (true, UseState.AsNeeded)], list.Medicines.Select(m => (m.AnalgesicAspirin, m.Use)));
    }

    [Fact]
    public void Aspirin_that_does_not_tell_is_never_made_one_for_pain()
    {
        var list = Read(Order("aspirin"), Statement("aspirin 650 mg").Taking(new Dosage { Text = "650 mg as needed" }));
        Assert.Equal([false, true], list.Medicines.Select(m => m.AnalgesicAspirin));
        Assert.True(One(Dispense("aspirin"), Statement("aspirin 650 mg").Taking(new Dosage { Text = "650 mg as needed" })).AnalgesicAspirin);
    }

    [Theory]
    [InlineData("aspirin 81 mg", "once daily", false)]
    [InlineData("aspirin 325 mg", "1 tablet daily", false)]
    [InlineData("aspirin 325 mg", "1 tablet twice daily", true)]
    [InlineData("aspirin 500 mg", null, true)]
    [InlineData("aspirin 81 mg", "as needed", true)]
    [InlineData("aspirin", null, false)]
    [InlineData("Percodan", null, true)]
    [InlineData("butalbital / aspirin / caffeine", null, true)]
    [InlineData("aspirin 81 mg / calcium carbonate 777 mg", "once daily", false)]
    [InlineData("aspirin / omeprazole 81 mg / 40 mg", "once daily", false)]
    [InlineData("Aggrenox", "1 capsule twice daily", false)]
    public void Aspirin_is_for_pain_when_needed_combined_or_above_325_mg_a_day(string text, string? instruction, bool pain)
    {
        var list = Read(instruction is null ? Order(text) : Order(text).Taking(new Dosage { Text = instruction }));
        Assert.Equal(pain, list.Medicines.Single(m => m.Ingredient == "aspirin").AnalgesicAspirin);
    }

    [Theory]
    [InlineData("N02BA01", true)]
    [InlineData("B01AC06", false)]
    public void Without_a_dose_the_ATC_group_tells_what_aspirin_is_for(string code, bool pain) =>
        Assert.Equal(pain, One(Order("aspirin") with { Product = new([new Code("http://www.whocc.no/atc", code)], null) }).AnalgesicAspirin);

    [Fact]
    public void The_ingredients_of_a_combination_know_each_other()
    {
        var list = Read(Order("Aggrenox"));
        Assert.Equal([("aspirin", "dipyridamole"), ("dipyridamole", "aspirin")], list.Medicines.Select(m => (m.Ingredient, m.CombinedWith.Single())));
        Assert.Equal(2, list.Rows.Length);
    }

    [Fact]
    public void Rows_stand_in_the_order_of_the_chart_one_for_each_entry_and_ingredient()
    {
        var list = Read(Order("metformin 500 mg", number: 1), Order("blood thinner", number: 2), Order("Eliquis 5 mg", number: 3), Order("aspirin", "cancelled", number: 4),
            Order("Voltaren gel", number: 5), Order("", number: 6));
        Assert.Equal(
        [
            ("metformin 500 mg", null, null, RecognisedBy.None, true, true),
            ("blood thinner", null, "antithrombotic", RecognisedBy.Text, true, true),
            ("Eliquis 5 mg", "apixaban", "doac-xa", RecognisedBy.Text, true, true),
            ("aspirin", "aspirin", "aspirin", RecognisedBy.Text, false, true),
            ("Voltaren gel", "diclofenac", "nsaid", RecognisedBy.Text, true, false),
            ("", null, null, RecognisedBy.None, true, true),
        ], list.Rows.Select(r => (r.Text, r.Ingredient, r.Class, r.RecognisedBy, r.InUse, r.Systemic)));
        Assert.Equal(["\"blood thinner\" (MedicationRequest/2)", "A medication entry without a name (MedicationRequest/6)"], list.NotJudged.Select(n => n.What));
    }

    [Fact]
    public void A_name_that_the_catalogue_does_not_know_is_listed_and_is_no_question() => Assert.Empty(Read(Order("metformin 500 mg")).NotJudged);

    [Fact]
    public void An_ingredient_without_a_rule_is_a_medicine_and_a_question()
    {
        var list = Read(Order("Enantyum 25 mg"));
        Assert.Equal("dexketoprofen", Assert.Single(list.Medicines).Ingredient);
        Assert.Contains(list.NotJudged, n => n.Hides == MightHide.Antithrombotic && n.Why.Contains("No hold rule covers dexketoprofen", StringComparison.Ordinal));
    }

    [Fact]
    public void The_ingredients_of_the_medication_resource_are_read_when_the_product_says_nothing() =>
        Assert.Equal("warfarin", One(Order("") with { Ingredients = [new Concept([new Code("http://www.nlm.nih.gov/research/umls/rxnorm", "11289")], null)] }).Ingredient);

    /// <summary>A name may be one sign long (zinc in Chinese); what has no name leaves no gap.</summary>
    [Fact]
    public void A_product_without_a_name_is_called_by_its_ingredients() =>
        Assert.Equal("warfarin + 锌", Assert.Single(Read(Order("") with { Ingredients = [new([], "warfarin"), Concept.Empty, new([], "锌")] }).Rows).Text);

    [Fact]
    public void Reasons_are_kept_for_the_thrombosis_rules() =>
        Assert.Equal("atrial fibrillation", One(Order() with { Reasons = [new Concept([], "atrial fibrillation")] }).Reasons.Single().Words);

    /// <summary>Same entries in any order: same medicines and same questions. Rows follow the chart.</summary>
    [Fact]
    public void The_order_of_entries_does_not_matter()
    {
        ImmutableArray<MedicationRecord> entries =
        [
            .. FreeText.All.Select((l, i) => l.AsEntry() with { Reference = $"MedicationStatement/{i}" }),
            Order(), Dispense(), Order(status: "stopped", number: 2) with { Ended = Day("2026-03-01") }, Given("heparin 5000 units SC"),
        ];
        var first = Read(entries);
        foreach (var seed in (int[])[1, 2, 3])
        {
            var again = Read([.. entries.OrderBy(e => $"{seed}{e.Reference}".Select((c, i) => (c * (i + seed)) % 97).Sum())]);
            Assert.Equal(first.Medicines.Select(Told), again.Medicines.Select(Told));
            Assert.Equal(first.NotJudged.Select(n => n.ToString()).Order(StringComparer.Ordinal), again.NotJudged.Select(n => n.ToString()).Order(StringComparer.Ordinal));
            Assert.Equal(first.Rows.Select(r => r.ToString()).Order(StringComparer.Ordinal), again.Rows.Select(r => r.ToString()).Order(StringComparer.Ordinal));
        }

        static string Told(Medicine m) => $"{m.Summary} {m.Use} {m.ExposureEnd} {m.DosePerTake} {m.TakesPerDay} {string.Join(',', m.CombinedWith)} {string.Join(',', m.Sources)}";
    }
}
