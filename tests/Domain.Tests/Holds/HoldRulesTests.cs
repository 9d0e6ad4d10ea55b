using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.Holds;

public class HoldRulesTests
{
    [Theory]
    [InlineData("apixaban", "P1", Severity.High)]
    [InlineData("clopidogrel", "P1", Severity.High)]
    [InlineData("eptifibatide", "P1", Severity.High)]
    [InlineData("defibrotide", "P1", Severity.High)]
    [InlineData("ibrutinib", "P1", Severity.Moderate)]
    [InlineData("naproxen", "P1", Severity.Low)]
    [InlineData("naproxen", "P3", Severity.Moderate)]
    [InlineData("garlic", "P1", Severity.Low)]
    [InlineData("alteplase", "P1", Severity.Critical)]
    [InlineData("caplacizumab", "P1", Severity.Critical)]
    [InlineData("cilostazol", "P3", Severity.Moderate)]
    public void Severity_is_that_of_the_family(string drug, string preset, Severity severity) =>
        Assert.Equal(severity, new DrugCase { Preset = preset, Medicines = [Drug(drug)] }.Find("R-HOLD")!.Severity);

    /// <summary>Evidence 2.3.</summary>
    [Theory]
    [InlineData(49, Severity.Moderate)]
    [InlineData(50, Severity.Low)]
    public void An_NSAID_with_few_platelets_is_moderate(int platelets, Severity severity) =>
        Assert.Equal(severity, new DrugCase { Medicines = [Drug("ibuprofen")], Labs = [Lab("platelets", platelets)] }.Find("R-HOLD")!.Severity);

    [Theory]
    [InlineData("alteplase")]
    [InlineData("caplacizumab")]
    public void Systemic_thrombolytics_and_caplacizumab_ask_a_specialist_with_provisional_dates(string drug)
    {
        var finding = new DrugCase { Medicines = [Drug(drug)] }.Find("R-HOLD")!;
        Assert.Equal((FindingAction.AskSpecialist, true), (finding.Action, finding.Provisional));
        Assert.NotNull(finding.LastDoseDate);
    }

    [Fact]
    public void A_hold_says_dates_with_weekday_units_and_the_clearance_that_decided()
    {
        var finding = new DrugCase { CrCl = 60.654321m, Medicines = [Drug("apixaban")] }.Find("R-HOLD")!;
        Assert.Equal("Hold apixaban: last dose Monday 16 March 2026", finding.Title);
        foreach (var part in (string[])["Monday 16 March 2026", "Tuesday 17 March 2026", "Wednesday 18 March 2026", "Thursday 19 March 2026", "1 full drug-free day", "60.7 mL/min", "at least 24 hours after the end of the biopsy"])
            Assert.Contains(part, finding.Detail);
        Assert.Contains(finding.Because, f => f.Reference == "MedicationRequest/apixaban");
        Assert.Contains(finding.Because, f => f.Value == 60.654321m && f.Unit == "mL/min");
        Assert.Equal((new DateOnly(2026, 3, 16), new DateOnly(2026, 3, 17), 1, new DateOnly(2026, 3, 19), false), (finding.LastDoseDate, finding.FirstDrugFreeDate, finding.DrugFreeDays, finding.ResumeDate, finding.Provisional));
    }

    /// <summary>Acceptance decision 18.</summary>
    [Fact]
    public void A_low_clearance_shows_that_other_sources_hold_longer() =>
        Assert.Contains("ACC 2017 36 h", new DrugCase { CrCl = 21.31m, Medicines = [Drug("rivaroxaban")] }.Find("R-HOLD")!.Detail);

    [Fact]
    public void An_hour_based_hold_has_an_instant_and_neither_days_nor_a_first_free_day()
    {
        var finding = new DrugCase { Medicines = [Drug("enoxaparin") with { DosePerTake = 80, DoseUnit = "mg", TakesPerDay = 2 }] }.Find("R-HOLD")!;
        Assert.Equal((DateTimeOffset.Parse("2026-03-17T08:00-04:00"), new DateOnly(2026, 3, 17), null, null, new DateOnly(2026, 3, 19)), (finding.LastDoseAt, finding.LastDoseDate, finding.FirstDrugFreeDate, finding.DrugFreeDays, finding.ResumeDate));
    }

    [Fact]
    public void Scheduled_doses_to_leave_out_are_named()
    {
        var finding = new DrugCase { D0 = "2026-02-25", Start = "2026-02-25T10:00-05:00", AsOf = "2026-02-23", CrCl = 27.94m, Medicines = [Drug("enoxaparin") with { DosePerTake = 40, DoseUnit = "mg", TakesPerDay = 1, TimesOfDay = [new TimeOnly(20, 0)] }] }.Find("R-HOLD")!;
        Assert.Contains("Leave out the dose of Tuesday 24 February 2026, 20:00", finding.Detail);
        Assert.Contains("below 30", finding.Detail);
    }

