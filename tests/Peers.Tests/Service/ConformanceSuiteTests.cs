using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Service;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>
/// What the public SMART client conformance suite (smart_client_stu2_2) asserts of recorded requests, asserted of the requests that an
/// authorization server of others recorded. Not here: that registered addresses are https, for everything here is on loopback.
/// </summary>
public sealed class ConformanceSuiteTests(Hospital hospital) : IClassFixture<Hospital>, IAsyncLifetime, IDisposable
{
    private readonly Browser _browser = new();

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await hospital.Reset();
        await hospital.R4.Load("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p"}},{"resource":{"resourceType":"Practitioner","id":"dr"}}]}""");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _browser.Dispose();

    public static TheoryData<string> AllEhrs() => [.. Hospital.Ehrs];

    [PeersTheory]
    [MemberData(nameof(AllEhrs))]
    public async Task Authorization_requests_5_05_to_5_07(string ehr)
    {
        var launch = await hospital.LaunchUrl(new { user = "Practitioner/dr", patient = "p" }, ehr);
        await _browser.Open(launch);
        await _browser.Open(await hospital.LaunchUrl(new { user = "Practitioner/dr", patient = "p" }, ehr));
        var requests = (await hospital.Authorization.Requests("authorize")).Select(Parameters).ToList();
        Assert.Equal(2, requests.Count);
        Assert.Equal(launch.Split("launch=")[^1], Uri.EscapeDataString(requests[0]["launch"]));
        Assert.All(requests, asked =>
        {
            Assert.Equal("code", asked["response_type"]);
            Assert.Equal($"{ehr}-app", asked["client_id"]);
            Assert.Equal($"{hospital.Service.Url}/callback", asked["redirect_uri"]);
            Assert.Equal(hospital.Proxy(ehr).FhirBase, asked["aud"]);
            Assert.Equal("S256", asked["code_challenge_method"]);
            Assert.Equal(43, asked["code_challenge"].Length);
            Assert.NotEmpty(asked["scope"]);
        });
        Assert.Equal(2, requests.Select(asked => asked["state"]).Distinct().Count());
    }

    [PeersTheory]
    [MemberData(nameof(AllEhrs))]
    public async Task Token_requests_and_their_use_5_08_to_5_10_and_5_12(string ehr)
    {
        await hospital.Authorization.Configure(new { accessTokenSeconds = 2, refreshTokens = "always" }); // too short for the chart: it has to be refreshed
        await _browser.Open(await hospital.LaunchUrl(new { user = "Practitioner/dr", patient = "p" }, ehr));
        IReadOnlyList<JsonElement> tokens = [];
        for (var tries = 0; tries < 50 && tokens.Count < 2; tries++)
        {
            await Task.Delay(200);
            await _browser.Open(_browser.Visited.Last(url => url.Contains("/review/", StringComparison.Ordinal)).Split('?')[0] + "/reread");
            tokens = await hospital.Authorization.Requests("token");
        }
        Assert.True(tokens.Count >= 2, "no refresh was made");
        Assert.All(tokens, request => Assert.Equal(200, request.GetProperty("status").GetInt32())); // the server verified secret, assertion, code and refresh token
        var asked = Parameters((await hospital.Authorization.Requests("authorize"))[0]);
        var (redeem, refresh) = (Parameters(tokens[0]), Parameters(tokens[1]));
        Assert.Equal("authorization_code", redeem["grant_type"]);
        Assert.Equal(asked["redirect_uri"], redeem["redirect_uri"]);
        Assert.Equal(asked["code_challenge"], Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(redeem["code_verifier"]))));
        Assert.Equal("refresh_token", refresh["grant_type"]);
        foreach (var (request, sent) in new[] { (tokens[0], redeem), (tokens[1], refresh) }) AssertClient(ehr, request, sent);
        if (ehr is "key") Assert.NotEqual(Claims(redeem["client_assertion"]).GetProperty("jti").GetString(), Claims(refresh["client_assertion"]).GetProperty("jti").GetString());
        Assert.Contains(hospital.Proxy(ehr).Requests, request => request is { TokenHash: not null, Status: 200 });
    }

    [PeersFact]
    public async Task Backend_token_request_5_11_and_its_use_5_12()
    {
        await using var service = await ServiceProcess.Start(
            ("Ehrs:0:Id", "robot"), ("Ehrs:0:Issuer", hospital.Proxy().FhirBase), ("Ehrs:0:BackendClientId", "robot"));
        await hospital.Authorization.Register(new
        {
            client_id = "robot",
            token_endpoint_auth_method = "private_key_jwt",
            jwks_uri = $"{service.Url}/.well-known/jwks.json",
            grant_types = new[] { "client_credentials" },
        });
        using var http = new HttpClient();
        var report = await http.GetStringAsync($"{service.Url}/api/v1/check-ehr/robot");
        var request = Assert.Single(await hospital.Authorization.Requests("token"));
        Assert.True(request.GetProperty("status").GetInt32() == 200, request.GetRawText());
        var sent = Parameters(request);
        Assert.Equal("client_credentials", sent["grant_type"]);
        Assert.All(sent["scope"].Split(' '), scope => Assert.StartsWith("system/", scope, StringComparison.Ordinal));
        AssertAssertion("robot", sent);
        Assert.Contains("the token is taken for a search of Patient", report, StringComparison.Ordinal);
        Assert.Contains(hospital.Proxy().Requests, r => r is { TokenHash: not null, Status: 200, Request.Type: "Patient" });
    }

    private void AssertClient(string ehr, JsonElement request, Dictionary<string, string> sent)
    {
        switch (ehr)
        {
            case "public":
                Assert.Equal("public-app", sent["client_id"]);
                Assert.False(request.TryGetProperty("authorizationScheme", out _));
                break;
            case "secret":
                Assert.Equal("Basic", request.GetProperty("authorizationScheme").GetString());
                Assert.DoesNotContain("client_secret", sent.Keys);
                break;
            default:
                AssertAssertion("key-app", sent);
                break;
        }
    }

    private void AssertAssertion(string client, Dictionary<string, string> sent)
    {
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", sent["client_assertion_type"]);
        var (header, claims) = (Part(sent["client_assertion"], 0), Claims(sent["client_assertion"]));
        Assert.Equal("JWT", header.GetProperty("typ").GetString());
        Assert.Contains(header.GetProperty("alg").GetString(), (string[])["ES384", "RS384"]);
        Assert.NotEmpty(header.GetProperty("kid").GetString()!);
        Assert.Equal(client, claims.GetProperty("iss").GetString());
        Assert.Equal(client, claims.GetProperty("sub").GetString());
        Assert.Equal($"{hospital.Authorization.Origin}/token", claims.GetProperty("aud").GetString());
        Assert.InRange(claims.GetProperty("exp").GetInt64() - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 1, 300);
        Assert.NotEmpty(claims.GetProperty("jti").GetString()!);
    }

    private static Dictionary<string, string> Parameters(JsonElement request) => request.GetProperty("parameters").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);

    private static JsonElement Claims(string token) => Part(token, 1);

    private static JsonElement Part(string token, int n) => JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[n])).RootElement;
}
