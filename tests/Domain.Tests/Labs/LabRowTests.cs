using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>Biopsy on Wednesday 18 March 2026, asked on 11 March.</summary>
public class LabRowTests
{
    [Fact]
    public void A_row_shows_value_unit_age_and_window()
    {
        var row = Row("platelets", [Lab.Result("777-3", 210, "10*9/L", reference: "Observation/9")]);
        Assert.Equal((ResultState.Known, 210m, "10*3/uL", 7, "Observation/9", 7), (row.State, row.Value, row.Unit, row.AgeDays, row.Reference, row.WindowDays));
        Assert.Equal("210 10*9/L", row.AsReceived);
    }

    [Fact]
    public void A_converted_value_has_no_tail_of_division() => Assert.Equal(0.9m, Row("creatinine", [Lab.Result("14682-9", 79.56m, "umol/L")]).Value);

    [Theory]
    [InlineData("2026-03-11", ResultState.Known)]
    [InlineData("2026-03-10", ResultState.Stale)]
    public void The_platelet_window_is_stricter_than_that_of_the_work_up(string date, ResultState state) =>
        Assert.Equal(state, Row("platelets", [Lab.Result("777-3", 210, "10*9/L", date)]).State);

    [Fact]
    public void After_a_count_below_50_three_days_apply() => Assert.Equal((ResultState.Stale, 3), (Row("platelets", [Lab.Result("777-3", 38, "10*9/L")]).State, Row("platelets", [Lab.Result("777-3", 38, "10*9/L")]).WindowDays));

    [Fact]
    public void On_apixaban_creatinine_must_be_30_days_old_at_most_and_weight_is_required()
    {
        var rows = LabRows.From(Patients.Snapshot().With(Lab.Result("2160-0", 0.9m, "mg/dL", "2026-02-01")).Situation(medicines: [Situations.Medicine("apixaban", "doac-xa")]));
        Assert.Equal((ResultState.Stale, 30), (rows.Single(r => r.Analyte == "creatinine").State, rows.Single(r => r.Analyte == "creatinine").WindowDays));
        Assert.Equal(ResultState.Missing, rows.Single(r => r.Analyte == "body-weight").State);
        Assert.Equal(ResultState.Known, Row("creatinine", [Lab.Result("2160-0", 0.9m, "mg/dL", "2026-02-01")]).State);
    }

    [Fact]
    public void On_warfarin_an_INR_is_required_of_the_day_before()
    {
        var warfarin = ImmutableArray.Create(Situations.Medicine("warfarin", "vka"));
        Assert.Equal(ResultState.Missing, LabRows.From(Patients.Snapshot().Situation(medicines: warfarin)).Single(r => r.Analyte == "inr").State);
        Assert.Equal(ResultState.Stale, LabRows.From(Patients.Snapshot().With(Lab.Result("6301-6", 2.6m, "{INR}")).Situation(medicines: warfarin)).Single(r => r.Analyte == "inr").State);
        Assert.DoesNotContain(LabRows.From(Patients.Snapshot().Situation()), r => r.Analyte == "inr");
    }

    [Theory]
    [InlineData("uL", ResultState.Unreadable)]
    [InlineData("ng/mL", ResultState.Known)]
    public void An_unreadable_result_is_a_row(string unit, ResultState state) => Assert.Equal(state, Row("ferritin", [Lab.Result("2276-4", 9, unit)]).State);

    [Fact]
    public void Words_instead_of_a_number_are_missing_and_shown()
    {
        var row = Row("ferritin", [Lab.Words("2276-4", "see comment")]);
        Assert.Equal((ResultState.Missing, "see comment"), (row.State, row.AsReceived));
    }

    [Fact]
    public void A_preliminary_result_is_a_row() => Assert.Equal(ResultState.Preliminary, Row("ferritin", [Lab.Result("2276-4", 9, "ng/mL", status: "preliminary")]).State);

    [Fact]
    public void A_missing_core_test_is_a_row_and_what_nobody_asks_for_is_not()
    {
        var rows = LabRows.From(Patients.Snapshot(indication: "unexplained-anaemia").With(Lab.Result("718-7", 9, "g/dL")).Situation());
        Assert.Equal(ResultState.Missing, rows.Single(r => r.Analyte == "ferritin").State);
        Assert.DoesNotContain(LabRows.From(Patients.Snapshot().Situation()), r => r.Analyte == "ferritin");
        Assert.Equal(rows.Select(r => r.Analyte).Distinct().Count(), rows.Length);
    }

    [Fact]
    public void A_row_carries_what_qualifies_its_value() =>
        Assert.Contains("point-of-care or capillary sample", Row("hemoglobin", [Lab.Result("30352-9", 12, "g/dL")]).Notes);

    [Fact]
    public void A_report_in_words_has_no_number()
    {
        var row = Row("smear-review", [Lab.Words("5909-7", "No blasts")]);
        Assert.Equal((ResultState.Known, null, null, "No blasts"), (row.State, row.Value, row.Unit, row.AsReceived));
    }

    private static LabRow Row(string analyte, ResultRecord[] results) => LabRows.From(Patients.Snapshot().With(results).Situation()).Single(r => r.Analyte == analyte);
}
