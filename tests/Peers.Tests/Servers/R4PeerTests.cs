using System.Net;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Servers;

[Collection(AllPeers.Name)]
public sealed class R4PeerTests(R4Peer r4, AuthorizationPeer authorization) : IAsyncLifetime, IDisposable
{
    private const string CarePlan = """{"resourceType":"CarePlan","identifier":[{"system":"urn:biopsyfhir:careplan","value":"k1"}],"status":"active","intent":"plan","subject":{"reference":"Patient/1"}}""";

    private readonly HttpClient _http = new();

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is null) await r4.Reset();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _http.Dispose();

    [PeersFact]
    public async Task A_created_resource_is_read_by_its_location_with_its_version()
    {
        using var created = await Post("CarePlan", CarePlan);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.StartsWith($"{r4.FhirBase}/CarePlan/", created.Headers.Location!.ToString(), StringComparison.Ordinal);
        var etag = created.Headers.ETag!;
        Assert.True(etag.IsWeak);

        var url = $"{r4.FhirBase}/CarePlan/{(await Json(created)).GetProperty("id").GetString()}";
        using var unchanged = await Send(HttpMethod.Get, url, headers: ("If-None-Match", etag.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        var changed = (await Json(created)).GetRawText().Replace("\"active\"", "\"revoked\"", StringComparison.Ordinal);
        using var updated = await Send(HttpMethod.Put, url, changed, ("If-Match", etag.ToString()));
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        using var stale = await Send(HttpMethod.Put, url, changed, ("If-Match", etag.ToString()));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.Equal("revoked", (await Json(await _http.GetAsync(url))).GetProperty("status").GetString());
        var history = await Json(await _http.GetAsync($"{url}/_history"));
        Assert.Equal(["revoked", "active"], history.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("status").GetString()));
    }

    [PeersFact]
    public async Task Pages_follow_each_other_to_the_last_entry()
    {
        await r4.Load(Observations(120));
        var seen = new HashSet<string>();
        var pages = 0;
        for (var url = $"{r4.FhirBase}/Observation?patient=p&code=http://loinc.org|718-7"; url is not null; pages++)
        {
            var page = await Json(await _http.GetAsync(url));
            Assert.Equal(120, page.GetProperty("total").GetInt32());
            foreach (var entry in page.GetProperty("entry").EnumerateArray())
                Assert.True(seen.Add(entry.GetProperty("fullUrl").GetString()!), "an entry came twice");
            url = page.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next")
                .Select(link => link.GetProperty("url").GetString()).SingleOrDefault();
        }
        Assert.Equal(120, seen.Count);
        Assert.Equal(3, pages);
    }

    [PeersTheory]
    [InlineData("Observation?patient=p&code=http://loinc.org|718-7&date=ge2026-01-03&date=lt2026-01-05", 2)]
    [InlineData("Observation?patient=Patient/p&code=718-7,777-3", 6)]
    [InlineData("Observation?patient=q", 0)]
    [InlineData("Patient?_id=p&_revinclude=Observation:patient", 7)]
    public async Task Searches_find_what_they_ask_for(string query, int entries)
    {
        await r4.Load(Observations(6));
        var bundle = await Json(await _http.GetAsync($"{r4.FhirBase}/{query}"));
        Assert.Equal(entries, bundle.TryGetProperty("entry", out var found) ? found.GetArrayLength() : 0);
    }

    [PeersFact]
    public async Task A_search_may_be_posted()
    {
        await r4.Load(Observations(6));
        using var content = new FormUrlEncodedContent([new("patient", "p"), new("_count", "4")]);
        using var answer = await _http.PostAsync($"{r4.FhirBase}/Observation/_search", content);
        Assert.Equal(4, (await Json(answer)).GetProperty("entry").GetArrayLength());
    }

    [PeersFact]
    public async Task A_conditional_create_repeated_adds_nothing()
    {
        using var first = await Send(HttpMethod.Post, $"{r4.FhirBase}/CarePlan", CarePlan, ("If-None-Exist", "identifier=urn:biopsyfhir:careplan|k1"));
        using var second = await Send(HttpMethod.Post, $"{r4.FhirBase}/CarePlan", CarePlan, ("If-None-Exist", "identifier=urn:biopsyfhir:careplan|k1"));
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(1, await r4.Count("CarePlan"));

        using var another = await Post("CarePlan", CarePlan); // unconditional: now two carry the key
        using var ambiguous = await Send(HttpMethod.Post, $"{r4.FhirBase}/CarePlan", CarePlan, ("If-None-Exist", "identifier=urn:biopsyfhir:careplan|k1"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, ambiguous.StatusCode);
    }

    [PeersFact]
    public async Task A_transaction_with_one_bad_entry_leaves_nothing_behind()
    {
        static string Entry(string resource) => $$$"""{"resource":{{{resource}}},"request":{"method":"POST","url":"CarePlan","ifNoneExist":"identifier=urn:biopsyfhir:careplan|k1"}}""";
        var bad = CarePlan.Replace("\"intent\":\"plan\",", "", StringComparison.Ordinal).Replace("k1", "k2", StringComparison.Ordinal);
        using var refused = await Post("", $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{{{Entry(CarePlan)}}},{"resource":{{{bad}}},"request":{"method":"POST","url":"CarePlan"} }]}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(0, await r4.Count("CarePlan"));

        var good = $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{{{Entry(CarePlan)}}}]}""";
        using var first = await Post("", good);
        using var second = await Post("", good);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var response = (await Json(first)).GetProperty("entry")[0].GetProperty("response");
        Assert.StartsWith("201", response.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("W/\"", response.GetProperty("etag").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task A_transaction_rewrites_references_between_its_entries()
    {
        using var answer = await Post("", $$$"""
            {"resourceType":"Bundle","type":"transaction","entry":[
              {"fullUrl":"urn:uuid:4dc6a8e2-7f0e-4a5e-9d1a-9d5f8f7f0001","resource":{{{CarePlan}}},"request":{"method":"POST","url":"CarePlan"}},
              {"resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:4dc6a8e2-7f0e-4a5e-9d1a-9d5f8f7f0001"}],"recorded":"2026-03-11T09:00:00Z","agent":[{"who":{"display":"x"}}]},"request":{"method":"POST","url":"Provenance"}}]}
            """);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var plan = Assert.Single(await r4.Stored("CarePlan"));
        var provenance = Assert.Single(await r4.Stored("Provenance"));
        Assert.Equal($"CarePlan/{plan.GetProperty("id").GetString()}", provenance.GetProperty("target")[0].GetProperty("reference").GetString());
    }

    [PeersTheory]
    [InlineData("""{"resourceType":"CarePlan","status":"active","intent":"plan"}""", 422, "CarePlan.subject")]
    [InlineData("""{"resourceType":"CarePlan","status":"actve","intent":"plan","subject":{"reference":"Patient/1"}}""", 422, "CarePlan.status")]
    [InlineData("""{"resourceType":"CarePlan",""", 400, "not JSON")]
    public async Task What_is_not_valid_R4_is_refused_with_its_place(string body, int status, string place)
    {
        using var answer = await Post("CarePlan", body);
        Assert.Equal(status, (int)answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("OperationOutcome", text, StringComparison.Ordinal);
        Assert.Contains(place, text, StringComparison.Ordinal);
        Assert.Equal(0, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task A_deleted_resource_is_gone_and_no_longer_found()
    {
        using var created = await Post("CarePlan", CarePlan);
        var url = $"{r4.FhirBase}/CarePlan/{(await Json(created)).GetProperty("id").GetString()}";
        using var deleted = await _http.DeleteAsync(url);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var read = await _http.GetAsync(url);
        Assert.Equal(HttpStatusCode.Gone, read.StatusCode);
        Assert.Empty(await r4.Stored("CarePlan?identifier=urn:biopsyfhir:careplan|k1"));
    }

    [PeersFact]
    public async Task With_a_token_demanded_no_request_passes_without_one_but_discovery_does()
    {
        await r4.Configure(authorizationServer: authorization.Origin, requireToken: true);
        using var bare = await _http.GetAsync($"{r4.FhirBase}/Patient/1");
        Assert.Equal(HttpStatusCode.Unauthorized, bare.StatusCode);
        using var invented = await Send(HttpMethod.Get, $"{r4.FhirBase}/Patient/1", headers: ("Authorization", "Bearer invented"));
        Assert.Equal(HttpStatusCode.Unauthorized, invented.StatusCode);
        var smart = await Json(await _http.GetAsync($"{r4.FhirBase}/.well-known/smart-configuration"));
        Assert.StartsWith(authorization.Origin, smart.GetProperty("token_endpoint").GetString(), StringComparison.Ordinal);
        var statement = await Json(await _http.GetAsync($"{r4.FhirBase}/metadata"));
        Assert.Equal("4.0.1", statement.GetProperty("fhirVersion").GetString());
    }

    [PeersFact]
    public async Task With_thousands_stored_conditional_creation_stays_quick()
    {
        var plans = Enumerable.Range(0, 5000).Select(i => $$$"""{"resource":{"resourceType":"CarePlan","id":"c{{{i}}}","identifier":[{"system":"urn:biopsyfhir:careplan","value":"v{{{i}}}"}],"status":"active","intent":"plan","subject":{"reference":"Patient/1"} } }""");
        await r4.Load($$$"""{"resourceType":"Bundle","type":"collection","entry":[{{{string.Join(',', plans)}}}]}""");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
        {
            using var answer = await Send(HttpMethod.Post, $"{r4.FhirBase}/CarePlan", CarePlan, ("If-None-Exist", $"identifier=urn:biopsyfhir:careplan|v{i}"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        // A look at all 5000 for each would take some 20 s.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        Assert.Equal(5000, await r4.Count("CarePlan"));
    }

    [TheoryWhen(Needs.Peers | Needs.SharedData)]
    [InlineData("synthea-smart_Max_Dicki.json")]
    [InlineData("qicore_CMS104_348471db.json")]
    [InlineData("fhir-test-cases_molis_1A.json")]
    public async Task A_published_patient_loads_and_is_found(string file)
    {
        var json = await File.ReadAllTextAsync(SharedData.Path($"data/patients/{file}"));
        var patient = Assert.Single(await r4.Load(json));
        var stored = Assert.Single(await r4.Stored($"Patient?_id={patient}"));
        Assert.Equal("Patient", stored.GetProperty("resourceType").GetString());
        var medications = await r4.Stored($"MedicationRequest?patient={patient}");
        Assert.Equal(System.Text.RegularExpressions.Regex.Count(json, "\"resourceType\" *: *\"MedicationRequest\""), medications.Count);
    }

    [PeersFact]
    public async Task A_peer_ends_with_the_process_that_started_it()
    {
        var peer = new R4Peer();
        await peer.InitializeAsync();
        using (var alive = await _http.GetAsync($"{peer.FhirBase}/metadata")) Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        await peer.DisposeAsync(); // closes its standard input, as the end of this process would
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync($"{peer.FhirBase}/metadata"));
    }

    private static string Observations(int count)
    {
        var entries = Enumerable.Range(0, count).Select(i => $$$"""{"resource":{"resourceType":"Observation","id":"o{{{i}}}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-01-{{{(i % 28) + 1:00}}}T10:00:00Z"}}""");
        return $$$"""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p"}},{{{string.Join(',', entries)}}}]}""";
    }

    private Task<HttpResponseMessage> Post(string type, string json) => Send(HttpMethod.Post, $"{r4.FhirBase}/{type}".TrimEnd('/'), json);

    private async Task<HttpResponseMessage> Send(HttpMethod method, string url, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}