    [Fact]
    public void Too_late_replaces_the_instruction_and_names_the_earliest_day()
    {
        var patient = new DrugCase { D0 = "2026-03-20", AsOf = "2026-03-17", Medicines = [Drug("warfarin")], Conditions = [Condition("Atrial fibrillation")] };
        var late = patient.Find("LATE")!;
        Assert.Equal((Severity.High, FindingAction.Reschedule, new DateOnly(2026, 3, 23), false), (late.Severity, late.Action, late.EarliestProcedureDate, late.Provisional));
        Assert.Contains("INR is 3.0 or less", late.Detail);
        Assert.Null(patient.Find("R-HOLD"));
        Assert.NotNull(patient.Find("BRIDGE-NO"));
    }

    [Theory]
    [InlineData("ibuprofen")]
    [InlineData("garlic")]
    [InlineData("cilostazol", "P3")]
    public void Advice_is_never_late_but_says_take_none_from_now(string drug, string preset = "P1")
    {
        var patient = new DrugCase { Preset = preset, AsOf = "2026-03-18", Medicines = [Drug(drug)] };
        Assert.Null(patient.Find("LATE"));
        Assert.Contains("take none from now", patient.Find("R-HOLD")!.Detail);
    }

    [Fact]
    public void An_incomplete_washout_names_the_earliest_day()
    {
        var washout = new DrugCase { AsOf = "2026-03-14", Medicines = [Drug("warfarin", UseState.Ended) with { ExposureEnd = new DateOnly(2026, 3, 13) }] }.Find("WASHOUT")!;
        Assert.Equal((Severity.High, FindingAction.Reschedule, new DateOnly(2026, 3, 19)), (washout.Severity, washout.Action, washout.EarliestProcedureDate));
    }

    [Fact]
    public void A_medicine_stopped_in_time_is_said_to_be_so_and_nothing_more()
    {
        var findings = new DrugCase { AsOf = "2026-03-14", Medicines = [Drug("clopidogrel", UseState.Ended) with { ExposureEnd = new DateOnly(2026, 3, 12) }] }.Findings();
        var finding = Assert.Single(findings);
        Assert.Equal(("R-NOTE", Severity.Info), (finding.Rule, finding.Severity));
    }

