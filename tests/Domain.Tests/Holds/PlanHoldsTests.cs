using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.Holds;

public class PlanHoldsTests
{
    /// <summary>Evidence 2.2, whole table.</summary>
    [Theory]
    [InlineData("dabigatran", "P1", 1, 2, 3, 4)]
    [InlineData("dabigatran", "P3", 2, 4, 5, 5)]
    [InlineData("apixaban", "P1", 1, 1, 2, 2)]
    [InlineData("apixaban", "P3", 2, 3, 3, 3)]
    [InlineData("rivaroxaban", "P1", 1, 1, 2, 2)]
    [InlineData("rivaroxaban", "P3", 2, 2, 3, 3)]
    [InlineData("edoxaban", "P1", 1, 1, 2, 2)]
    [InlineData("edoxaban", "P3", 2, 2, 3, 3)]
    [InlineData("dabigatran", "P2", 0, 0, 3, 4)]
    [InlineData("apixaban", "P2", 0, 0, 2, 2)]
    [InlineData("fondaparinux", "P1", 2, 4, 4, 4)]
    [InlineData("fondaparinux", "P3", 4, 5, 5, 5)]
    [InlineData("betrixaban", "P1", 3, 3, 4, 4)]
    [InlineData("betrixaban", "P3", 4, 4, 4, 4)]
    public void Days_by_clearance_on_both_sides_of_every_edge(string drug, string preset, int above50, int to50, int to30, int below15)
    {
        foreach (var (clearance, days) in ((string, int)[])[("100", above50), ("50.0001", above50), ("50", to50), ("30", to50), ("29.999", to30), ("15", to30), ("14.9999", below15), ("0.5", below15)])
        {
            var plan = new DrugCase { Preset = preset, CrCl = decimal.Parse(clearance), Medicines = [Drug(drug)] }.Plan();
            Assert.Equal((days, new DateOnly(2026, 3, 18).AddDays(-days - 1), new DateOnly(2026, 3, 18).AddDays(-days)), (plan.Days, plan.LastDoseDate, plan.FirstDrugFreeDate));
        }
    }

    [Theory]
    [InlineData("apixaban", "15", false)]
    [InlineData("apixaban", "14.99", true)]
    [InlineData("fondaparinux", "30", false)]
    [InlineData("fondaparinux", "29.99", true)]
    [InlineData("enoxaparin", "5", false)]
    public void Below_its_limit_a_specialist_is_asked_and_the_dates_are_provisional(string drug, string clearance, bool asks)
    {
        var plan = new DrugCase { CrCl = decimal.Parse(clearance), Medicines = [Drug(drug)] }.Plan();
        Assert.Equal((asks, asks), (plan.AskSpecialist, plan.Provisional));
    }

    [Fact]
    public void Dialysis_counts_as_the_lowest_band_whatever_the_formula_says()
    {
        var plan = new DrugCase { CrCl = 80, Medicines = [Drug("apixaban")], Conditions = [Condition("Hemodialysis")] }.Plan();
        Assert.Equal((2, true, true), (plan.Days, plan.AskSpecialist, plan.Provisional));
    }

    /// <summary>Evidence 2.2 end and 7.1 rule 7.</summary>
    [Theory]
    [InlineData("dabigatran", "P1", null, 2)]
    [InlineData("dabigatran", "P1", "29.9", 3)]
    [InlineData("dabigatran", "P1", "30", 2)]
    [InlineData("dabigatran", "P1", "8", 4)]
    [InlineData("apixaban", "P1", null, 1)]
    [InlineData("apixaban", "P1", "22", 2)]
    [InlineData("apixaban", "P3", null, 3)]
    [InlineData("dabigatran", "P3", null, 4)]
    [InlineData("rivaroxaban", "P3", null, 2)]
    [InlineData("fondaparinux", "P1", null, 4)]
    [InlineData("fondaparinux", "P3", null, 5)]
    public void An_unknown_clearance_takes_the_next_worse_band_as_provisional(string drug, string preset, string? lastKnown, int days)
    {
        var clearance = new Clearance { WhyUnknown = "No weight was seen.", LastKnown = lastKnown is null ? null : Lab("egfr", decimal.Parse(lastKnown), "2025-01-01", "mL/min") };
        var plan = new DrugCase { Preset = preset, Clearance = clearance, Medicines = [Drug(drug)] }.Plan();
        Assert.Equal((days, true, true), (plan.Days, plan.Provisional, plan.ClearanceUnsure));
    }

