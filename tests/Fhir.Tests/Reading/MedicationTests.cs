using BiopsyFhir.Domain;
using static BiopsyFhir.Fhir.Tests.Reading.Charts;

namespace BiopsyFhir.Fhir.Tests.Reading;

public class MedicationTests
{
    private static string Request(string more) => $$"""{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order","subject":{"reference":"Patient/p"},{{more}}}""";

    [Fact]
    public void Codes_text_and_several_codings_are_all_kept()
    {
        var product = Medication(Request("""
            "medicationCodeableConcept":{"text":"Eliquis 5 mg","coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364447"},{"code":"X9","display":"local"}]}
            """)).Product;
        Assert.Equal("Eliquis 5 mg", product.Text);
        Assert.Equal([new Code("http://www.nlm.nih.gov/research/umls/rxnorm", "1364447"), new Code("", "X9", "local")], product.Codes.AsEnumerable());
    }

    [Theory]
    [InlineData("Medication/7")]
    [InlineData("https://ehr.example.org/fhir/Medication/7")]
    [InlineData("https://ehr.example.org/fhir/Medication/7/_history/3")]
    [InlineData("urn:uuid:0b2b7a1c-5f0e-4a55-9df2-1c6a4c2f9a11")]
    public void A_referred_product_is_found_by_every_kind_of_reference(string reference)
    {
        var fullUrl = reference.StartsWith("urn", StringComparison.Ordinal) ? reference : "https://ehr.example.org/fhir/Medication/7";
        var request = Request($"\"medicationReference\":{{\"reference\":\"{reference}\"}}");
        var chart = Ok(Bundle($$"""
            {"resourceType":"Bundle","type":"searchset","entry":[
            {"fullUrl":"https://ehr.example.org/fhir/Patient/p","resource":{{Patient}} },
            {"fullUrl":"https://ehr.example.org/fhir/MedicationRequest/1","resource":{{request}} },
            {"fullUrl":"{{fullUrl}}","resource":{"resourceType":"Medication","id":"7","code":{"text":"warfarin"} } }]}
            """));
        Assert.Equal("warfarin", Assert.Single(chart.Medications).Product.Text);
    }

    [Fact]
    public void A_contained_product_is_found()
    {
        var record = Medication(Request("""
            "contained":[{"resourceType":"Medication","id":"med","code":{"text":"rivaroxaban"},"form":{"text":"tablet"}}],"medicationReference":{"reference":"#med"}
            """));
        Assert.Equal(("rivaroxaban", "tablet"), (record.Product.Text, record.Form?.Text));
    }

    [Fact]
    public void A_product_on_another_server_is_not_taken_for_one_with_the_same_id()
    {
        var request = Request("\"medicationReference\":{\"reference\":\"https://other.example.org/Medication/7\"}");
        var chart = Ok(Bundle($$"""
            {"resourceType":"Bundle","entry":[{"resource":{{Patient}} },{"resource":{{request}} },
            {"fullUrl":"https://ehr.example.org/fhir/Medication/7","resource":{"resourceType":"Medication","id":"7","code":{"text":"vitamin D"} } }]}
            """));
        Assert.Equal("https://other.example.org/Medication/7 not found.", Assert.Single(chart.Medications).CannotInterpret);
    }

    [Fact]
    public void A_missing_product_cannot_be_interpreted_and_is_named()
    {
        var record = Medication(Request("""
            "medicationReference":{"reference":"Medication/7"}
            """));
        Assert.Equal("Medication/7 not found.", record.CannotInterpret);
        Assert.True(record.Product.IsEmpty);
    }

    [Fact]
    public void A_missing_product_with_a_display_is_recognised_by_it_and_said()
    {
        var record = Medication(Request("""
            "medicationReference":{"reference":"Medication/7","display":"apixaban 5 mg"}
            """));
        Assert.Equal("apixaban 5 mg", record.Product.Text);
        Assert.Null(record.CannotInterpret);
        Assert.Equal("Could not read the code: Medication/7 not found.", Assert.Single(record.Notes));
    }

