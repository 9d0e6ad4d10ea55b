using System.Net;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Proxy;

[Collection(AllPeers.Name)]
public sealed class FaultProxyTests(R4Peer r4, AuthorizationPeer authorization) : IAsyncLifetime, IDisposable
{
    private const string Records = """
        {"resourceType":"Bundle","type":"collection","entry":[
          {"resource":{"resourceType":"Patient","id":"p"}},
          {"resource":{"resourceType":"Patient","id":"q"}},
          {"resource":{"resourceType":"Medication","id":"m","code":{"text":"apixaban"}}},
          {"resource":{"resourceType":"MedicationRequest","id":"r1","status":"active","intent":"order","medicationReference":{"reference":"Medication/m"},"subject":{"reference":"Patient/p"}}},
          {"resource":{"resourceType":"MedicationRequest","id":"r2","status":"active","intent":"order","medicationReference":{"reference":"Medication/m"},"subject":{"reference":"Patient/q"}}}]}
        """;
    private const string CarePlan = """{"resourceType":"CarePlan","identifier":[{"system":"urn:biopsyfhir:careplan","value":"k1"}],"status":"active","intent":"plan","subject":{"reference":"Patient/p"}}""";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private FaultProxy? _proxy;

    private FaultProxy Proxy => _proxy!;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await r4.Reset();
        await r4.Load(Records);
        _proxy = await FaultProxy.Start(r4.Origin);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    public void Dispose() => _http.Dispose();

    [PeersFact]
    public async Task Without_rules_everything_passes_and_links_speak_of_the_proxy()
    {
        using var created = await Send(HttpMethod.Post, "CarePlan", CarePlan);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.StartsWith(Proxy.FhirBase, created.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.NotNull(created.Headers.ETag);
        var page = await Json("MedicationRequest?_count=1");
        Assert.All(page.GetProperty("link").EnumerateArray(), link => Assert.StartsWith(Proxy.FhirBase, link.GetProperty("url").GetString(), StringComparison.Ordinal));
    }

    [PeersFact]
    public async Task Requests_are_recorded_with_a_hash_instead_of_the_token()
    {
        using var answer = await Send(HttpMethod.Get, "Patient/p?_elements=id", headers: [("Authorization", "Bearer a-secret"), ("X-Request-Id", "7")]);
        var recorded = Assert.Single(Proxy.Requests);
        Assert.Equal(("GET", "Patient", "p", "_elements=id", 200), (recorded.Request.Method, recorded.Request.Type, recorded.Request.Id, recorded.Request.Query, recorded.Status));
        Assert.Equal("7", recorded.Request.Headers["x-request-id"]);
        Assert.Equal("Bearer", recorded.Request.Headers["Authorization"]);
        Assert.Null(recorded.Request.Token);
        Assert.Equal(FaultProxy.HashOf("a-secret"), recorded.TokenHash);
    }

    [PeersFact]
    public async Task A_status_comes_once_or_always_for_the_path_it_is_meant_for()
    {
        Proxy.Add(Fault.Status(429, retryAfter: "2").On("MedicationRequest").Once(), Fault.Status(503).On("Patient"));
        using var first = await Send(HttpMethod.Get, "MedicationRequest?patient=p");
        Assert.Equal(HttpStatusCode.TooManyRequests, first.StatusCode);
        Assert.Equal("2", first.Headers.RetryAfter!.ToString());
        using var second = await Send(HttpMethod.Get, "MedicationRequest?patient=p");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        for (var i = 0; i < 2; i++)
        {
            using var always = await Send(HttpMethod.Get, "Patient/p");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, always.StatusCode);
        }
        using var discovery = await Send(HttpMethod.Get, "metadata");
        Assert.Equal(HttpStatusCode.OK, discovery.StatusCode);
    }

    [PeersFact]
    public async Task A_cut_body_breaks_the_connection_and_truncated_JSON_does_not()
    {
        Proxy.Add(Fault.CutBody().On("Patient"), Fault.TruncatedJson().On("Medication"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetStringAsync($"{Proxy.FhirBase}/Patient/p"));
        var text = await _http.GetStringAsync($"{Proxy.FhirBase}/Medication/m");
        Assert.StartsWith("{", text, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text));
    }