    [Fact]
    public void An_unreliable_clearance_never_gives_a_shorter_hold()
    {
        var plan = new DrugCase { Clearance = new Clearance { MlPerMin = 90, AcuteChange = "Creatinine doubled." }, Medicines = [Drug("dabigatran")] }.Plan();
        Assert.Equal((2, true), (plan.Days, plan.Provisional));
        plan = new DrugCase { Clearance = new Clearance { MlPerMin = 20, AcuteChange = "Creatinine doubled." }, Medicines = [Drug("dabigatran")] }.Plan();
        Assert.Equal(3, plan.Days);
    }

    /// <summary>Every ingredient once under each preset: days (d), hours (h), continue (c), note (n), nothing (-).</summary>
    [Theory]
    [InlineData("warfarin", "5d", "c", "5d")]
    [InlineData("acenocoumarol", "3d", "c", "3d")]
    [InlineData("phenprocoumon", "7d", "c", "7d")]
    [InlineData("dabigatran", "1d", "0d", "2d")]
    [InlineData("apixaban", "1d", "0d", "2d")]
    [InlineData("rivaroxaban", "1d", "0d", "2d")]
    [InlineData("edoxaban", "1d", "0d", "2d")]
    [InlineData("betrixaban", "3d", "0d", "4d")]
    [InlineData("fondaparinux", "2d", "2d", "4d")]
    [InlineData("heparin", "6h", "6h", "6h")]
    [InlineData("enoxaparin", "24h", "0d", "24h")]
    [InlineData("dalteparin", "24h", "0d", "24h")]
    [InlineData("tinzaparin", "24h", "0d", "24h")]
    [InlineData("nadroparin", "24h", "0d", "24h")]
    [InlineData("danaparoid", "48h", "48h", "96h")]
    [InlineData("argatroban", "4h", "4h", "4h")]
    [InlineData("bivalirudin", "4h", "4h", "4h")]
    [InlineData("desirudin", "10h", "10h", "10h")]
    [InlineData("aspirin", "c", "c", "7d")]
    [InlineData("clopidogrel", "5d", "c", "7d")]
    [InlineData("prasugrel", "7d", "c", "7d")]
    [InlineData("ticagrelor", "5d", "c", "5d")]
    [InlineData("ticlopidine", "10d", "c", "14d")]
    [InlineData("cangrelor", "1h", "1h", "3h")]
    [InlineData("dipyridamole", "c", "c", "2d")]
    [InlineData("cilostazol", "c", "c", "2d")]
    [InlineData("pentoxifylline", "n", "n", "n")]
    [InlineData("vorapaxar", "n", "n", "n")]
    [InlineData("eptifibatide", "8h", "8h", "8h")]
    [InlineData("tirofiban", "8h", "8h", "8h")]
    [InlineData("abciximab", "24h", "24h", "48h")]
    [InlineData("caplacizumab", "7d", "7d", "7d")]
    [InlineData("defibrotide", "2h", "2h", "2h")]
    [InlineData("alteplase", "48h", "48h", "10d")]
    [InlineData("tenecteplase", "48h", "48h", "10d")]
    [InlineData("reteplase", "48h", "48h", "10d")]
    [InlineData("ibrutinib", "3d", "3d", "7d")]
    [InlineData("acalabrutinib", "3d", "3d", "7d")]
    [InlineData("zanubrutinib", "3d", "3d", "7d")]
    [InlineData("pirtobrutinib", "3d", "3d", "7d")]
    [InlineData("ibuprofen", "1d", "-", "1d")]
    [InlineData("diclofenac", "1d", "-", "1d")]
    [InlineData("ketorolac", "1d", "-", "1d")]
    [InlineData("ketoprofen", "1d", "-", "1d")]
    [InlineData("flurbiprofen", "1d", "-", "1d")]
    [InlineData("mefenamic acid", "1d", "-", "1d")]
    [InlineData("etodolac", "2d", "-", "2d")]
    [InlineData("indomethacin", "2d", "-", "2d")]
    [InlineData("sulindac", "2d", "-", "2d")]
    [InlineData("metamizole", "2d", "-", "2d")]
    [InlineData("naproxen", "4d", "-", "4d")]
    [InlineData("meloxicam", "4d", "-", "4d")]
    [InlineData("diflunisal", "4d", "-", "4d")]
    [InlineData("nabumetone", "6d", "-", "6d")]
    [InlineData("oxaprozin", "10d", "-", "10d")]
    [InlineData("piroxicam", "10d", "-", "10d")]
    [InlineData("tenoxicam", "10d", "-", "10d")]
    [InlineData("celecoxib", "c", "c", "c")]
    [InlineData("etoricoxib", "c", "c", "c")]
    [InlineData("parecoxib", "c", "c", "c")]
    [InlineData("garlic", "7d", "7d", "14d")]
    [InlineData("ginkgo", "7d", "7d", "14d")]
    [InlineData("vitamin e", "7d", "7d", "14d")]
    [InlineData("hawthorn", "7d", "7d", "14d")]
    [InlineData("turmeric", "7d", "7d", "14d")]
    [InlineData("omega-3", "n", "n", "n")]
    [InlineData("dasatinib", "n", "n", "n")]
    [InlineData("ponatinib", "n", "n", "n")]
    [InlineData("inotersen", "n", "n", "n")]
    [InlineData("asparaginase", "n", "n", "n")]
    [InlineData("valproate", "n", "n", "n")]
    [InlineData("anagrelide", "n", "n", "n")]
    [InlineData("sertraline", "n", "n", "n")]
    public void Every_ingredient_under_every_preset(string drug, string p1, string p2, string p3)
    {
        foreach (var (preset, expected) in ((string, string)[])[("P1", p1), ("P2", p2), ("P3", p3)])
        {
            var plan = new DrugCase { Preset = preset, Medicines = [Drug(drug)] }.Plan();
            Assert.Equal(expected, plan.Days is { } days ? $"{days}d" : plan.Hours is { } hours ? $"{hours}h" : plan.Regimen!.Do switch { Instruction.Continue => "c", Instruction.Note => "n", _ => "-" });
        }
    }

