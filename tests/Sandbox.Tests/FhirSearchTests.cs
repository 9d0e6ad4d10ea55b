namespace BiopsyFhir.Sandbox.Tests;

public sealed class FhirSearchTests(SharedEhr shared) : IClassFixture<SharedEhr>
{
    [Fact]
    public async Task Pages_are_followed_by_next_until_every_match_was_seen_once()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var page = await caller.GetAsync("Observation?patient=sbx-01&_sort=-date");
        Assert.Equal(20, page.Entries.Length);
        var total = page.Total;
        Assert.True(total > 40);
        var seen = new List<string>(page.Ids);
        var pages = 1;
        while (page.Link("next") is { } next)
        {
            Assert.StartsWith(ehr.Fhir, next, StringComparison.Ordinal);
            Assert.DoesNotContain("patient", next, StringComparison.Ordinal);
            page = await caller.GetAsync(next);
            seen.AddRange(page.Ids);
            pages++;
        }
        Assert.Equal(3, pages);
        Assert.Equal(total, seen.Distinct().Count());
        Assert.Equal(total, seen.Count);
    }

    [Fact]
    public async Task A_page_shows_the_moment_of_the_search_and_dies_with_time_or_another_grant()
    {
        await using var ehr = await DemoEhr.StartAsync(o => o.AccessTokenLife = TimeSpan.FromHours(1));
        var caller = ehr.AsAnyone();
        var first = await caller.GetAsync("Observation?patient=sbx-01");
        await caller.SendAsync(HttpMethod.Delete, "Observation/sbx-01-smoke-1");
        var next = first.Link("next")!;
        Assert.Equal(first.Total, (await caller.GetAsync(next)).Total);
        Assert.Equal(403, (await ehr.AsAnyone().GetAsync(next)).Status);
        ehr.Clock.Advance(TimeSpan.FromMinutes(16));
        var late = await caller.GetAsync(next);
        Assert.Equal((410, "expired"), (late.Status, late.IssueCode));
    }

    [Fact]
    public async Task Not_a_category_finds_what_has_another_one_or_none()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var all = (await caller.GetAsync("Observation?patient=sbx-01&_summary=count")).Total;
        var laboratory = (await caller.GetAsync("Observation?patient=sbx-01&category=laboratory&_summary=count")).Total;
        Assert.True(laboratory > 0 && laboratory < all);
        Assert.Equal(all - laboratory, (await caller.GetAsync("Observation?patient=sbx-01&category:not=laboratory&_summary=count")).Total);
        await caller.SendAsync(HttpMethod.Post, "Observation", """{"resourceType":"Observation","status":"final","code":{"text":"Platelets"},"subject":{"reference":"Patient/sbx-01"}}""");
        Assert.Equal(all - laboratory + 1, (await caller.GetAsync("Observation?patient=sbx-01&category:not=laboratory&_summary=count")).Total);
    }

    [Fact]
    public async Task The_self_link_shows_only_what_was_understood()
    {
        var ehr = shared.Ehr;
        var found = await ehr.AsAnyone().GetAsync("MedicationRequest?patient=sbx-01&status=active&made-up=1&medication.code=x&_sort=nonsense&_include=Observation:patient");
        Assert.Equal($"{ehr.Fhir}/MedicationRequest?patient=sbx-01&status=active", found.Link("self"));
        Assert.Equal(2, found.Total);
        var strict = await ehr.AsAnyone().GetAsync("MedicationRequest?patient=sbx-01&made-up=1", ("Prefer", "handling=strict"));
        Assert.Equal((400, "not-supported"), (strict.Status, strict.IssueCode));
    }

    [Theory]
    [InlineData("Observation?patient=sbx-01&code=777-3", 4)]
    [InlineData("Observation?patient=Patient/sbx-01&code=http://loinc.org|777-3", 4)]
    [InlineData("Observation?subject=Patient/sbx-01&code=http://loinc.org|777-3,http://loinc.org|718-7", 8)]
    [InlineData("Observation?subject:Patient=sbx-01&code=http://snomed.info/sct|777-3", 0)]
    [InlineData("Observation?patient=sbx-01&code=777-3&date=ge2026-03-01", 1)]
    [InlineData("Observation?patient=sbx-01&code=777-3&date=lt2026-03-01", 3)]
    [InlineData("Observation?patient=sbx-01&code=777-3&date=ge2026-01-10&date=le2026-01-10", 1)]
    [InlineData("Observation?patient=sbx-01&category=vital-signs", 4)]
    [InlineData("Observation?patient=sbx-01&code=777-3&status=preliminary", 0)]
    [InlineData("Observation?_id=sbx-01-plt-1,sbx-02-plt-1", 2)]
    [InlineData("Observation?patient=sbx-99", 0)]
    [InlineData("Condition?patient=sbx-01&code=http://hl7.org/fhir/sid/icd-10-cm|N18.4&clinical-status=active", 1)]
    [InlineData("ServiceRequest?patient=sbx-01&status=active&occurrence=ge2026-03-11", 1)]
    [InlineData("ServiceRequest?occurrence=eq2026-03-20", 2)]
    [InlineData("ServiceRequest?occurrence=ge2026-03-21&occurrence=le2026-03-21", 1)]
    [InlineData("ServiceRequest?_lastUpdated=ge2026-03-11T12:00:00Z", 10)]
    [InlineData("ServiceRequest?_lastUpdated=gt2026-03-11T12:00:01Z", 0)]
    [InlineData("Appointment?patient=sbx-01&status=booked&date=ge2026-03-11", 1)]
    [InlineData("Procedure?patient=sbx-03&date=ge2025-10", 1)]
    [InlineData("Device?patient=sbx-02", 1)]
    [InlineData("AllergyIntolerance?patient=sbx-07", 1)]
    [InlineData("Patient?identifier=urn:oid:2.16.840.1.113883.19.5|SBX-0004", 1)]
    [InlineData("Patient?identifier=SBX-0004", 1)]
    [InlineData("Patient?family=zzt&given=pip", 1)]
    [InlineData("Patient?birthdate=lt1960-01-01", 4)]
    public async Task Searches_find_what_they_should(string query, int expected)
    {
        var ehr = shared.Ehr;
        var answer = await ehr.AsAnyone().GetAsync(query);
        Assert.Equal(200, answer.Status);
        Assert.Equal(expected, answer.Total);
        Assert.Equal(Math.Min(expected, 20), answer.Entries.Length);
    }

    [Fact]
    public async Task Post_search_finds_the_same_and_count_alone_brings_no_entries()
    {
        var ehr = shared.Ehr;
        var caller = ehr.AsAnyone();
        var posted = await caller.SendAsync(HttpMethod.Post, "Observation/_search?status=final", "patient=sbx-01&code=http%3A%2F%2Floinc.org%7C777-3", "application/x-www-form-urlencoded");
        Assert.Equal(4, posted.Total);
        Assert.Contains("status=final", posted.Link("self")!, StringComparison.Ordinal);
        var counted = await caller.GetAsync("Observation?patient=sbx-01&code=777-3&_summary=count");
        Assert.Equal((4, 0), (counted.Total, counted.Entries.Length));
        Assert.DoesNotContain("\"entry\"", counted.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_are_sorted_as_asked()
    {
        var ehr = shared.Ehr;
        var caller = ehr.AsAnyone();
        var newest = await caller.GetAsync("Observation?patient=sbx-01&code=777-3&_sort=-date&_count=1");
        Assert.Equal("sbx-01-plt-4", Assert.Single(newest.Ids));
        Assert.Equal(["sbx-01-plt-1", "sbx-01-plt-2", "sbx-01-plt-3", "sbx-01-plt-4"], (await caller.GetAsync("Observation?patient=sbx-01&code=777-3&_sort=date")).Ids);
        Assert.Equal(["sbx-01-plt-4", "sbx-01-plt-3", "sbx-01-plt-2", "sbx-01-plt-1"], (await caller.GetAsync("Observation?patient=sbx-01&code=777-3&_sort=code,-date")).Ids);
    }

    [Fact]
    public async Task Includes_bring_the_medication_and_are_marked_so()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var found = await ehr.AsAnyone().GetAsync("MedicationRequest?patient=sbx-02&_include=MedicationRequest:medication");
        Assert.Equal(2, found.Total);
        Assert.Equal([("sbx-02-med-1", "match"), ("sbx-02-med-2", "match"), ("sbx-02-drug-1", "include")],
            found.Entries.Select(e => (e.GetProperty("resource").GetProperty("id").GetString()!, e.GetProperty("search").GetProperty("mode").GetString()!)));
    }

    [Fact]
    public async Task Provenance_is_found_by_tag_by_target_and_by_reverse_include()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var created = await caller.PostAsync("Provenance", """
            {"resourceType":"Provenance","meta":{"tag":[{"system":"urn:biopsyfhir:provenance","code":"k1"}]},"target":[{"reference":"ServiceRequest/sbx-01-order-1"}],
             "recorded":"2026-03-11T12:00:00Z","agent":[{"who":{"display":"a device"}}]}
            """);
        Assert.Equal(201, created.Status);
        Assert.Equal(1, (await caller.GetAsync("Provenance?_tag=urn:biopsyfhir:provenance|k1")).Total);
        Assert.Equal(1, (await caller.GetAsync("Provenance?target=ServiceRequest/sbx-01-order-1")).Total);
        var with = await caller.GetAsync("ServiceRequest?patient=sbx-01&_revinclude=Provenance:target");
        Assert.Equal("include", with.Entries[1].GetProperty("search").GetProperty("mode").GetString());
        Assert.Equal(200, (await caller.PostAsync("Provenance", """{"resourceType":"Provenance"}""", ("If-None-Exist", "_tag=urn:biopsyfhir:provenance|k1"))).Status);
    }
}
