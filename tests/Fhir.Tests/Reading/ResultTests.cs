using BiopsyFhir.Domain;
using static BiopsyFhir.Fhir.Tests.Reading.Charts;

namespace BiopsyFhir.Fhir.Tests.Reading;

public class ResultTests
{
    private static string Observation(string more) => $$"""{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Platelets"},"effectiveDateTime":"2026-03-01",{{more}}}""";

    [Theory]
    [InlineData("210", "210")]
    [InlineData("2.1e2", "210")]
    [InlineData("12.829174393829384729384729384729", "12.829174393829384729384729385")]
    [InlineData("-0.0", "0")]
    [InlineData("1E-28", "0.0000000000000000000000000001")]
    public void Numbers_keep_their_value(string sent, string read)
    {
        var value = Assert.IsType<ResultValue.Quantity>(Result(Observation($"\"valueQuantity\":{{\"value\":{sent},\"unit\":\"x\",\"code\":\"10*3/uL\",\"system\":\"http://unitsofmeasure.org\",\"comparator\":\"<\"}}")).Value);
        Assert.Equal(decimal.Parse(read), value.Amount);
        Assert.Equal(("<", "x", "10*3/uL", "http://unitsofmeasure.org"), (value.Comparator, value.Unit, value.UnitCode, value.UnitSystem));
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("1e-40")]
    [InlineData("99999999999999999999999999999999")]
    public void A_number_that_cannot_be_held_is_no_value_and_never_zero(string sent) =>
        Assert.Contains(sent, Assert.IsType<ResultValue.None>(Result(Observation($"\"valueQuantity\":{{\"value\":{sent}}}")).Value).Why, StringComparison.Ordinal);

    [Fact]
    public void A_number_written_as_text_stays_text() =>
        Assert.Equal(new ResultValue.Words("210 10*3/uL"), Result(Observation("\"valueQuantity\":{\"value\":\"210\",\"unit\":\"10*3/uL\"}")).Value);

    [Theory]
    [InlineData("\"valueString\":\"see comment\"", "see comment")]
    [InlineData("\"valueBoolean\":true", "true")]
    [InlineData("\"valueDateTime\":\"2026-01-01\"", "2026-01-01")]
    public void Words_are_words(string value, string words) => Assert.Equal(new ResultValue.Words(words), Result(Observation(value)).Value);

    [Fact]
    public void A_coded_value_keeps_code_and_text() =>
        Assert.Equal("Positive", Assert.IsType<ResultValue.Coded>(Result(Observation("\"valueCodeableConcept\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"10828004\"}],\"text\":\"Positive\"}")).Value).Concept.Words);

    [Theory]
    [InlineData("\"dataAbsentReason\":{\"text\":\"clotted\"}", "No value: clotted.")]
    [InlineData("\"valueQuantity\":{\"unit\":\"mg/dL\"}", "A quantity without a number (mg/dL).")]
    [InlineData("\"_valueString\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]}", "No value: masked.")]
    [InlineData("\"valueQuantity\":{\"value\":1},\"valueString\":\"2\"", "It states several values (valueQuantity, valueString).")]
    [InlineData("\"valueRatio\":{\"numerator\":{\"value\":1}}", "Ratio '{\"numerator\":{\"value\":1}}' is not read.")]
    [InlineData("\"note\":[]", "No value.")]
    public void Having_no_value_says_why(string value, string why) => Assert.Equal(new ResultValue.None(why), Result(Observation(value)).Value);

    [Fact]
    public void Components_take_status_time_and_specimen_from_their_observation()
    {
        var chart = Of("""
            {"resourceType":"Observation","id":"1","status":"preliminary","code":{"text":"CBC"},"effectiveDateTime":"2026-03-01","specimen":{"display":"blood"},
             "component":[{"code":{"text":"Hb"},"valueQuantity":{"value":9,"unit":"g/dL"}},{"code":{"text":"Plt"},"dataAbsentReason":{"text":"clumped"}},{"modifierExtension":[{"url":"x"}],"code":{"text":"MCV"},"valueQuantity":{"value":80}}]}
            """);
        Assert.Equal(["CBC", "Hb", "Plt", "MCV"], chart.Results.Select(r => r.Code.Words));
        Assert.All(chart.Results, r => Assert.Equal(("preliminary", "Observation/1", "blood", new DateOnly(2026, 3, 1)), (r.Status, r.Reference, r.Specimen?.Words, r.Effective!.Value.First)));
        Assert.Equal([false, false, false, true], chart.Results.Select(r => r.CannotInterpret is not null));
        Assert.Equal(1, chart.Sources.Single(s => s.Kind == RecordKind.Result).Count);
    }