    [Fact]
    public void No_row_is_left_out_of_the_table_above()
    {
        var tested = typeof(PlanHoldsTests).GetMethod(nameof(Every_ingredient_under_every_preset))!.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!).ToHashSet();
        Assert.Empty(Knowledge.P1.Medicines.Rows.Values.Where(r => r.Class != "ssri-snri").Select(r => r.Ingredient).Except(tested));
    }

    [Theory]
    [InlineData("warfarin", "2026-03-18")]
    [InlineData("apixaban", "2026-03-19")]
    [InlineData("fondaparinux", "2026-03-19")]
    [InlineData("clopidogrel", "2026-03-19")]
    [InlineData("naproxen", "2026-03-19")]
    [InlineData("ibrutinib", "2026-03-21")]
    [InlineData("enoxaparin", "2026-03-19")]
    [InlineData("heparin", "2026-03-19")]
    [InlineData("argatroban", null)]
    public void Restart_days(string drug, string? day) =>
        Assert.Equal(day is null ? null : DateOnly.Parse(day), new DrugCase { Medicines = [Drug(drug)] }.Plan().ResumeDate);

    [Theory]
    [InlineData("2026-03-16", HoldStatus.OnTime, null)]
    [InlineData("2026-03-17", HoldStatus.Late, "2026-03-19")]
    [InlineData("2026-03-18", HoldStatus.Late, "2026-03-20")]
    public void The_as_of_day_of_the_last_dose_is_on_time_the_next_is_late(string asOf, HoldStatus status, string? earliest)
    {
        var plan = new DrugCase { AsOf = asOf, Medicines = [Drug("apixaban")] }.Plan();
        Assert.Equal((status, earliest is null ? null : DateOnly.Parse(earliest)), (plan.Status, plan.EarliestProcedureDate));
    }

    [Theory]
    [InlineData("2026-03-12", HoldStatus.WashoutComplete, null)]
    [InlineData("2026-03-13", HoldStatus.WashoutIncomplete, "2026-03-19")]
    public void An_ended_medicine_is_washed_out_or_not(string end, HoldStatus status, string? earliest)
    {
        var plan = new DrugCase { AsOf = "2026-03-14", Medicines = [Drug("clopidogrel", UseState.Ended) with { ExposureEnd = DateOnly.Parse(end) }] }.Plan();
        Assert.Equal((status, earliest is null ? null : DateOnly.Parse(earliest)), (plan.Status, plan.EarliestProcedureDate));
    }

    [Theory]
    [InlineData(UseState.OnHold, "2026-03-12", HoldStatus.OnTime)]
    [InlineData(UseState.OnHold, "2026-03-13", HoldStatus.WashoutIncomplete)]
    [InlineData(UseState.OnHold, null, HoldStatus.Late)]
    [InlineData(UseState.AsNeeded, null, HoldStatus.Late)]
    [InlineData(UseState.SupportingOnly, null, HoldStatus.Late)]
    [InlineData(UseState.Draft, null, HoldStatus.OnTime)]
    public void Washout_counts_from_the_recorded_hold_and_a_draft_is_never_late(UseState use, string? held, HoldStatus status) =>
        Assert.Equal(status, new DrugCase { AsOf = "2026-03-15", Medicines = [Drug("clopidogrel", use) with { ExposureEnd = held is null ? null : DateOnly.Parse(held) }] }.Plan().Status);

    [Theory]
    [InlineData("2028-03-01", "2028-02-24", "2028-02-25")] // 29 February lies between
    [InlineData("2027-03-01", "2027-02-23", "2027-02-24")]
    [InlineData("2027-01-02", "2026-12-27", "2026-12-28")]
    public void Days_are_calendar_days_over_leap_days_and_years(string d0, string last, string free)
    {
        var plan = new DrugCase { D0 = d0, AsOf = "2026-01-01", Medicines = [Drug("warfarin")] }.Plan();
        Assert.Equal((DateOnly.Parse(last), DateOnly.Parse(free)), (plan.LastDoseDate, plan.FirstDrugFreeDate));
    }

    [Fact]
    public void A_child_gets_no_date_from_the_adult_tables()
    {
        var plan = new DrugCase { Birth = "2008-03-19", Medicines = [Drug("enoxaparin")] }.Plan();
        Assert.Equal((null, null, null, true, true), (plan.LastDoseDate, plan.LastDoseAt, plan.ResumeDate, plan.Provisional, plan.AskSpecialist));
        Assert.NotNull(new DrugCase { Birth = "2008-03-18", Medicines = [Drug("enoxaparin")] }.Plan().LastDoseAt);
    }

    [Fact]
    public void A_local_form_has_no_hold() =>
        Assert.Equal((HoldStatus.NoHold, null), (new DrugCase { Medicines = [Drug("diclofenac") with { Systemic = false }] }.Plan() is var plan ? plan.Status : default, plan.LastDoseDate));

    private static Medicine Lmwh(decimal? dose, decimal? takes, string unit = "mg", string drug = "enoxaparin", params string[] times) =>
        Drug(drug) with { DosePerTake = dose, TakesPerDay = takes, DoseUnit = dose is null ? null : unit, TimesOfDay = [.. times.Select(t => TimeOnly.Parse(t))] };

    [Theory]
    [InlineData("40", 1, 72, true)]
    [InlineData("30", 2, 72, true)]
    [InlineData("40", 2, 72, false)]
    [InlineData("60", 1, 100, false)] // between: cannot be told, so therapeutic
    [InlineData("80", 2, 72, false)]
    [InlineData("80", 2, null, false)]
    [InlineData("40", 1, null, true)]
    [InlineData("40", 1, 40, false)] // 1 mg/kg
    [InlineData("40", 1, 41, true)]
    [InlineData("40", null, 72, false)]
    [InlineData(null, 1, 72, false)]
    public void The_dose_class_of_enoxaparin(string? dose, int? takes, int? weight, bool prophylactic)
    {
        var clearance = new Clearance { MlPerMin = 90, Weight = weight is { } kg ? Lab("body-weight", kg, unit: "kg") : null };
        var plan = new DrugCase { Clearance = clearance, Medicines = [Lmwh(dose is null ? null : decimal.Parse(dose), takes)] }.Plan();
        Assert.Equal((prophylactic, prophylactic ? 12m : 24m), (plan.Prophylactic, plan.Hours));
    }

    [Fact]
    public void An_undeterminable_dose_class_says_so() =>
        Assert.Contains("taken as therapeutic", string.Join(' ', new DrugCase { Medicines = [Lmwh(null, null)] }.Plan().Notes));

    [Theory]
    [InlineData("30", "12")]
    [InlineData("29.99", "24")]
    public void A_prophylactic_dose_doubles_below_30(string clearance, string hours) =>
        Assert.Equal(decimal.Parse(hours), new DrugCase { CrCl = decimal.Parse(clearance), Medicines = [Lmwh(40, 1)] }.Plan().Hours);

    [Theory]
    [InlineData(true, "2026-03-19")]
    [InlineData(false, "2026-03-18")]
    public void Heparin_by_vein_restarts_later_than_under_the_skin(bool intravenous, string resume) =>
        Assert.Equal(DateOnly.Parse(resume), new DrugCase { Medicines = [Drug("heparin") with { Intravenous = intravenous, DosePerTake = 5000, DoseUnit = "[IU]", TakesPerDay = 2 }] }.Plan().ResumeDate);

    /// <summary>Acceptance case 20: cut-off 10:00, last scheduled dose the evening before that.</summary>
    [Fact]
    public void The_last_scheduled_dose_at_or_before_the_cut_off_counts()
    {
        var plan = new DrugCase { D0 = "2026-02-25", Start = "2026-02-25T10:00-05:00", AsOf = "2026-02-23", CrCl = 27.94m, Medicines = [Lmwh(40, 1, "mg", "enoxaparin", "20:00")] }.Plan();
        Assert.Equal((DateTimeOffset.Parse("2026-02-23T20:00-05:00"), new DateOnly(2026, 2, 23), new DateOnly(2026, 2, 25), HoldStatus.OnTime), (plan.LastDoseAt, plan.LastDoseDate, plan.ResumeDate, plan.Status));
    }

    [Fact]
    public void A_scheduled_dose_exactly_at_the_cut_off_may_be_given()
    {
        var plan = new DrugCase { Medicines = [Lmwh(80, 2, "mg", "enoxaparin", "08:00", "20:00")] }.Plan();
        Assert.Equal(DateTimeOffset.Parse("2026-03-17T08:00-04:00"), plan.LastDoseAt);
        plan = new DrugCase { Medicines = [Lmwh(80, 2, "mg", "enoxaparin", "08:01", "20:00")] }.Plan();
        Assert.Equal(DateTimeOffset.Parse("2026-03-16T20:00-04:00"), plan.LastDoseAt);
    }

    [Theory]
    [InlineData("2026-03-09", "2026-03-08T08:00-04:00")] // the clock went forward on 8 March at 02:00
    [InlineData("2026-03-08", "2026-03-07T07:00-05:00")] // 24 elapsed hours before 08:00-04:00
    [InlineData("2026-11-01", "2026-10-31T09:00-04:00")] // 24 elapsed hours before 08:00-05:00
    public void Hours_are_elapsed_hours_across_a_change_of_the_clock(string d0, string last)
    {
        var plan = new DrugCase { D0 = d0, AsOf = "2026-03-01", Medicines = [Lmwh(80, 2)] }.Plan();
        Assert.Equal(DateTimeOffset.Parse(last), plan.LastDoseAt);
        Assert.Equal(DateTimeOffset.Parse(last).Offset, plan.LastDoseAt!.Value.Offset);
    }

    [Theory]
    [InlineData("2026-03-17T08:00-04:00", HoldStatus.OnTime, null)]
    [InlineData("2026-03-17T08:01-04:00", HoldStatus.Late, "2026-03-19")] // over at 08:01 on the 18th: past the usual start
    [InlineData("2026-03-17T23:00-04:00", HoldStatus.Late, "2026-03-19")]
    public void An_hour_based_hold_is_late_by_the_instant(string asOf, HoldStatus status, string? earliest)
    {
        var plan = new DrugCase { AsOfAt = asOf, Medicines = [Lmwh(80, 2)] }.Plan();
        Assert.Equal((status, earliest is null ? null : DateOnly.Parse(earliest)), (plan.Status, plan.EarliestProcedureDate));
    }

    [Theory]
    [InlineData("2026-03-17", HoldStatus.OnTime, null)]
    [InlineData("2026-03-18", HoldStatus.Late, "2026-03-20")] // a dose at the end of that day
    public void An_hour_based_hold_is_late_by_the_day_when_only_a_day_is_known(string asOf, HoldStatus status, string? earliest)
    {
        var plan = new DrugCase { AsOf = asOf, Medicines = [Lmwh(80, 2)] }.Plan();
        Assert.Equal((status, earliest is null ? null : DateOnly.Parse(earliest)), (plan.Status, plan.EarliestProcedureDate));
    }

    [Fact]
    public void No_dose_can_be_taken_between_the_last_scheduled_one_and_the_cut_off_so_it_is_not_late() =>
        Assert.Equal(HoldStatus.OnTime, new DrugCase { D0 = "2026-02-25", Start = "2026-02-25T10:00-05:00", AsOfAt = "2026-02-24T09:00-05:00", CrCl = 27.94m, Medicines = [Lmwh(40, 1, "mg", "enoxaparin", "20:00")] }.Plan().Status);

    [Theory]
    [InlineData("Myocardial infarction", Instruction.Continue)]
    [InlineData("Hypothyroidism", Instruction.Hold)]
    public void Under_P3_aspirin_is_held_only_in_primary_prevention(string condition, Instruction instruction)
    {
        var plan = new DrugCase { Preset = "P3", Conditions = [Condition(condition)], Medicines = [Drug("aspirin")] }.Plan();
        Assert.Equal((instruction, instruction == Instruction.Hold), (plan.Regimen!.Do, plan.Provisional));
    }
}
