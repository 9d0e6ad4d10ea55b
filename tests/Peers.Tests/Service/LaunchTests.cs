using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>
/// SMART App Launch of the service as deployed, against servers that we did not write; what the Inferno client suite asserts,
/// and what it leaves out (state, exp, refusals).
/// </summary>
public sealed class LaunchTests(Hospital hospital) : IClassFixture<Hospital>, IAsyncLifetime, IDisposable
{
    private const string Patients = """
        {"resourceType":"Bundle","type":"collection","entry":[
          {"resource":{"resourceType":"Patient","id":"p","name":[{"family":"Quitte","given":["Ada"]}],"gender":"female","birthDate":"1950-01-01"}},
          {"resource":{"resourceType":"Patient","id":"q","name":[{"family":"Schlehe"}],"gender":"male","birthDate":"1960-01-01"}},
          {"resource":{"resourceType":"Practitioner","id":"dr","name":[{"family":"Test"}]}}]}
        """;

    private readonly Browser _browser = new();

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await hospital.Reset();
        await hospital.R4.Load(Patients);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _browser.Dispose();

    private Task<string> Launch(string ehr = "public", string patient = "p") => hospital.LaunchUrl(new { user = "Practitioner/dr", patient }, ehr);

    public static TheoryData<string> AllEhrs() => [.. Hospital.Ehrs];

