using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using static BiopsyFhir.Fhir.Tests.Reading.Charts;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>What a Bundle says about what it does not hold.</summary>
public class BundleTests
{
    private static Chart WithEntries(string entries, string more = "") => Ok(Bundle($$"""{"resourceType":"Bundle","entry":[{"resource":{{Patient}} },{{entries}}]{{more}}}"""));

    [Theory]
    [InlineData("{}", MightHide.Antithrombotic)]
    [InlineData("{\"fullUrl\":\"urn:x\"}", MightHide.Antithrombotic)]
    [InlineData("{\"response\":{\"status\":\"404 Not Found\"}}", MightHide.Antithrombotic)]
    [InlineData("7", MightHide.Antithrombotic)]
    [InlineData("{\"resource\":{\"id\":\"1\"}}", MightHide.Antithrombotic)]
    [InlineData("{\"resource\":{\"resourceType\":\"MedicationThing\"}}", MightHide.Antithrombotic)]
    [InlineData("{\"resource\":{\"resourceType\":\"List\"}}", MightHide.Other)]
    [InlineData("{\"resource\":{\"resourceType\":\"Claim\"}}", MightHide.Nothing)]
    [InlineData("{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"diagnostics\":\"timed out\"}]}}", MightHide.Antithrombotic)]
    [InlineData("{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"information\",\"diagnostics\":\"ok\"}]}}", MightHide.Nothing)]
    [InlineData("{\"response\":{\"status\":\"500\",\"outcome\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"fatal\"}]}}}", MightHide.Antithrombotic)]
    public void Whatever_is_not_a_record_is_said_with_what_it_might_hide(string entry, MightHide hides) => Assert.Contains(WithEntries(entry).Unread, u => u.Hides == hides);

    [Theory]
    [InlineData("{\"response\":{\"status\":\"201 Created\"}}")]
    [InlineData("{\"request\":{\"method\":\"DELETE\",\"url\":\"Observation/1\"}}")]
    public void A_receipt_of_a_write_hides_nothing(string entry) => Assert.Empty(WithEntries(entry).Unread);

    [Fact]
    public void A_page_of_several_is_not_the_whole() =>
        Assert.Contains(WithEntries("{\"resource\":{\"resourceType\":\"Encounter\",\"id\":\"e\"}}", ",\"link\":[{\"relation\":\"next\",\"url\":\"https://ehr.example.org/2\"}]").Unread, u => u.Hides == MightHide.Antithrombotic);

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_search_that_counts_more_than_it_holds_is_not_the_whole(int total, bool whole) =>
        Assert.Equal(whole, WithEntries("{\"resource\":{\"resourceType\":\"Encounter\",\"id\":\"e\"},\"search\":{\"mode\":\"match\"}}", $",\"type\":\"searchset\",\"total\":{total}").Unread.IsEmpty);

    [Fact]
    public void Bundles_inside_are_read()
    {
        var chart = WithEntries("""{"resource":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Condition","id":"1","code":{"text":"AF"}}}]}}""");
        Assert.Equal("AF", Assert.Single(chart.Conditions).Code.Words);
    }

    [Fact]
    public void Every_kind_of_record_is_counted_and_none_is_left_out()
    {
        var sources = WithEntries("""{"resource":{"resourceType":"Condition","id":"1","code":{"text":"AF"}}}""").Sources;
        Assert.Equal(Enum.GetValues<RecordKind>(), sources.Select(s => s.Kind));
        Assert.Equal([RecordKind.Condition], sources.Where(s => s.Count > 0).Select(s => s.Kind));
    }

    [Fact]
    public void A_failed_search_is_said_with_its_kind_and_what_was_not_asked_for_is_not()
    {
        using var document = Json(Patient);
        var chart = Ok(ReadChart.From(new()
        {
            Entries = [new(null, document.RootElement, "#")],
            Zone = NewYork,
            Patient = "Patient/p",
            LookedFor = [RecordKind.Result],
            Failures = [new("MedicationStatement", "403"), new("MedicationRequest", "timed out")],
        }));
        Assert.Equal([new Source(RecordKind.Medication, 0, "MedicationRequest: timed out; MedicationStatement: 403"), new Source(RecordKind.Result, 0)], chart.Sources.AsEnumerable());
    }

    [Fact]
    public void The_newer_of_two_versions_counts_and_both_where_none_is_newer()
    {
        const string Old = """{"resource":{"resourceType":"MedicationRequest","id":"1","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"status":"active","medicationCodeableConcept":{"text":"warfarin"}}}""";
        const string New = """{"resource":{"resourceType":"MedicationRequest","id":"1","meta":{"lastUpdated":"2026-02-01T00:00:00Z"},"status":"stopped","medicationCodeableConcept":{"text":"warfarin"}}}""";
        const string Undated = """{"resource":{"resourceType":"MedicationRequest","id":"1","status":"completed","medicationCodeableConcept":{"text":"warfarin"}}}""";
        Assert.Equal("stopped", Assert.Single(WithEntries($"{Old},{New}").Medications).Status);
        Assert.Equal("stopped", Assert.Single(WithEntries($"{New},{Old},{New}").Medications).Status);
        Assert.Equal(2, WithEntries($"{Old},{Undated}").Medications.Length);
    }

    [Fact]
    public void Pages_with_the_same_places_do_not_swallow_each_other()
    {
        using var one = Json("""{"resourceType":"Condition","code":{"text":"AF"}}""");
        using var two = Json("""{"resourceType":"Condition","code":{"text":"PE"}}""");
        using var patient = Json(Patient);
        var chart = Ok(ReadChart.From(new() { Entries = [new(null, patient.RootElement, "#/entry/0"), new(null, one.RootElement, "#/entry/0"), new(null, two.RootElement, "#/entry/0")], Zone = NewYork }));
        Assert.Equal(["AF", "PE"], chart.Conditions.Select(c => c.Code.Words).Order());
    }
}
