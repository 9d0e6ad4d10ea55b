using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Labs;

public class CreatinineClearanceTests
{
    /// <summary>The worked cases of the evidence, to two decimals.</summary>
    [Theory]
    [InlineData(72, Sex.Female, 68, 0.9, 60.65)]
    [InlineData(78, Sex.Male, 70, 1.5, 40.19)]
    [InlineData(66, Sex.Female, 80, 0.8, 87.36)]
    [InlineData(81, Sex.Female, 52, 1.7, 21.31)]
    [InlineData(49, Sex.Male, 90, 1.0, 113.75)]
    [InlineData(59, Sex.Female, 72, 0.7, 98.36)]
    [InlineData(83, Sex.Male, 60, 1.7, 27.94)]
    [InlineData(52, Sex.Female, 58, 1.3, 46.35)]
    public void Cockcroft_Gault_with_actual_weight(int age, Sex sex, double kg, double mgPerDl, double mlPerMin)
    {
        var clearance = Of(Patients.Snapshot(sex: sex, birth: $"{2026 - age}-03-18").With(Scr(mgPerDl), Weight(kg)));
        Assert.Equal((decimal)mlPerMin, decimal.Round(clearance.MlPerMin!.Value, 2));
        Assert.Equal(age, clearance.AgeYears);
        Assert.Null(clearance.WhyUnknown);
    }

    [Fact]
    public void Units_do_not_change_it()
    {
        var conventional = Of(Patients.Snapshot().With(Scr(1.5), Weight(68.0388555))).MlPerMin;
        var other = Of(Patients.Snapshot().With(Lab.Result("14682-9", 132.6m, "umol/L"), Lab.Result("29463-7", 150, "[lb_av]"))).MlPerMin;
        Assert.Equal(conventional, other);
    }

    [Theory]
    [InlineData("2008-03-18", true)]
    [InlineData("2008-03-19", false)]
    public void Adults_only_on_the_day_of_the_biopsy(string birth, bool computed)
    {
        var clearance = Of(Patients.Snapshot(birth: birth).With(Scr(0.9), Weight(60)));
        Assert.Equal(computed, clearance.MlPerMin is not null);
        if (!computed) Assert.Contains("adults", clearance.WhyUnknown);
    }

    [Theory]
    [InlineData(true, "2026-02-16", true)]
    [InlineData(true, "2026-02-15", false)]
    [InlineData(false, "2025-12-18", true)]
    [InlineData(false, "2025-12-17", false)]
    public void Creatinine_is_good_for_30_days_on_a_renally_cleared_blood_thinner_else_90(bool apixaban, string date, bool computed) =>
        Assert.Equal(computed, Of(Patients.Snapshot().With(Scr(0.9, date), Weight(60)), apixaban ? Apixaban : []).MlPerMin is not null);

    [Theory]
    [InlineData("2025-09-19", true)]
    [InlineData("2025-09-18", false)]
    public void Weight_is_good_for_180_days(string date, bool computed)
    {
        var clearance = Of(Patients.Snapshot().With(Scr(0.9), Weight(60, date)));
        Assert.Equal(computed, clearance.MlPerMin is not null);
        if (!computed) Assert.Contains("body weight is from", clearance.WhyUnknown);
    }

    [Fact]
    public void Every_missing_input_is_named()
    {
        var snapshot = Patients.Snapshot(sex: Sex.Unknown).With(Lab.Result("98979-8", 55, "mL/min/{1.73_m2}"));
        var why = Of(snapshot with { Chart = snapshot.Chart with { Person = snapshot.Chart.Person with { BirthDate = null } } }).WhyUnknown;
        Assert.Equal("The age is not known, the sex that the formula needs is not recorded, no creatinine was seen and no body weight was seen.", why);
    }

    [Fact]
    public void An_eGFR_never_becomes_a_clearance_but_is_the_last_known()
    {
        var clearance = Of(Patients.Snapshot().With(Lab.Result("98979-8", 25, "mL/min/{1.73_m2}", "2025-01-01"), Weight(60)));
        Assert.Null(clearance.MlPerMin);
        Assert.Equal(("egfr", 25m), (clearance.LastKnown!.Analyte, clearance.LastKnown.Amount));
    }

    [Fact]
    public void An_old_creatinine_gives_the_last_known_clearance_when_it_is_the_newest()
    {
        var clearance = Of(Patients.Snapshot().With(Lab.Result("98979-8", 55, "mL/min/{1.73_m2}", "2024-01-01"), Scr(3, "2025-10-01"), Weight(60)));
        Assert.Null(clearance.MlPerMin);
        Assert.Equal("creatinine-clearance", clearance.LastKnown!.Analyte);
        Assert.InRange(clearance.LastKnown.Amount, 17m, 18m);
    }

