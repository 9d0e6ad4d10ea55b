namespace BiopsyFhir.Sandbox.Tests;

public sealed class FhirBundleTests
{
    private const string Good = """
        {"resourceType":"Bundle","type":"transaction","entry":[
          {"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000002",
           "resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:00000000-0000-4000-8000-000000000001"}],"recorded":"2026-03-11T12:00:00Z","agent":[{"who":{"display":"x"}}]},
           "request":{"method":"POST","url":"Provenance"}},
          {"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001",
           "resource":{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"},"identifier":[{"system":"urn:biopsyfhir:careplan","value":"t"}]},
           "request":{"method":"POST","url":"CarePlan","ifNoneExist":"identifier=urn:biopsyfhir:careplan|t"}}
        ]}
        """;

    [Fact]
    public async Task Entries_point_to_each_other_whatever_their_order()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var answer = await caller.PostAsync("", Good);
        Assert.Equal(200, answer.Status);
        Assert.Equal("transaction-response", answer.Json.GetProperty("type").GetString());
        Assert.Equal(["201", "201"], answer.Entries.Select(e => e.GetProperty("response").GetProperty("status").GetString()));
        var plan = answer.Entries[1].GetProperty("resource").GetProperty("id").GetString();
        Assert.Equal($"CarePlan/{plan}", answer.Entries[0].GetProperty("resource").GetProperty("target")[0].GetProperty("reference").GetString());
        Assert.Equal("W/\"1\"", answer.Entries[1].GetProperty("response").GetProperty("etag").GetString());
    }

    [Fact]
    public async Task Repeating_it_keeps_the_conditional_entry_and_links_to_the_one_there()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var first = await caller.PostAsync("", Good);
        var again = await caller.PostAsync("", Good);
        Assert.Equal(["201", "200"], again.Entries.Select(e => e.GetProperty("response").GetProperty("status").GetString()));
        var plan = first.Entries[1].GetProperty("resource").GetProperty("id").GetString();
        Assert.Equal($"CarePlan/{plan}", again.Entries[0].GetProperty("resource").GetProperty("target")[0].GetProperty("reference").GetString());
        Assert.Single(ehr.Stored.All("CarePlan"));
    }

    [Theory]
    [InlineData("\"status\":\"active\",\"intent\":\"plan\"", "\"status\":\"active\"", 422, "Bundle.entry[1]")]
    [InlineData("Patient/sbx-01", "Patient/nobody", 422, "Bundle.entry[1]")]
    [InlineData("\"url\":\"CarePlan\"", "\"url\":\"Basic\"", 404, "Bundle.entry[1]")]
    [InlineData("\"method\":\"POST\",\"url\":\"CarePlan\"", "\"method\":\"MERGE\",\"url\":\"CarePlan\"", 400, "Bundle.entry[1]")]
    [InlineData("target\":[{\"reference\":\"urn:uuid:00000000-0000-4000-8000-000000000001", "target\":[{\"reference\":\"urn:uuid:00000000-0000-4000-8000-000000000009", 422, "Bundle.entry[0]")]
    [InlineData("000000000002\",", "000000000001\",", 400, "Bundle.entry[1]")]
    public async Task One_bad_entry_undoes_the_whole_and_is_named(string from, string to, int status, string place)
    {
        await using var ehr = await DemoEhr.StartAsync();
        var before = ehr.Stored;
        var answer = await ehr.AsAnyone().PostAsync("", Good.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(status, answer.Status);
        Assert.Contains(place, answer.Text, StringComparison.Ordinal);
        Assert.Same(before, ehr.Stored);
    }

    [Fact]
    public async Task A_forbidden_entry_undoes_the_whole()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var before = ehr.Stored;
        Assert.Equal(403, (await ehr.As("patient/CarePlan.cruds", "sbx-01").PostAsync("", Good)).Status);
        Assert.Equal(403, (await ehr.As("patient/*.cruds", "sbx-02").PostAsync("", Good)).Status);
        Assert.Same(before, ehr.Stored);
        Assert.Equal(200, (await ehr.As("patient/*.cruds", "sbx-01").PostAsync("", Good)).Status);
    }

    [Fact]
    public async Task A_stale_version_in_a_transaction_undoes_it()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var caller = ehr.AsAnyone();
        var before = ehr.Stored;
        var order = (await caller.GetAsync("ServiceRequest/sbx-01-order-1")).Text;
        string Bundle(string version) => $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{{{order}}},"request":{"method":"PUT","url":"ServiceRequest/sbx-01-order-1","ifMatch":"W/\"{{{version}}}\""}},{"request":{"method":"GET","url":"ServiceRequest/sbx-01-order-1"}}]}""";
        Assert.Equal(412, (await caller.PostAsync("", Bundle("7"))).Status);
        Assert.Same(before, ehr.Stored);
        var done = await caller.PostAsync("", Bundle("1"));
        Assert.Equal("2", done.Entries[1].GetProperty("resource").GetProperty("meta").GetProperty("versionId").GetString());
    }

    [Fact]
    public async Task A_batch_keeps_what_can_be_kept()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var answer = await ehr.AsAnyone().PostAsync("", """
            {"resourceType":"Bundle","type":"batch","entry":[
              {"request":{"method":"GET","url":"Observation?patient=sbx-01&code=777-3"}},
              {"request":{"method":"GET","url":"Patient/nobody"}},
              {"resource":{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"}},"request":{"method":"POST","url":"CarePlan"}},
              {"resource":{"resourceType":"CarePlan"},"request":{"method":"POST","url":"CarePlan"}}
            ]}
            """);
        Assert.Equal(["200", "404", "201", "422"], answer.Entries.Select(e => e.GetProperty("response").GetProperty("status").GetString()));
        Assert.Equal(4, answer.Entries[0].GetProperty("resource").GetProperty("total").GetInt32());
        Assert.Equal("not-found", answer.Entries[1].GetProperty("response").GetProperty("outcome").GetProperty("issue")[0].GetProperty("code").GetString());
        Assert.Single(ehr.Stored.All("CarePlan"));
    }
}
