namespace BiopsyFhir.Sandbox.Tests;

public sealed class FhirAccessTests(SharedEhr shared) : IClassFixture<SharedEhr>
{
    private static string Observation(string patient, string category = "laboratory") =>
        $$"""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/{{patient}}"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{{category}}"}]}]}""";

    [Theory]
    [InlineData("patient/Observation.read", "Observation?patient=sbx-01", 200)]
    [InlineData("patient/Observation.rs", "Observation/sbx-01-plt-1", 200)]
    [InlineData("patient/Observation.r", "Observation?patient=sbx-01", 403)]
    [InlineData("patient/Observation.s", "Observation/sbx-01-plt-1", 403)]
    [InlineData("patient/*.rs", "Observation?patient=sbx-01", 200)]
    [InlineData("patient/*.read", "Medication/sbx-02-drug-1", 200)]
    [InlineData("patient/Condition.rs", "Observation?patient=sbx-01", 403)]
    [InlineData("patient/*.rs", "Observation?patient=sbx-02", 403)]
    [InlineData("patient/*.rs", "Observation?subject=Patient/sbx-02", 403)]
    [InlineData("patient/*.rs", "Patient/sbx-02", 403)]
    [InlineData("patient/*.rs", "Patient/sbx-01", 200)]
    [InlineData("patient/*.rs", "Observation/sbx-02-plt-1/_history", 403)]
    [InlineData("patient/*.rs", "Observation/sbx-02-plt-1/_history/1", 403)]
    [InlineData("user/Observation.rs", "Observation?patient=sbx-02", 200)]
    [InlineData("patient/Observation.sr", "Observation?patient=sbx-01", 403)]
    [InlineData("patient/Observation.", "Observation?patient=sbx-01", 403)]
    [InlineData("openid fhirUser launch", "Observation?patient=sbx-01", 403)]
    public async Task Reading_follows_scope_and_compartment(string scopes, string path, int status)
    {
        var ehr = shared.Ehr;
        var answer = await ehr.As(scopes, "sbx-01").GetAsync(path);
        Assert.Equal(status, answer.Status);
        if (status == 403) Assert.Equal("forbidden", answer.IssueCode);
    }

    [Fact]
    public async Task A_search_without_a_patient_shows_the_launched_patient_only()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var all = await ehr.As("patient/*.rs", "sbx-02").GetAsync("ServiceRequest");
        Assert.Equal(["sbx-02-order-1"], all.Ids);
        Assert.Equal(["sbx-02"], (await ehr.As("patient/*.rs", "sbx-02").GetAsync("Patient")).Ids);
    }

    [Fact]
    public async Task A_patient_scope_without_a_patient_opens_nothing()
    {
        await using var ehr = await DemoEhr.StartAsync();
        Assert.Equal(403, (await ehr.As("patient/*.cruds").GetAsync("Observation")).Status);
    }

    [Fact]
    public async Task A_granular_scope_opens_its_category_only()
    {
        await using var ehr = await DemoEhr.StartAsync();
        const string scope = "patient/Observation.crs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
        var caller = ehr.As(scope, "sbx-01");
        var found = await caller.GetAsync("Observation?patient=sbx-01&_count=100");
        Assert.NotEmpty(found.Ids);
        Assert.All(found.Entries, e => Assert.Equal("laboratory", e.GetProperty("resource").GetProperty("category")[0].GetProperty("coding")[0].GetProperty("code").GetString()));
        Assert.Equal(403, (await caller.GetAsync("Observation/sbx-01-weight-1")).Status);
        Assert.Equal(201, (await caller.PostAsync("Observation", Observation("sbx-01"))).Status);
        Assert.Equal(403, (await caller.PostAsync("Observation", Observation("sbx-01", "vital-signs"))).Status);
        var both = ehr.As(scope + " " + scope.Replace("laboratory", "vital-signs", StringComparison.Ordinal), "sbx-01");
        Assert.Equal(200, (await both.GetAsync("Observation/sbx-01-weight-1")).Status);
        var misread = ehr.As("patient/Observation.rs?no-such-filter=1", "sbx-01");
        Assert.Equal(0, (await misread.GetAsync("Observation")).Total);
    }

    [Fact]
    public async Task Writing_stays_inside_the_compartment_and_leaves_nothing_behind()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var before = ehr.Stored.All("Observation").Count();
        var caller = ehr.As("patient/*.cruds", "sbx-01");
        Assert.Equal(403, (await caller.PostAsync("Observation", Observation("sbx-02"))).Status);
        Assert.Equal(before, ehr.Stored.All("Observation").Count());
        Assert.Equal(201, (await caller.PostAsync("Observation", Observation("sbx-01"))).Status);
        Assert.Equal(403, (await ehr.As("patient/Observation.rs", "sbx-01").PostAsync("Observation", Observation("sbx-01"))).Status);
        var moved = Observation("sbx-01").Replace("{\"resourceType\":\"Observation\"", "{\"resourceType\":\"Observation\",\"id\":\"sbx-02-plt-1\"", StringComparison.Ordinal);
        Assert.Equal(403, (await caller.PutAsync("Observation/sbx-02-plt-1", moved)).Status);
        Assert.Equal(403, (await caller.SendAsync(HttpMethod.Delete, "Observation/sbx-02-plt-1")).Status);
    }

    [Fact]
    public async Task A_conditional_create_does_not_reveal_another_patients_resource()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var answer = await ehr.As("patient/*.cruds", "sbx-01").PostAsync("ServiceRequest",
            """{"resourceType":"ServiceRequest","status":"active","intent":"order","subject":{"reference":"Patient/sbx-01"}}""", ("If-None-Exist", "identifier=SBX-ORD-0002"));
        Assert.Equal(403, answer.Status);
        Assert.DoesNotContain("sbx-02", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provenance_belongs_to_the_chart_of_its_target()
    {
        await using var ehr = await DemoEhr.StartAsync();
        string Provenance(string target) => $$$"""{"resourceType":"Provenance","target":[{"reference":"{{{target}}}"}],"recorded":"2026-03-11T12:00:00Z","agent":[{"who":{"display":"x"}}]}""";
        var caller = ehr.As("patient/*.cruds", "sbx-01");
        Assert.Equal(201, (await caller.PostAsync("Provenance", Provenance("ServiceRequest/sbx-01-order-1"))).Status);
        Assert.Equal(403, (await caller.PostAsync("Provenance", Provenance("ServiceRequest/sbx-02-order-1"))).Status);
    }

    [Fact]
    public async Task What_an_include_may_not_show_is_said_to_be_left_out()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var found = await ehr.As("patient/MedicationRequest.rs", "sbx-02").GetAsync("MedicationRequest?patient=sbx-02&_include=MedicationRequest:medication");
        var last = found.Entries[^1];
        Assert.Equal(("outcome", "OperationOutcome"), (last.GetProperty("search").GetProperty("mode").GetString(), last.GetProperty("resource").GetProperty("resourceType").GetString()));
        Assert.DoesNotContain("sbx-02-drug-1\",", string.Concat(found.Entries.Select(e => e.GetProperty("resource").GetRawText()).Where(r => r.Contains("\"Medication\"", StringComparison.Ordinal))), StringComparison.Ordinal);
    }
}