    [PeersTheory]
    [MemberData(nameof(AllEhrs))]
    public async Task A_launch_ends_at_a_review_of_its_own_and_its_requests_conform(string ehr)
    {
        var page = await _browser.Open(await Launch(ehr));
        Assert.StartsWith($"{hospital.Service.Url}/review/", page.Url, StringComparison.Ordinal);

        var authorize = Assert.Single(await hospital.Authorization.Requests("authorize"));
        var token = Assert.Single(await hospital.Authorization.Requests("token"));
        string Asked(string name) => authorize.GetProperty("parameters").GetProperty(name).GetString()!;
        string Sent(string name) => token.GetProperty("parameters").GetProperty(name).GetString()!;
        Assert.Equal("code", Asked("response_type"));
        Assert.Equal($"{ehr}-app", Asked("client_id"));
        Assert.Equal($"{hospital.Service.Url}/callback", Asked("redirect_uri"));
        Assert.Equal(hospital.Proxy(ehr).FhirBase, Asked("aud"));
        Assert.Equal("S256", Asked("code_challenge_method"));
        Assert.True(Asked("state").Length >= 22, "state has less than 122 bits");
        Assert.Equal(["launch"], Asked("scope").Split(' ').Where(scope => scope.StartsWith("launch", StringComparison.Ordinal)));
        Assert.DoesNotContain('*', Asked("scope"));

        Assert.Equal(200, token.GetProperty("status").GetInt32());
        Assert.Equal("authorization_code", Sent("grant_type"));
        Assert.Equal(Asked("redirect_uri"), Sent("redirect_uri"));
        Assert.InRange(Sent("code_verifier").Length, 43, 128);
        Assert.Equal(Asked("code_challenge"), Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Sent("code_verifier")))));
        switch (ehr)
        {
            case "public":
                Assert.Equal("public-app", Sent("client_id"));
                break;
            case "secret":
                Assert.Equal("Basic", token.GetProperty("authorizationScheme").GetString());
                Assert.False(token.GetProperty("parameters").TryGetProperty("client_secret", out _));
                break;
            default:
                AssertAssertion(Sent("client_assertion"), Sent("client_assertion_type"));
                break;
        }
    }

    [PeersFact]
    public async Task Every_assertion_is_new_and_the_key_set_holds_both_kinds_of_key_and_nothing_private()
    {
        await _browser.Open(await Launch("key"));
        await _browser.Open(await Launch("key"));
        var ids = (await hospital.Authorization.Requests("token")).Select(request => Part(request.GetProperty("parameters").GetProperty("client_assertion").GetString()!, 1).GetProperty("jti").GetString()).ToList();
        Assert.Equal(2, ids.Distinct().Count());

        using var http = new HttpClient();
        var keys = JsonDocument.Parse(await http.GetStringAsync($"{hospital.Service.Url}/.well-known/jwks.json")).RootElement.GetProperty("keys").EnumerateArray().ToList();
        Assert.Contains(keys, key => key.GetProperty("kty").GetString() == "EC" && key.GetProperty("crv").GetString() == "P-384");
        Assert.Contains(keys, key => key.GetProperty("kty").GetString() == "RSA");
        Assert.All(keys, key => Assert.False(key.TryGetProperty("d", out _)));
    }

    [PeersFact]
    public async Task An_EHR_that_is_not_on_the_list_is_refused_and_never_asked()
    {
        await using var stranger = await FaultProxy.Start(hospital.R4.Origin);
        var page = await _browser.Open($"{hospital.Service.Url}/launch?iss={Uri.EscapeDataString(stranger.FhirBase)}&launch=x");
        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.Contains("not on this service's list", page.Text, StringComparison.Ordinal);
        Assert.Empty(stranger.Requests);
    }

    [PeersFact]
    public async Task A_callback_is_good_once_and_only_in_the_browser_that_began()
    {
        await _browser.Open(await Launch());
        var callback = _browser.Visited.Single(url => url.StartsWith($"{hospital.Service.Url}/callback", StringComparison.Ordinal));
        var replayed = await _browser.Open(callback);
        Assert.Equal(HttpStatusCode.BadRequest, replayed.Status);
        Assert.DoesNotContain("/review/", replayed.Url, StringComparison.Ordinal);

        using var thief = new Browser();
        Assert.InRange((int)(await thief.Open(callback)).Status, 400, 499);
        Assert.Single(await hospital.Authorization.Requests("token")); // the code was never sent again
    }

    [PeersFact]
    public async Task A_review_opens_only_in_its_own_browser_and_two_patients_stay_apart()
    {
        var first = await _browser.Open(await Launch(patient: "p"));
        var second = await _browser.Open(await Launch(patient: "q"));
        Assert.NotEqual(first.Url, second.Url);
        using var stranger = new Browser();
        foreach (var review in new[] { first, second })
        {
            Assert.Equal(HttpStatusCode.OK, (await _browser.Open($"{review.Url}/ehr-style.css")).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.Open($"{review.Url}/ehr-style.css")).Status);
        }
    }

    [PeersTheory]
    [InlineData("authorize", "access_denied", 303, null)]
    [InlineData("authorize", "server_error", 303, null)]
    [InlineData("token", "invalid_grant", 400, null)]
    [InlineData("token", "invalid_client", 401, null)]
    [InlineData("token", "x", 503, "<html>down for maintenance</html>")]
    [InlineData("token", "x", 200, "<html>sign in</html>")]
    [InlineData("token", "x", 200, "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}")]
    [InlineData("token", "x", 200, "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"scope\":\"openid\",\"patient\":\"\"}")]
    [InlineData("token", "x", 200, "{\"access_token\":\"t\",\"token_type\":\"mac\",\"scope\":\"openid\",\"patient\":\"p\"}")]
    public async Task A_launch_that_fails_at_the_EHR_ends_at_a_page_that_says_so(string endpoint, string error, int status, string? body)
    {
        await hospital.Authorization.FailNext(endpoint, status, error, body, body?.StartsWith('{') == true ? "application/json" : "text/html", times: 3);
        var page = await _browser.Open(await Launch());
        Assert.InRange((int)page.Status, 400, 504);
        Assert.DoesNotContain("/review/", page.Url, StringComparison.Ordinal);
        Assert.NotEqual("", page.Text.Trim());
        Assert.DoesNotContain("   at ", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("maintenance", page.Text, StringComparison.Ordinal);
    }

    [PeersTheory]
    [InlineData("""{"patient":null}""")]
    [InlineData("""{"patient":""}""")]
    [InlineData("""{"patient":"../Practitioner/dr"}""")]
    public async Task Without_a_patient_in_context_there_is_no_review_and_none_is_guessed(string context)
    {
        await _browser.Open(await Launch()); // an earlier patient in this browser
        var page = await _browser.Open(await hospital.LaunchUrl(JsonDocument.Parse(context).RootElement));
        Assert.InRange((int)page.Status, 400, 502);
        Assert.DoesNotContain("/review/", page.Url, StringComparison.Ordinal);
    }

    [PeersFact]
    public async Task Neither_tokens_nor_launches_nor_names_are_logged_and_no_token_leaves_for_another_host()
    {
        await _browser.Open(await Launch("key"));
        var secrets = (await hospital.Authorization.Requests()).SelectMany(request => request.GetProperty("parameters").EnumerateObject())
            .Where(parameter => parameter.Name is "launch" or "code" or "code_verifier" or "client_assertion" or "state")
            .Select(parameter => parameter.Value.GetString()!).Append("Quitte").ToList();
        Assert.InRange(secrets.Count, 5, 50);
        foreach (var secret in secrets) Assert.DoesNotContain(secret, hospital.Service.Log, StringComparison.Ordinal);
        foreach (var ehr in Hospital.Ehrs.Where(ehr => ehr != "key")) Assert.Empty(hospital.Proxy(ehr).Requests);
        Assert.All(hospital.Proxy("key").Requests.Where(recorded => recorded.Request.IsDiscovery), recorded => Assert.Null(recorded.TokenHash));
    }

    private void AssertAssertion(string assertion, string type)
    {
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", type);
        var (head, claims) = (Part(assertion, 0), Part(assertion, 1));
        Assert.Contains(head.GetProperty("alg").GetString(), new[] { "ES384", "RS384" });
        Assert.Equal("JWT", head.GetProperty("typ").GetString());
        Assert.False(string.IsNullOrEmpty(head.GetProperty("kid").GetString()));
        Assert.Equal("key-app", claims.GetProperty("iss").GetString());
        Assert.Equal("key-app", claims.GetProperty("sub").GetString());
        Assert.Equal($"{hospital.Authorization.Origin}/token", claims.GetProperty("aud").GetString());
        Assert.False(string.IsNullOrEmpty(claims.GetProperty("jti").GetString()));
        var ahead = DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("exp").GetInt64()) - TimeProvider.System.GetUtcNow();
        Assert.InRange(ahead.TotalSeconds, 0, 300);
    }

    private static JsonElement Part(string jwt, int part) => JsonDocument.Parse(Base64Url.DecodeFromChars(jwt.Split('.')[part])).RootElement;
}