    [Theory]
    [InlineData(UseState.EndedUnknown, "clopidogrel", Severity.Moderate, false)]
    [InlineData(UseState.AsNeeded, "ibuprofen", Severity.Info, true)]
    [InlineData(UseState.OnHold, "warfarin", Severity.Moderate, true)]
    [InlineData(UseState.SupportingOnly, "apixaban", Severity.Moderate, true)]
    public void What_the_record_leaves_open_is_asked(UseState use, string drug, Severity severity, bool held)
    {
        var patient = new DrugCase { Medicines = [Drug(drug, use)] };
        Assert.Equal((severity, FindingAction.Review), (patient.Find("R-CONFIRM")!.Severity, patient.Find("R-CONFIRM")!.Action));
        Assert.Equal(held, patient.Find("R-HOLD") is not null);
        if (held) Assert.Contains("confirm", patient.Find("R-HOLD")!.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Aspirin_for_prevention_goes_on_and_analgesic_aspirin_is_avoided_beside_it()
    {
        var patient = new DrugCase { Medicines = [Drug("aspirin"), Drug("aspirin") with { AnalgesicAspirin = true }] };
        Assert.Equal((FindingAction.Continue, null), (patient.Find("R-CONT", "aspirin")!.Action, patient.Find("R-CONT", "aspirin")!.LastDoseDate));
        var hold = patient.Find("R-HOLD", "aspirin")!;
        Assert.Equal((Severity.Low, 7, new DateOnly(2026, 3, 10)), (hold.Severity, hold.DrugFreeDays, hold.LastDoseDate));
    }

    [Theory]
    [InlineData("P1", "R-CONT", null)]
    [InlineData("P3", "R-HOLD", 7)]
    public void Aspirin_with_dipyridamole_is_one_subject_that_follows_the_aspirin(string preset, string rule, int? days)
    {
        var patient = new DrugCase { Preset = preset, Medicines = [Drug("aspirin") with { CombinedWith = ["dipyridamole"] }, Drug("dipyridamole") with { CombinedWith = ["aspirin"] }] };
        var finding = patient.Find(rule, "aspirin+dipyridamole")!;
        Assert.Equal(days, finding.DrugFreeDays);
        Assert.Null(patient.Find("D-COMBO"));
        Assert.Null(patient.Find("R-CONT", "dipyridamole"));
        Assert.Null(patient.Find("R-HOLD", "dipyridamole"));
    }

    [Theory]
    [InlineData("aspirin", "clopidogrel")]
    [InlineData("aspirin", "rivaroxaban")]
    public void Two_drugs_in_one_tablet_add_up_as_in_two(string a, string b)
    {
        var patient = new DrugCase { Medicines = [Drug(a) with { CombinedWith = [b] }, Drug(b) with { CombinedWith = [a] }] };
        Assert.NotNull(patient.Find("D-COMBO", $"{a}+{b}"));
    }

    [Theory]
    [InlineData("Essential thrombocythaemia", 400, true)]
    [InlineData("Hypothyroidism", 1001, true)]
    [InlineData("Hypothyroidism", 1000, false)]
    [InlineData("Hypothyroidism", 50, false)]
    [InlineData("Hypothyroidism", 49, true)]
    public void An_optional_aspirin_hold_stands_in_words_only(string condition, int platelets, bool said)
    {
        var patient = new DrugCase { D0 = "2026-10-06", AsOf = "2026-09-28", Medicines = [Drug("aspirin")], Conditions = [Condition(condition)], Labs = [Lab("platelets", platelets, "2026-09-28")] };
        var note = patient.Find("R-NOTE", "aspirin");
        Assert.Equal(said, note is not null);
        if (!said) return;
        Assert.Contains("28 September 2026 (today: on time)", note!.Detail);
        Assert.Null(note.LastDoseDate);
        Assert.NotNull(patient.Find("R-CONT"));
        Assert.Null(patient.Find("LATE"));
    }

    [Fact]
    public void A_local_form_is_said_once_per_ingredient()
    {
        var gel = Drug("diclofenac") with { Systemic = false, NonSystemicReason = "gel on the skin" };
        var finding = new DrugCase { Medicines = [gel, gel] }.Findings().Single();
        Assert.Equal(("R-ROUTE", FindingAction.NoHold, Severity.Info, null), (finding.Rule, finding.Action, finding.Severity, finding.LastDoseDate));
    }

    [Theory]
    [InlineData("vorapaxar", "P1", Severity.Moderate, FindingAction.Inform)]
    [InlineData("vorapaxar", "P3", Severity.Moderate, FindingAction.AskSpecialist)]
    [InlineData("sertraline", "P1", Severity.Info, FindingAction.Inform)]
    [InlineData("asparaginase", "P1", Severity.Info, FindingAction.Inform)]
    public void Note_only_medicines_are_noted(string drug, string preset, Severity severity, FindingAction action)
    {
        var note = new DrugCase { Preset = preset, Medicines = [Drug(drug)] }.Find("R-NOTE")!;
        Assert.Equal((severity, action), (note.Severity, note.Action));
    }

    [Theory]
    [InlineData("warfarin")]
    [InlineData("clopidogrel")]
    [InlineData("aspirin")]
    public void P2_continues(string drug)
    {
        var patient = new DrugCase { Preset = "P2", Medicines = [Drug(drug)] };
        Assert.Equal(FindingAction.Continue, patient.Find("R-CONT", drug)!.Action);
        Assert.Null(patient.Find("R-HOLD"));
    }

    [Theory]
    [InlineData("P1", 1.5)]
    [InlineData("P2", 3.0)]
    public void P2_asks_for_another_INR(string preset, double limit)
    {
        var inr = new DrugCase { Preset = preset, Medicines = [Drug("warfarin")] }.Find("L-INR-D1")!;
        Assert.Contains($"An INR of {((decimal)limit).Plain()} or less", inr.Detail);
    }

    [Fact]
    public void P2_leaves_out_only_the_dose_before_the_biopsy()
    {
        var hold = new DrugCase { Preset = "P2", Medicines = [Drug("apixaban")] }.Find("R-HOLD")!;
        Assert.Equal((new DateOnly(2026, 3, 17), new DateOnly(2026, 3, 18), 0, new DateOnly(2026, 3, 18)), (hold.LastDoseDate, hold.FirstDrugFreeDate, hold.DrugFreeDays, hold.ResumeDate));
        Assert.Equal(new DateOnly(2026, 3, 19), new DrugCase { Preset = "P2", CrCl = 20, Medicines = [Drug("apixaban")] }.Find("R-HOLD")!.ResumeDate);
        Assert.Empty(new DrugCase { Preset = "P2", Medicines = [Drug("ibuprofen")] }.Findings());
    }

    [Fact]
    public void A_child_is_sent_to_paediatric_haematology_without_dates()
    {
        var hold = new DrugCase { Birth = "2015-01-01", CrCl = null, Medicines = [Drug("enoxaparin")] };
        var finding = hold.Find("R-HOLD")!;
        Assert.Equal((FindingAction.AskSpecialist, true, null, null, null), (finding.Action, finding.Provisional, finding.LastDoseDate, finding.LastDoseAt, finding.ResumeDate));
        Assert.Null(hold.Find("L-CRCL-MISSING"));
    }

    [Fact]
    public void Haemophilia_turns_NSAID_advice_into_avoid()
    {
        var patient = new DrugCase { Medicines = [Drug("ibuprofen", UseState.AsNeeded)], Conditions = [Condition("Haemophilia A")] };
        Assert.Contains("haemophilia", patient.Find("R-HOLD")!.Detail);
        Assert.Equal((Severity.Critical, FindingAction.AskSpecialist, null), (patient.Find("B-DISORDER")!.Severity, patient.Find("B-DISORDER")!.Action, patient.Find("B-DISORDER")!.LastDoseDate));
    }

    [Fact]
    public void The_prescriber_of_a_P2Y12_inhibitor_is_asked() =>
        Assert.Contains("Confirm with the prescriber of clopidogrel", new DrugCase { Medicines = [Drug("clopidogrel")] }.Find("R-HOLD")!.Detail);
}