    [Fact]
    public void Products_that_name_each_other_end()
    {
        var chart = Of(Request("""
            "medicationReference":{"reference":"Medication/a"}
            """),
            """{"resourceType":"Medication","id":"a","ingredient":[{"itemReference":{"reference":"Medication/b"}},{"itemCodeableConcept":{"text":"aspirin"}}]}""",
            """{"resourceType":"Medication","id":"b","code":{"text":"dipyridamole"},"ingredient":[{"itemReference":{"reference":"Medication/a"}}]}""");
        Assert.Equal(["aspirin", "dipyridamole"], Assert.Single(chart.Medications).Ingredients.Select(i => i.Words).Distinct().Order());
    }

    [Fact]
    public void An_entry_that_names_no_product_cannot_be_interpreted() =>
        Assert.Equal("It names no product.", Medication(Request("\"note\":[{\"text\":\"see chart\"}]")).CannotInterpret);

    [Fact]
    public void A_later_version_of_FHIR_is_read_where_it_is_clear()
    {
        Assert.Equal("edoxaban", Medication(Request("\"medication\":{\"concept\":{\"text\":\"edoxaban\"}}")).Product.Text);
        Assert.Equal("edoxaban", Assert.Single(Of(Request("\"medication\":{\"reference\":{\"reference\":\"Medication/7\"}}"),
            """{"resourceType":"Medication","id":"7","code":{"text":"edoxaban"}}""").Medications).Product.Text);
    }

    [Theory]
    [InlineData("\"implicitRules\":\"http://example.org/rules\"", "rules of its own")]
    [InlineData("\"modifierExtension\":[{\"url\":\"http://example.org/not\"}]", "modifier")]
    [InlineData("\"dosageInstruction\":[{\"modifierExtension\":[{\"url\":\"http://example.org/not\"}]}]", "modifier")]
    public void What_changes_the_meaning_and_is_not_understood_forbids_to_interpret(string more, string why)
    {
        var record = Medication(Request($"\"medicationCodeableConcept\":{{\"text\":\"warfarin\"}},{more}"));
        Assert.Contains(why, record.CannotInterpret, StringComparison.Ordinal);
        Assert.Equal("warfarin", record.Product.Text);
    }

    [Fact]
    public void Status_is_kept_as_received_in_lower_case()
    {
        var json = """{"resourceType":"MedicationRequest","id":"1","status":"Active-Ish","medicationCodeableConcept":{"text":"x"}}""";
        Assert.Equal("active-ish", Medication(json).Status);
        Assert.Null(Medication("""{"resourceType":"MedicationRequest","id":"1","_status":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"medicationCodeableConcept":{"text":"x"}}""").Status);
        Assert.Equal("Its status is no code.", Medication("""{"resourceType":"MedicationRequest","id":"1","status":7,"medicationCodeableConcept":{"text":"x"}}""").CannotInterpret);
    }

    [Fact]
    public void A_dosage_gives_its_largest_dose_how_often_and_when()
    {
        var dosage = Assert.Single(Medication(Request("""
            "medicationCodeableConcept":{"text":"enoxaparin"},"dosageInstruction":[{"text":"40 mg","patientInstruction":"in the evening","asNeededBoolean":false,
              "timing":{"repeat":{"frequency":1,"frequencyMax":2,"period":1,"periodUnit":"d","timeOfDay":["20:00:00","08:00"],"when":["HS"]}},
              "route":{"text":"subcutaneous"},"doseAndRate":[{"doseRange":{"low":{"value":20,"unit":"mg"},"high":{"value":40,"unit":"mg","code":"mg"}}}]}]
            """)).Dosages);
        Assert.Equal((40m, "mg", 2, 1m, "d"), (dosage.Dose, dosage.DoseUnit, dosage.Frequency, dosage.Period, dosage.PeriodUnit));
        Assert.Equal([new TimeOnly(8, 0), new TimeOnly(20, 0)], dosage.TimesOfDay.AsEnumerable());
        Assert.Equal(("40 mg; in the evening", "subcutaneous", false, false), (dosage.Text, dosage.Route?.Words, dosage.AsNeeded, dosage.HasRate));
    }

    [Theory]
    [InlineData("\"asNeededBoolean\":true", true)]
    [InlineData("\"asNeededCodeableConcept\":{\"text\":\"pain\"}", true)]
    [InlineData("\"asNeeded\":true", true)]
    [InlineData("\"asNeededBoolean\":false,\"asNeededCodeableConcept\":{\"text\":\"pain\"}", true)]
    [InlineData("\"asNeededBoolean\":false", false)]
    [InlineData("\"text\":\"daily\"", false)]
    public void As_needed_is_seen_in_every_shape(string dosage, bool asNeeded) =>
        Assert.Equal(asNeeded, Assert.Single(Medication(Request($"\"medicationCodeableConcept\":{{\"text\":\"x\"}},\"dosageInstruction\":[{{{dosage}}}]")).Dosages).AsNeeded);

