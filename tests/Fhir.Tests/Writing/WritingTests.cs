using System.Collections.Immutable;
using System.Text.Json;
using System.Xml.Linq;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Tests.Writing;

public class WritingTests
{
    private static readonly WriteContext Context = new("Patient/1", "ServiceRequest/2", "Encounter/3", "Practitioner/7", "Dr. <b>Test</b>", "BiopsyFhir 0.1.0", "create-key", "series-key");

    [Fact]
    public void A_hold_becomes_an_activity_that_says_do_not_and_from_when_until_when()
    {
        var detail = Activities(Plans.With(Plans.Hold("apixaban"))).Single(a => a.GetProperty("kind").GetString() == "MedicationRequest");
        Assert.True(detail.GetProperty("doNotPerform").GetBoolean());
        Assert.Equal("scheduled", detail.GetProperty("status").GetString());
        Assert.Equal(("2026-03-17", "2026-03-18"), Period(detail.GetProperty("scheduledPeriod")));
        Assert.Contains("Monday 16 March 2026", detail.GetProperty("description").GetString());
    }

    [Fact]
    public void A_provisional_hold_is_never_written_as_a_hold()
    {
        var plan = Plans.With(Plans.Hold("rivaroxaban") with { Provisional = true, Severity = Severity.Critical, Action = FindingAction.AskSpecialist });
        Assert.DoesNotContain(Activities(plan), a => a.GetProperty("kind").GetString() == "MedicationRequest");
        Assert.Contains(Activities(plan), a => a.GetProperty("kind").GetString() == "Task");
    }

    [Fact]
    public void What_could_not_be_judged_is_in_the_narrative()
    {
        var plan = Plans.With(Plans.Hold("apixaban"));
        plan = plan with { Readiness = plan.Readiness with { NotJudged = [new("\"blood thinner\"", "no drug named & <none>", MightHide.Antithrombotic)] } };
        var div = CarePlan(plan).GetProperty("text").GetProperty("div").GetString()!;
        var text = XElement.Parse(div).Value;
        Assert.Contains("\"blood thinner\": no drug named & <none>", text);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("a\u0001b\u000b")]
    [InlineData("\"/><img onerror=x>")]
    public void Hostile_words_stay_words_in_a_well_formed_narrative(string words)
    {
        var plan = Plans.With(Plans.Hold("apixaban") with { Subject = words, Detail = words });
        var div = XElement.Parse(CarePlan(plan).GetProperty("text").GetProperty("div").GetString()!);
        Assert.All(div.DescendantsAndSelf(), e => Assert.Contains(e.Name.LocalName, (string[])["div", "p", "b", "ul", "li"]));
    }

    [Fact]
    public void The_period_never_ends_before_it_starts_and_covers_every_hold()
    {
        var plan = Plans.With(Plans.Hold("warfarin") with { LastDoseDate = new(2026, 3, 1), ResumeDate = new(2026, 3, 18) }, Plans.Hold("ibrutinib") with { ResumeDate = new(2026, 3, 21) });
        Assert.Equal(("2026-03-01", "2026-03-21"), Period(CarePlan(plan).GetProperty("period")));
    }

    [Fact]
    public void No_member_is_empty_and_both_identifiers_are_there()
    {
        var plan = Plans.With(Plans.Hold("apixaban"), Plans.Test());
        foreach (var bytes in (byte[][])[CarePlanJson.Write(plan, Context), Document(), ProvenanceJson.Write(plan, Context, ["CarePlan/1"], "key"),
            StaffMessageJson.Communication(plan, Context), StaffMessageJson.Task(plan, Context), CarePlanJson.Write(plan, Context with { Order = null, Encounter = null, AuthorName = null })])
        {
            var root = JsonDocument.Parse(bytes, new() { AllowDuplicateProperties = false }).RootElement;
            AssertNothingEmpty(root, "$");
            if (root.GetProperty("resourceType").GetString() == "Provenance") continue;
            var identifiers = root.GetProperty("identifier").EnumerateArray().Select(i => i.GetProperty("value").GetString());
            Assert.Equal(["create-key", "series-key"], identifiers);
        }
    }