    [Fact]
    public void Members_that_stand_as_entries_are_read_once_and_contained_ones_too()
    {
        var chart = Of(
            """
            {"resourceType":"Observation","id":"panel","status":"final","code":{"text":"CBC"},"effectiveDateTime":"2026-03-01",
             "contained":[{"resourceType":"Observation","id":"in","code":{"text":"MCV"},"valueQuantity":{"value":80,"unit":"fL"}}],
             "hasMember":[{"reference":"Observation/hb"},{"reference":"#in"}]}
            """,
            """{"resourceType":"Observation","id":"hb","status":"final","code":{"text":"Hb"},"effectiveDateTime":"2026-03-01","valueQuantity":{"value":9,"unit":"g/dL"}}""");
        Assert.Equal(["Observation/hb", "Observation/panel", "Observation/panel#in"], chart.Results.Select(r => r.Reference));
        Assert.Equal(("final", new DateOnly(2026, 3, 1)), (chart.Results[2].Status, chart.Results[2].Effective!.Value.First));
    }

    [Fact]
    public void A_report_is_a_result_without_a_number_and_says_what_it_lacks()
    {
        var chart = Of("""
            {"resourceType":"DiagnosticReport","id":"1","status":"final","code":{"text":"Blood smear"},"effectiveDateTime":"2026-03-01","conclusion":"Blasts 30%",
             "presentedForm":[{"contentType":"application/pdf","title":"smear.pdf"}],"result":[{"reference":"Observation/gone"},{"display":"another"}]}
            """);
        var report = Assert.Single(chart.Results);
        Assert.Equal((ResultSource.DiagnosticReport, new ResultValue.Words("Blasts 30%")), (report.Source, report.Value));
        Assert.Equal("Report attached: smear.pdf", Assert.Single(report.Notes));
        Assert.Equal("Of its results 2 could not be found: Observation/gone, another.", Assert.Single(chart.Unread).Why);
    }

    [Fact]
    public void The_specimen_gives_type_time_and_trouble()
    {
        var result = Of("""{"resourceType":"Observation","id":"1","status":"final","code":{"text":"LDH"},"specimen":{"reference":"Specimen/s"},"valueQuantity":{"value":500,"unit":"U/L"}}""",
            """{"resourceType":"Specimen","id":"s","type":{"text":"serum"},"condition":[{"text":"haemolysed"}],"note":[{"text":"short draw"}],"collection":{"collectedDateTime":"2026-03-02T23:30:00-05:00"}}""").Results[0];
        Assert.Equal(("serum", new DateOnly(2026, 3, 2)), (result.Specimen?.Words, result.Effective!.Value.First));
        Assert.Equal(["Specimen: haemolysed", "Specimen: short draw"], result.Notes.AsEnumerable());
    }

    [Theory]
    [InlineData("\"effectivePeriod\":{\"start\":\"2026-03-01\",\"end\":\"2026-03-03\"}", "2026-03-01", "2026-03-03")]
    [InlineData("\"effectivePeriod\":{\"end\":\"2026-03-03\"}", "2026-03-03", "2026-03-03")]
    [InlineData("\"effectiveInstant\":\"2026-03-03T01:00:00Z\"", "2026-03-02", "2026-03-02")]
    [InlineData("\"effectiveTiming\":{\"event\":[\"2026-03-05\",\"2026-03-04\"]}", "2026-03-04", "2026-03-04")]
    [InlineData("\"effectivePeriod\":{\"start\":\"2026-03-05\",\"end\":\"2026-03-01\"}", "2026-03-05", "2026-03-05")]
    public void Every_kind_of_time_is_read(string effective, string first, string last)
    {
        var when = Result($$"""{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},{{effective}}}""").Effective!.Value;
        Assert.Equal((DateOnly.Parse(first), DateOnly.Parse(last)), (when.First, when.Last));
    }

    [Fact]
    public void Older_shapes_of_comment_and_interpretation_are_read()
    {
        var result = Result(Observation("\"comment\":\"repeat advised\",\"interpretation\":{\"coding\":[{\"code\":\"L\"}]},\"referenceRange\":[{\"low\":{\"value\":150,\"unit\":\"x\"},\"text\":\"150-400\"}]"));
        Assert.Equal(("repeat advised", "L", 150m, "150-400"), (result.Notes[0], result.Interpretations[0], result.Ranges[0].Low, result.Ranges[0].Text));
    }

    [Theory]
    [InlineData("{\"display\":\"donor\"}", false)]
    [InlineData("{\"reference\":\"BodyStructure/foetus\"}", false)]
    [InlineData("{\"reference\":\"Patient/p\"}", true)]
    public void A_result_about_somebody_else_is_not_the_patients(string focus, bool interpreted) =>
        Assert.Equal(interpreted, Result(Observation($"\"subject\":{{\"reference\":\"Patient/p\"}},\"focus\":[{focus}],\"valueInteger\":4")).CannotInterpret is null);

    [Fact]
    public void A_name_written_with_escapes_is_the_same_name() =>
        Assert.Equal(new ResultValue.Words("x"), Result(Observation("\"\\u0076alueString\":\"x\"")).Value);

    [Fact]
    public void A_result_without_a_code_is_there_and_cannot_be_interpreted() =>
        Assert.Equal("It does not say what was measured.", Result("""{"resourceType":"Observation","id":"1","status":"final","valueQuantity":{"value":3}}""").CannotInterpret);
}