    [Fact]
    public void A_timing_abbreviation_stands_for_its_repeat()
    {
        var dosage = Assert.Single(Medication(Request("\"medicationCodeableConcept\":{\"text\":\"x\"},\"dosageInstruction\":[{\"timing\":{\"code\":{\"coding\":[{\"code\":\"BID\"}]}}}]")).Dosages);
        Assert.Equal((2, 1m, "d"), (dosage.Frequency, dosage.Period, dosage.PeriodUnit));
    }

    [Fact]
    public void The_reason_of_a_status_is_kept_as_a_note() =>
        Assert.Equal("Reason for the status: held for biopsy", Assert.Single(Medication(Request("\"medicationCodeableConcept\":{\"text\":\"x\"},\"statusReason\":{\"text\":\"held for biopsy\"}")).Notes));

    [Fact]
    public void A_rate_is_an_infusion() =>
        Assert.True(Assert.Single(Medication(Request("\"medicationCodeableConcept\":{\"text\":\"heparin\"},\"dosageInstruction\":[{\"doseAndRate\":[{\"rateQuantity\":{\"value\":12}}]}]")).Dosages).HasRate);

    [Fact]
    public void Use_ends_only_where_every_dosage_ends()
    {
        const string Bounded = """{"timing":{"repeat":{"boundsPeriod":{"start":"2026-01-01","end":"2026-02-01"}}}}""";
        Assert.Equal(PartialDate.Day(new(2026, 2, 1)), Medication(Request($"\"medicationCodeableConcept\":{{\"text\":\"x\"}},\"dosageInstruction\":[{Bounded}]")).Ended);
        Assert.Null(Medication(Request($"\"medicationCodeableConcept\":{{\"text\":\"x\"}},\"dosageInstruction\":[{Bounded},{{\"text\":\"then 5 mg\"}}]")).Ended);
    }

    [Fact]
    public void Statements_administrations_and_dispenses_are_medications_of_their_own_kind()
    {
        var chart = Of(
            """{"resourceType":"MedicationStatement","id":"1","status":"active","medicationCodeableConcept":{"text":"a"},"dateAsserted":"2026-01-05","effectiveDateTime":"2026-01-01"}""",
            """{"resourceType":"MedicationAdministration","id":"2","status":"completed","medicationCodeableConcept":{"text":"b"},"effectivePeriod":{"start":"2026-01-02T08:00:00-05:00","end":"2026-01-03T08:00:00-05:00"},"dosage":{"dose":{"value":5000,"code":"[IU]"},"rateQuantity":{"value":1}}}""",
            """{"resourceType":"MedicationDispense","id":"3","status":"completed","medicationCodeableConcept":{"text":"c"},"whenHandedOver":"2026-01-04"}""");
        Assert.Equal([MedicationSource.Administration, MedicationSource.Dispense, MedicationSource.Statement], chart.Medications.Select(m => m.Source));
        Assert.Equal((new DateOnly(2026, 1, 3), 5000m, "[IU]"), (chart.Medications[0].Ended!.Value.First, chart.Medications[0].Dosages[0].Dose, chart.Medications[0].Dosages[0].DoseUnit));
        Assert.Equal(PartialDate.Day(new(2026, 1, 4)), chart.Medications[1].Authored);
        Assert.Equal((PartialDate.Day(new(2026, 1, 1)), PartialDate.Day(new(2026, 1, 5))), (chart.Medications[2].Started!.Value, chart.Medications[2].Authored!.Value));
    }

    [Fact]
    public void Reasons_come_from_codes_and_from_what_is_referred_to()
    {
        var chart = Of(Request("\"medicationCodeableConcept\":{\"text\":\"x\"},\"reasonCode\":[{\"text\":\"AF\"}],\"reasonReference\":[{\"reference\":\"Condition/9\"},{\"display\":\"a clot\"}]"),
            """{"resourceType":"Condition","id":"9","code":{"text":"pulmonary embolism"}}""");
        Assert.Equal(["AF", "pulmonary embolism", "a clot"], Assert.Single(chart.Medications).Reasons.Select(r => r.Words));
    }
}