    [Fact]
    public void A_document_has_what_the_strictest_vendor_asks_for()
    {
        var document = JsonDocument.Parse(Document()).RootElement;
        Assert.Equal("final", document.GetProperty("docStatus").GetString());
        Assert.Single(document.GetProperty("type").GetProperty("coding").EnumerateArray());
        Assert.Single(document.GetProperty("author").EnumerateArray());
        Assert.Contains("T", document.GetProperty("context").GetProperty("period").GetProperty("end").GetString());
        var attachment = document.GetProperty("content")[0].GetProperty("attachment");
        Assert.Equal("text/html;charset=utf-8", attachment.GetProperty("contentType").GetString());
        Assert.Equal("hello"u8.ToArray(), attachment.GetProperty("data").GetBytesFromBase64());
        Assert.Equal(5, attachment.GetProperty("size").GetInt32());
    }

    [Fact]
    public void Provenance_names_the_device_the_clinician_and_the_policy_and_has_no_signature()
    {
        var provenance = JsonDocument.Parse(ProvenanceJson.Write(Plans.With(Plans.Hold("apixaban")), Context, ["CarePlan/1"], null)).RootElement;
        Assert.Equal(["author", "attester"], provenance.GetProperty("agent").EnumerateArray().Select(a => a.GetProperty("type").GetProperty("coding")[0].GetProperty("code").GetString()));
        Assert.Contains("sha256:", provenance.GetProperty("policy")[0].GetString());
        Assert.False(provenance.TryGetProperty("signature", out _));
        Assert.False(provenance.GetProperty("meta").TryGetProperty("tag", out _));
    }

    [Theory]
    [InlineData(null, new[] { "author" })]
    [InlineData("Practitioner/7", new[] { "author", "attester" })]
    public void Provenance_of_what_goes_out_by_itself_names_the_order_it_rests_on_and_nobody_who_did_not_sign(string? author, string[] agents)
    {
        var provenance = JsonDocument.Parse(ProvenanceJson.OfAutomation(["urn:biopsyfhir:education-text:es:1.0"], Plans.At, Context with { Author = author, AuthorName = null }, ["DocumentReference/1"], "key")).RootElement;
        AssertNothingEmpty(provenance, "$");
        Assert.Equal(agents, provenance.GetProperty("agent").EnumerateArray().Select(a => a.GetProperty("type").GetProperty("coding")[0].GetProperty("code").GetString()));
        Assert.Equal(Context.Order, provenance.GetProperty("entity")[0].GetProperty("what").GetProperty("reference").GetString());
        Assert.Equal("urn:biopsyfhir:education-text:es:1.0", provenance.GetProperty("policy")[0].GetString());
        Assert.Equal("key", provenance.GetProperty("meta").GetProperty("tag")[0].GetProperty("code").GetString());
    }

    private static byte[] Document() => DocumentJson.Write(DocumentKind.Education, new("text/html;charset=utf-8", "en", "hello"u8.ToArray(), "Your biopsy"), "Handout", Plans.At, Context);

    private static JsonElement CarePlan(SignedPlan plan) => JsonDocument.Parse(CarePlanJson.Write(plan, Context)).RootElement;

    private static ImmutableArray<JsonElement> Activities(SignedPlan plan) =>
        [.. CarePlan(plan).GetProperty("activity").EnumerateArray().Select(a => a.GetProperty("detail"))];

    private static (string?, string?) Period(JsonElement period) => (period.GetProperty("start").GetString(), period.GetProperty("end").GetString());

    private static void AssertNothingEmpty(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.True(element.EnumerateObject().Any(), $"{path} is empty");
                foreach (var member in element.EnumerateObject()) AssertNothingEmpty(member.Value, $"{path}.{member.Name}");
                break;
            case JsonValueKind.Array:
                Assert.True(element.GetArrayLength() > 0, $"{path} is empty");
                foreach (var item in element.EnumerateArray()) AssertNothingEmpty(item, $"{path}[]");
                break;
            case JsonValueKind.String:
                Assert.False(string.IsNullOrEmpty(element.GetString()), $"{path} is empty");
                break;
            default:
                Assert.NotEqual(JsonValueKind.Null, element.ValueKind);
                break;
        }
    }
}