    [Theory]
    [InlineData("<", "only as < 0.9")]
    public void A_creatinine_that_is_an_interval_gives_no_clearance(string comparator, string why) =>
        Assert.Contains(why, Of(Patients.Snapshot().With(Lab.Result("2160-0", 0.9m, "mg/dL", comparator: comparator), Weight(60))).WhyUnknown);

    [Fact]
    public void A_preliminary_creatinine_gives_no_clearance() =>
        Assert.Contains("preliminary", Of(Patients.Snapshot().With(Lab.Result("2160-0", 0.9m, "mg/dL", status: "preliminary"), Weight(60))).WhyUnknown);

    [Fact]
    public void An_unreadable_creatinine_is_named() =>
        Assert.Contains("cannot be read", Of(Patients.Snapshot().With(Lab.Result("2160-0", 97, "mg/dL"), Weight(60))).WhyUnknown);

    [Theory]
    [InlineData(86.69, false)]
    [InlineData(86.7, true)]
    public void Ideal_and_adjusted_weight_are_shown_from_a_BMI_of_30(double kg, bool shown)
    {
        var clearance = Of(Patients.Snapshot().With(Scr(0.9), Weight(kg), Lab.Result("8302-2", 170, "cm", "2019-01-01")));
        Assert.Equal((shown, shown), (clearance.IdealWeightMlPerMin is not null, clearance.AdjustedWeightMlPerMin is not null));
        if (shown) Assert.True(clearance.IdealWeightMlPerMin < clearance.AdjustedWeightMlPerMin && clearance.AdjustedWeightMlPerMin < clearance.MlPerMin);
    }

    [Theory]
    [InlineData(1.0, "2026-03-09T07:30:00-04:00", 1.3, "2026-03-11T07:30:00-04:00", true)]
    [InlineData(1.0, "2026-03-09T07:29:00-04:00", 1.3, "2026-03-11T07:30:00-04:00", false)]
    [InlineData(1.0, "2026-03-09", 1.29, "2026-03-11", false)]
    [InlineData(1.3, "2026-03-09", 1.0, "2026-03-11", true)]
    [InlineData(0.8, "2026-03-04", 1.2, "2026-03-11", true)]
    [InlineData(0.8, "2026-03-03", 1.2, "2026-03-11", false)]
    [InlineData(0.8, "2026-03-04", 1.19, "2026-03-11", false)]
    public void A_creatinine_that_moves_is_flagged(double earlier, string then, double later, string now, bool flagged)
    {
        var clearance = Of(Patients.Snapshot().With(Scr(earlier, then), Scr(later, now), Weight(60)));
        Assert.Equal(flagged, clearance.AcuteChange is not null);
        Assert.NotNull(clearance.MlPerMin);
    }

    [Fact]
    public void A_change_of_last_year_is_over() =>
        Assert.Null(Of(Patients.Snapshot().With(Scr(1, "2025-01-01"), Scr(2, "2025-01-02"), Scr(1), Weight(60))).AcuteChange);

    [Fact]
    public void The_same_change_in_umol_is_flagged_too() =>
        Assert.NotNull(Of(Patients.Snapshot().With(Lab.Result("14682-9", 88.4m, "umol/L", "2026-03-09"), Lab.Result("14682-9", 114.92m, "umol/L"), Weight(60))).AcuteChange);

    [Fact]
    public void Dialysis_is_carried()
    {
        var history = new PatientHistory([new Problem("dialysis", "haemodialysis", null, true, new Fact("Condition/1", "haemodialysis"), Concept.Empty)], []);
        Assert.True(Of(Patients.Snapshot().With(Scr(6), Weight(60)), [], history).OnDialysis);
    }

    private static readonly ImmutableArray<Medicine> Apixaban =
        [new Medicine { Ingredient = "apixaban", Class = "doac-xa", Use = UseState.InUse, Systemic = true, Summary = "apixaban", Sources = [] }];

    private static ResultRecord Scr(double mgPerDl, string date = "2026-03-11") => Lab.Result("2160-0", (decimal)mgPerDl, "mg/dL", date);

    private static ResultRecord Weight(double kg, string date = "2026-03-11") => Lab.Result("29463-7", (decimal)kg, "kg", date);

    private static Clearance Of(Snapshot snapshot, ImmutableArray<Medicine>? medicines = null, PatientHistory? history = null) =>
        CreatinineClearance.From(snapshot, Knowledge.P1, ReadLabs.From(snapshot, Knowledge.P1), new MedicineList(medicines ?? [], [], []), history ?? new PatientHistory([], []));
}