    [PeersFact]
    public async Task A_lost_answer_still_reached_the_EHR()
    {
        Proxy.Add(Fault.AnswerLost().On("CarePlan", "POST").Once());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Send(HttpMethod.Post, "CarePlan", CarePlan));
        Assert.Equal(1, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task A_double_delivery_creates_two_unless_the_create_is_conditional()
    {
        Proxy.Add(Fault.DeliveredTwice());
        using var plain = await Send(HttpMethod.Post, "CarePlan", CarePlan.Replace("k1", "k0", StringComparison.Ordinal));
        Assert.Equal(2, await r4.Count("CarePlan"));
        using var conditional = await Send(HttpMethod.Post, "CarePlan", CarePlan, ("If-None-Exist", "identifier=urn:biopsyfhir:careplan|k1"));
        Assert.Equal(3, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task Answers_lose_their_body_version_or_host_as_told()
    {
        Proxy.Add(Fault.EmptyCreated(), Fault.ForeignLocation(), Fault.NoVersion().On("Patient"));
        using var created = await Send(HttpMethod.Post, "CarePlan", CarePlan);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Empty(await created.Content.ReadAsByteArrayAsync());
        Assert.Equal("inner.example.org", created.Headers.Location!.Host);
        using var read = await Send(HttpMethod.Get, "Patient/p");
        Assert.Null(read.Headers.ETag);
        Assert.False(JsonDocument.Parse(await read.Content.ReadAsStringAsync()).RootElement.TryGetProperty("meta", out _));
    }

    [PeersFact]
    public async Task Pages_of_another_kind_another_patient_and_endless_bodies_come_as_told()
    {
        Proxy.Add(Fault.HtmlPage().On("Observation"), Fault.AnotherPatient("""{"resourceType":"Patient","id":"somebody"}"""), Fault.Huge().On("Condition"));
        using var html = await Send(HttpMethod.Get, "Observation?patient=p");
        Assert.Equal("text/html", html.Content.Headers.ContentType!.MediaType);
        Assert.Equal("somebody", (await Json("Patient/p")).GetProperty("id").GetString());
        Assert.Equal("somebody", (await Json("Patient?_id=p")).GetProperty("entry")[0].GetProperty("resource").GetProperty("id").GetString());
        using var huge = await Send(HttpMethod.Get, "Condition?patient=p");
        var bytes = await huge.Content.ReadAsByteArrayAsync();
        Assert.Equal(30_000_000, bytes.Length);
        using var parsed = JsonDocument.Parse(bytes);
    }

    [PeersFact]
    public async Task Requests_side_by_side_are_one_wave_and_one_after_the_other_are_several()
    {
        Proxy.Add(Fault.Slow(TimeSpan.FromMilliseconds(300)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Send(HttpMethod.Get, "Patient/p")));
        Assert.Equal(1, Proxy.Waves());
        foreach (var answer in answers) answer.Dispose();
        using var next = await Send(HttpMethod.Get, "Medication/m");
        using var last = await Send(HttpMethod.Get, "Patient/q");
        Assert.Equal(3, Proxy.Waves());
        Assert.Equal(1, Proxy.Waves(recorded => recorded.Request.Type == "Medication"));
    }

    [PeersFact]
    public async Task An_Epic_like_EHR_ignores_include_and_has_no_MedicationStatement()
    {
        Proxy.Add(Vendor.EpicLike());
        var bundle = await Json("MedicationRequest?patient=p&_include=MedicationRequest:medication");
        Assert.Equal(["MedicationRequest"], bundle.GetProperty("entry").EnumerateArray().Select(Type));
        Assert.DoesNotContain("_include", bundle.GetProperty("link")[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        using var statements = await Send(HttpMethod.Get, "MedicationStatement?patient=p");
        Assert.Equal(HttpStatusCode.NotFound, statements.StatusCode);
        Assert.DoesNotContain("MedicationStatement", await Announced("read"));
        Assert.DoesNotContain("CarePlan", await Announced("create"));
        Assert.Contains("CarePlan", await Announced("read"));
    }

    [PeersTheory]
    [InlineData(null, null, 201)]
    [InlineData("\"docStatus\":\"final\"", "\"docStatus\":\"preliminary\"", 422)]
    [InlineData("Practitioner/1", "Device/1", 422)]
    [InlineData("{\"system\":\"http://loinc.org\",\"code\":\"34895-3\"}", "{\"system\":\"http://loinc.org\",\"code\":\"34895-3\"},{\"system\":\"urn:local\",\"code\":\"1\"}", 422)]
    [InlineData("2026-03-11T09:10:00Z", "2026-03-11", 422)]
    [InlineData("application/pdf", "application/zip", 422)]
    [InlineData("\"encounter\":[{\"reference\":\"Encounter/1\"}],", "", 422)]
    public async Task An_Oracle_like_EHR_takes_only_documents_with_its_fields(string? from, string? to, int status)
    {
        Proxy.Add(Vendor.OracleLike());
        var document = """{"resourceType":"DocumentReference","status":"current","docStatus":"final","type":{"coding":[{"system":"http://loinc.org","code":"34895-3"}]},"subject":{"reference":"Patient/p"},"author":[{"reference":"Practitioner/1"}],"content":[{"attachment":{"contentType":"application/pdf","data":"JVBERg=="}}],"context":{"encounter":[{"reference":"Encounter/1"}],"period":{"start":"2026-03-11T09:00:00Z","end":"2026-03-11T09:10:00Z"}}}""";
        if (from is not null)
        {
            Assert.Contains(from, document, StringComparison.Ordinal);
            document = document.Replace(from, to, StringComparison.Ordinal);
        }
        using var answer = await Send(HttpMethod.Post, "DocumentReference", document);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 201, (await answer.Content.ReadAsByteArrayAsync()).Length == 0);
    }

    [PeersTheory]
    [InlineData("Practitioner/2", "completed", 201)]
    [InlineData("Patient/p", "completed", 422)]
    [InlineData("Practitioner/2", "in-progress", 422)]
    public async Task An_Oracle_like_EHR_sends_messages_to_staff_only_and_takes_no_care_plan(string recipient, string state, int status)
    {
        Proxy.Add(Vendor.OracleLike());
        using var message = await Send(HttpMethod.Post, "Communication", $$"""{"resourceType":"Communication","status":"{{state}}","sender":{"reference":"Practitioner/1"},"recipient":[{"reference":"{{recipient}}"}]}""");
        Assert.Equal(status, (int)message.StatusCode);
        using var plan = await Send(HttpMethod.Post, "CarePlan", CarePlan);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, plan.StatusCode);
        Assert.Equal(0, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task An_athena_like_EHR_announces_no_writing_of_encounters_plans_and_documents()
    {
        Proxy.Add(Vendor.AthenaLike());
        var creatable = await Announced("create");
        Assert.DoesNotContain("Encounter", creatable);
        Assert.DoesNotContain("DocumentReference", creatable);
        Assert.Contains("Communication", creatable);
    }

    [PeersTheory]
    [InlineData("patient/MedicationRequest.rs", "GET", "MedicationRequest?patient=p", 200)]
    [InlineData("patient/MedicationRequest.read", "GET", "MedicationRequest?patient=p", 200)]
    [InlineData("patient/MedicationRequest.rs", "GET", "MedicationRequest?patient=q", 403)]
    [InlineData("patient/MedicationRequest.rs", "GET", "MedicationRequest", 403)]
    [InlineData("patient/MedicationRequest.rs", "GET", "MedicationRequest/r1", 200)]
    [InlineData("patient/MedicationRequest.rs", "GET", "MedicationRequest/r2", 403)]
    [InlineData("patient/MedicationRequest.r", "GET", "MedicationRequest?patient=p", 403)]
    [InlineData("patient/Observation.rs", "GET", "MedicationRequest?patient=p", 403)]
    [InlineData("user/MedicationRequest.rs", "GET", "MedicationRequest?patient=q", 200)]
    [InlineData("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", "GET", "Observation?patient=p", 403)]
    [InlineData("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", "GET", "Observation?patient=p&category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", 200)]
    [InlineData("patient/CarePlan.rs", "POST", "CarePlan", 403)]
    [InlineData("patient/CarePlan.c", "POST", "CarePlan", 201)]
    [InlineData("patient/CarePlan.write", "POST", "CarePlan", 201)]
    public async Task Scopes_are_enforced(string scope, string method, string path, int status)
    {
        const string redirect = "http://127.0.0.1:9/callback";
        await authorization.Reset();
        await authorization.Configure(new { fhirBases = new[] { Proxy.FhirBase } });
        await authorization.Register(new { client_id = "scoped-app", redirect_uris = new[] { redirect }, token_endpoint_auth_method = "none" });
        using var probe = new Servers.SmartProbe(authorization.Origin, "scoped-app", redirect);
        var callback = await probe.Authorize(probe.AuthorizeParameters("openid launch " + scope, Proxy.FhirBase, await authorization.Launch(new { patient = "p" })));
        var (_, token) = await probe.Token(new Dictionary<string, string>(probe.CodeGrant(callback["code"])) { ["client_id"] = "scoped-app" });
        Proxy.Add(ScopeCheck.By(authorization));

        using var bare = await Send(new HttpMethod(method), path, method == "POST" ? CarePlan : null);
        Assert.Equal(HttpStatusCode.Unauthorized, bare.StatusCode);
        using var answer = await Send(new HttpMethod(method), path, method == "POST" ? CarePlan : null, ("Authorization", $"Bearer {token.GetProperty("access_token").GetString()}"));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private async Task<List<string?>> Announced(string interaction) =>
        [.. (await Json("metadata")).GetProperty("rest")[0].GetProperty("resource").EnumerateArray()
            .Where(resource => resource.GetProperty("interaction").EnumerateArray().Any(one => one.GetProperty("code").GetString() == interaction))
            .Select(resource => resource.GetProperty("type").GetString())];

    private static string? Type(JsonElement entry) => entry.GetProperty("resource").GetProperty("resourceType").GetString();

    private async Task<JsonElement> Json(string path) => JsonDocument.Parse(await _http.GetStringAsync($"{Proxy.FhirBase}/{path}")).RootElement;

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"{Proxy.FhirBase}/{path}");
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }
}
