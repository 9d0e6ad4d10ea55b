
namespace BiopsyFhir.Sandbox.Tests;

public sealed class FhirReadAndWriteTests(SharedEhr shared) : IClassFixture<SharedEhr>
{
    private const string Plan = """{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"},"identifier":[{"system":"urn:biopsyfhir:careplan","value":"abc"}]}""";

    [Fact]
    public async Task Without_a_living_token_nothing_is_told()
    {
        await using var ehr = await DemoEhr.StartAsync();
        Assert.Equal(401, (await new FhirCaller(ehr, null).GetAsync("Patient/sbx-01")).Status);
        var unknown = await new FhirCaller(ehr, "made-up").GetAsync("Patient/sbx-01");
        Assert.Equal((401, "login"), (unknown.Status, unknown.IssueCode));
        var caller = ehr.AsAnyone();
        Assert.Equal(200, (await caller.GetAsync("Patient/sbx-01")).Status);
        ehr.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(401, (await caller.GetAsync("Patient/sbx-01")).Status);
    }

    [Fact]
    public async Task Metadata_and_discovery_need_no_token()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var open = new FhirCaller(ehr, null);
        var statement = (await open.GetAsync("metadata")).Json;
        Assert.Equal("4.0.1", statement.GetProperty("fhirVersion").GetString());
        var rest = statement.GetProperty("rest")[0];
        var uris = rest.GetProperty("security").GetProperty("extension")[0];
        Assert.Equal("http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", uris.GetProperty("url").GetString());
        Assert.Equal($"{ehr.Auth}/token", uris.GetProperty("extension")[1].GetProperty("valueUri").GetString());
        var plan = rest.GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == "CarePlan");
        Assert.Contains(plan.GetProperty("interaction").EnumerateArray(), i => i.GetProperty("code").GetString() == "create");
        Assert.True(plan.GetProperty("conditionalCreate").GetBoolean());
        var smart = (await open.GetAsync(".well-known/smart-configuration")).Json;
        Assert.Equal($"{ehr.Auth}/authorize", smart.GetProperty("authorization_endpoint").GetString());
        Assert.Equal(["S256"], smart.GetProperty("code_challenge_methods_supported").EnumerateArray().Select(m => m.GetString()));
    }

    [Fact]
    public async Task Create_tells_where_and_which_version_and_read_gives_it_back()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var created = await caller.PostAsync("CarePlan", Plan);
        Assert.Equal((201, "W/\"1\""), (created.Status, created.ETag));
        var id = created.Json.GetProperty("id").GetString()!;
        Assert.Equal($"{ehr.Fhir}/CarePlan/{id}/_history/1", created.Location);
        var read = await caller.GetAsync($"CarePlan/{id}");
        Assert.Equal("abc", read.Json.GetProperty("identifier")[0].GetProperty("value").GetString());
        Assert.Equal(304, (await caller.GetAsync($"CarePlan/{id}", ("If-None-Match", "W/\"1\""))).Status);
        Assert.Equal("", (await caller.PostAsync("CarePlan", Plan, ("Prefer", "return=minimal"))).Text);
    }

    [Fact]
    public async Task Conditional_create_twice_makes_one_resource_also_at_the_same_moment()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var header = ("If-None-Exist", "identifier=urn:biopsyfhir:careplan|abc");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => caller.PostAsync("CarePlan", Plan, header)));
        Assert.Equal([.. Enumerable.Repeat(200, 19), 201], answers.Select(a => a.Status).Order());
        Assert.Single(answers.Select(a => a.Json.GetProperty("id").GetString()).Distinct());
        Assert.Equal(1, (await caller.GetAsync("CarePlan?identifier=urn:biopsyfhir:careplan|abc")).Total);
        await caller.PostAsync("CarePlan", Plan);
        var several = await caller.PostAsync("CarePlan", Plan, header);
        Assert.Equal((412, "multiple-matches"), (several.Status, several.IssueCode));
        Assert.Equal(400, (await caller.PostAsync("CarePlan", Plan, ("If-None-Exist", "made-up=1"))).Status);
    }

    [Fact]
    public async Task A_stale_If_Match_changes_nothing()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var id = (await caller.PostAsync("CarePlan", Plan)).Json.GetProperty("id").GetString();
        var revised = Plan.Replace("\"active\"", "\"revoked\"", StringComparison.Ordinal).Replace("{\"resourceType\":\"CarePlan\"", $"{{\"resourceType\":\"CarePlan\",\"id\":\"{id}\"", StringComparison.Ordinal);
        var first = await caller.PutAsync($"CarePlan/{id}", revised, ("If-Match", "W/\"1\""));
        Assert.Equal((200, "W/\"2\""), (first.Status, first.ETag));
        var stale = await caller.PutAsync($"CarePlan/{id}", Plan.Replace("{\"resourceType\":\"CarePlan\"", $"{{\"resourceType\":\"CarePlan\",\"id\":\"{id}\"", StringComparison.Ordinal), ("If-Match", "W/\"1\""));
        Assert.Equal((412, "conflict"), (stale.Status, stale.IssueCode));
        Assert.Equal("revoked", (await caller.GetAsync($"CarePlan/{id}")).Json.GetProperty("status").GetString());
        Assert.Equal("active", (await caller.GetAsync($"CarePlan/{id}/_history/1")).Json.GetProperty("status").GetString());
        Assert.Equal(2, (await caller.GetAsync($"CarePlan/{id}/_history")).Total);
    }

    [Fact]
    public async Task A_patch_changes_the_named_member_only()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var patched = await caller.SendAsync(HttpMethod.Patch, "ServiceRequest/sbx-01-order-1",
            """[{"op":"test","path":"/status","value":"active"},{"op":"replace","path":"/status","value":"revoked"},{"op":"add","path":"/note","value":[{"text":"moved"}]}]""",
            "application/json-patch+json", ("If-Match", "W/\"1\""));
        Assert.Equal(200, patched.Status);
        Assert.Equal("revoked", patched.Json.GetProperty("status").GetString());
        Assert.Equal("Unexplained anaemia", patched.Json.GetProperty("reasonCode")[0].GetProperty("text").GetString());
        var refused = await caller.SendAsync(HttpMethod.Patch, "ServiceRequest/sbx-01-order-1", """[{"op":"remove","path":"/status"}]""", "application/json-patch+json");
        Assert.Equal((422, "required"), (refused.Status, refused.IssueCode));
        var misfit = await caller.SendAsync(HttpMethod.Patch, "ServiceRequest/sbx-01-order-1", """[{"op":"add","path":"/note/0/text","value":"x"},{"op":"remove","path":"/nowhere"}]""", "application/json-patch+json");
        Assert.Equal(422, misfit.Status);
        Assert.Equal("W/\"2\"", (await caller.GetAsync("ServiceRequest/sbx-01-order-1")).ETag);
    }

    [Fact]
    public async Task A_deleted_resource_is_gone_and_an_unknown_one_not_found()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var id = (await caller.PostAsync("CarePlan", Plan)).Json.GetProperty("id").GetString();
        Assert.Equal(204, (await caller.SendAsync(HttpMethod.Delete, $"CarePlan/{id}")).Status);
        var gone = await caller.GetAsync($"CarePlan/{id}");
        Assert.Equal((410, "deleted"), (gone.Status, gone.IssueCode));
        Assert.Equal(0, (await caller.GetAsync("CarePlan?identifier=urn:biopsyfhir:careplan|abc")).Total);
        var never = await caller.GetAsync("CarePlan/never");
        Assert.Equal((404, "not-found"), (never.Status, never.IssueCode));
    }

    [Theory]
    [InlineData("POST", "CarePlan", "{not json", "application/fhir+json", 400)]
    [InlineData("POST", "CarePlan", """{"resourceType":"CarePlan","status":"a","status":"b"}""", "application/fhir+json", 400)]
    [InlineData("POST", "CarePlan", """{"resourceType":"Observation"}""", "application/fhir+json", 400)]
    [InlineData("POST", "CarePlan", """{"resourceType":"CarePlan","status":"active"}""", "application/fhir+json", 422)]
    [InlineData("POST", "CarePlan", """{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/nobody"}}""", "application/fhir+json", 422)]
    [InlineData("POST", "CarePlan", "<CarePlan/>", "application/fhir+xml", 415)]
    [InlineData("POST", "Basic", "{}", "application/fhir+json", 404)]
    [InlineData("PUT", "CarePlan/mine", """{"resourceType":"CarePlan","id":"mine","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"}}""", "application/fhir+json", 405)]
    [InlineData("PUT", "CarePlan/mine", """{"resourceType":"CarePlan","id":"yours","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"}}""", "application/fhir+json", 400)]
    [InlineData("PUT", "CarePlan", "{}", "application/fhir+json", 405)]
    [InlineData("GET", "a/b/c/d/e/f", null, "", 404)]
    [InlineData("GET", "Observation?date=yesterday", null, "", 400)]
    [InlineData("GET", "Observation?code:in=http://x", null, "", 400)]
    public async Task Every_refusal_is_an_OperationOutcome(string method, string path, string? body, string type, int status)
    {
        var ehr = shared.Ehr;
        var answer = await ehr.AsAnyone().SendAsync(new HttpMethod(method), path, body, type);
        Assert.Equal(status, answer.Status);
        Assert.NotNull(answer.IssueCode);
        Assert.False(string.IsNullOrEmpty(answer.Json.GetProperty("issue")[0].GetProperty("diagnostics").GetString()));
    }

    [Fact]
    public async Task All_missing_members_are_named_at_once()
    {
        var ehr = shared.Ehr;
        var answer = await ehr.AsAnyone().PostAsync("MedicationRequest", """{"resourceType":"MedicationRequest","status":"active"}""");
        Assert.Equal(["MedicationRequest.intent", "MedicationRequest.medication[x]", "MedicationRequest.subject"],
            answer.Json.GetProperty("issue").EnumerateArray().Select(i => i.GetProperty("expression")[0].GetString()));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_with_or_without_a_length()
    {
        await using var ehr = await DemoEhr.StartAsync(o => o.MaxBodyBytes = 1000);
        var large = Plan.Replace("\"abc\"", $"\"{new string('x', 2000)}\"", StringComparison.Ordinal);
        var answer = await ehr.AsAnyone().PostAsync("CarePlan", large);
        Assert.Equal((413, "too-long"), (answer.Status, answer.IssueCode));
        var chunked = await ehr.AsAnyone().PostAsync("CarePlan", large, ("Transfer-Encoding", "chunked"));
        Assert.Equal(413, chunked.Status);
        Assert.Equal(201, (await ehr.AsAnyone().PostAsync("CarePlan", Plan)).Status);
    }

    [Fact]
    public async Task Xml_is_not_spoken_and_said_so()
    {
        await using var ehr = await DemoEhr.StartAsync();
        Assert.Equal(406, (await ehr.AsAnyone().GetAsync("Patient/sbx-01", ("Accept", "application/fhir+xml"))).Status);
        Assert.Equal(200, (await ehr.AsAnyone().GetAsync("Patient/sbx-01", ("Accept", "application/fhir+json;q=0.9, */*;q=0.1"))).Status);
    }

    [Fact]
    public async Task A_type_switched_to_read_only_says_so_and_refuses()
    {
        await using var ehr = await DemoEhr.StartAsync(o => o.ReadOnlyTypes.Add("CarePlan"));
        var statement = (await new FhirCaller(ehr, null).GetAsync("metadata")).Json;
        var plan = statement.GetProperty("rest")[0].GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == "CarePlan");
        Assert.DoesNotContain(plan.GetProperty("interaction").EnumerateArray(), i => i.GetProperty("code").GetString() == "create");
        Assert.Equal(405, (await ehr.AsAnyone().PostAsync("CarePlan", Plan)).Status);
    }

    [Fact]
    public async Task What_is_written_comes_back_digit_for_digit()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var sent = """{"resourceType":"Observation","status":"final","code":{"text":"Ferritin ½"},"subject":{"reference":"Patient/sbx-01"},"valueQuantity":{"value":9.00},"_status":{"extension":[{"url":"urn:x","valueDecimal":1.10}]},"unknownMember":[1e3,null]}""";
        var text = (await ehr.AsAnyone().PostAsync("Observation", sent)).Text;
        foreach (var kept in new[] { "9.00", "1.10", "Ferritin ½", "[1e3,null]" }) Assert.Contains(kept, text, StringComparison.Ordinal);
    }
}
