using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>Who may call <c>/api</c>, tried with a stand-in for Entra ID on loopback.</summary>
public sealed class ApiCallerTests : IAsyncLifetime, IDisposable
{
    private const string Tenant = "11111111-2222-3333-4444-555555555555";
    private const string Client = "99999999-8888-7777-6666-555555555555";
    private readonly RSA key = RSA.Create(2048);
    private FakeEhr entra = null!;
    private ServiceHost host = null!;

    public async Task InitializeAsync()
    {
        entra = await FakeEhr.StartAsync();
        entra.Instead = request => request.Path switch
        {
            $"/{Tenant}/v2.0/.well-known/openid-configuration" => FakeEhr.Json(200, new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = $"{entra.Origin}/keys" }),
            "/keys" => FakeEhr.Json(200, new JsonObject { ["keys"] = new JsonArray(FakeEhr.PublicJwk(key, "k1")) }),
            _ => null,
        };
        host = new(new Dictionary<string, string?> { ["AzureAd:Instance"] = entra.Origin, ["AzureAd:TenantId"] = Tenant, ["AzureAd:ClientId"] = Client });
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        await entra.DisposeAsync();
    }

    public void Dispose()
    {
        host.Dispose();
        key.Dispose();
    }

    private string Issuer => $"{entra.Origin}/{Tenant}/v2.0";

    [Theory]
    [InlineData(Client)]
    [InlineData("api://" + Client)]
    public async Task A_token_of_our_tenant_for_us_with_an_app_role_may_call(string audience) =>
        Assert.Equal(HttpStatusCode.OK, await CallAsync(Token(claims => claims["aud"] = audience)));

    [Fact]
    public async Task A_refusal_of_the_API_is_logged_with_its_address_s_pattern_and_audited_with_who()
    {
        await CallAsync(Token(claims => (claims["roles"], claims["oid"]) = (new JsonArray("Another.Role"), "object-77")));
        await CallAsync("bad.token.here");
        using var client = host.Client();
        using (await client.GetAsync("/api/v1/policies/secret-name/diff/P1")) { }
        Assert.True(host.Log.Any(line => line.Contains("Refused", StringComparison.Ordinal)), string.Join('\n', host.Log));
        Assert.Contains(host.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Refused GET /api/v1/policies: the caller lacks the role", StringComparison.Ordinal));
        await using (var db = await host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync())
            Assert.Equal(("object-77", "refused: lacks the role", "/api/v1/policies"), await db.Audit.Where(r => r.Action == "call").Select(r => new ValueTuple<string, string, string?>(r.Actor, r.Outcome, r.Target)).SingleAsync());
        Assert.Contains(host.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Refused GET /api/v1/policies: the token is not good", StringComparison.Ordinal));
        Assert.Contains(host.Log, line => line.StartsWith("Information", StringComparison.Ordinal) && line.Contains("Refused GET /api/v1/policies/{a}/diff/{b}: not signed in", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log, line => line.Contains("object-77", StringComparison.Ordinal) || line.Contains("secret-name", StringComparison.Ordinal) || line.Contains("bad.token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_token_there_is_a_problem_with_401()
    {
        using var client = host.Client();
        using var answer = await client.GetAsync("/api/v1/policies");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("roles", null, HttpStatusCode.Forbidden)]
    [InlineData("roles", """["Other.Role"]""", HttpStatusCode.Forbidden)]
    [InlineData("aud", "\"another\"", HttpStatusCode.Unauthorized)]
    [InlineData("iss", "\"https://login.example/other/v2.0\"", HttpStatusCode.Unauthorized)]
    [InlineData("exp", "1000000000", HttpStatusCode.Unauthorized)]
    [InlineData("exp", null, HttpStatusCode.Unauthorized)]
    public async Task A_token_that_lacks_something_may_not(string claim, string? value, HttpStatusCode status) => Assert.Equal(status, await CallAsync(Token(claims =>
    {
        if (value is null) claims.Remove(claim);
        else claims[claim] = JsonNode.Parse(value);
    })));

    [Theory]
    [InlineData("BiopsyFhir.Read")]
    [InlineData("BiopsyFhir.Operate")]
    public async Task Either_role_may_read(string role) => Assert.Equal(HttpStatusCode.OK, await CallAsync(Token(claims => claims["roles"] = new JsonArray(role))));

    [Fact]
    public async Task A_token_of_version_1_for_our_tenant_may_call_too() => Assert.Equal(HttpStatusCode.OK, await CallAsync(Token(claims =>
    {
        claims["iss"] = $"https://sts.windows.net/{Tenant}/";
        claims["ver"] = "1.0";
        claims["aud"] = $"api://{Client}";
        claims["appid"] = "a-daemon";
    })));

    [Fact]
    public async Task A_token_of_version_1_for_another_tenant_may_not() =>
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(Token(claims => claims["iss"] = "https://sts.windows.net/66666666-2222-3333-4444-555555555555/")));

    [Fact]
    public async Task A_token_that_nobody_signed_may_not()
    {
        var parts = Token(_ => { }).Split('.');
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync($"{Base64UrlEncoder.Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{parts[1]}."));
    }

    [Fact]
    public async Task A_token_signed_with_a_shared_secret_may_not()
    {
        // The public key as an HMAC secret: works wherever the token chooses the algorithm.
        var secret = new SymmetricSecurityKey(key.ExportSubjectPublicKeyInfo()) { KeyId = "k1" };
        var forged = new JsonWebTokenHandler().CreateToken($$"""{"iss":"{{Issuer}}","aud":"{{Client}}","exp":4000000000,"roles":["BiopsyFhir.Read"]}""", new SigningCredentials(secret, SecurityAlgorithms.HmacSha256));
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(forged));
    }

    [Fact]
    public async Task A_token_signed_by_someone_else_may_not()
    {
        using var other = RSA.Create(2048);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(Token(_ => { }, other)));
    }

    [Fact]
    public async Task A_token_of_the_EHR_is_not_a_token_for_our_API()
    {
        await using var world = await Smart.SmartWorld.StartAsync();
        await world.Browser.LaunchAsync(world.Ehr);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(world.Ehr.LiveTokens.Keys.Single()));
    }

    [Fact]
    public async Task Without_AzureAd_everyone_is_refused_and_that_is_said_at_start()
    {
        using var closed = new ServiceHost();
        using var client = closed.Client();
        using var answer = await client.GetAsync("/api/v1/policies");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("AzureAd is not configured", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(closed.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("AzureAd is not configured", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_the_sandbox_its_demo_user_may_call()
    {
        using var sandbox = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        using var client = sandbox.Client();
        using var answer = await client.GetAsync("/api/v1/policies");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<HttpStatusCode> CallAsync(string token)
    {
        using var client = host.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.GetAsync("/api/v1/policies");
        return answer.StatusCode;
    }

    private string Token(Action<JsonObject> change, RSA? by = null)
    {
        // The bearer middleware has its own, real clock.
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Client,
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 300,
            ["oid"] = "user",
            ["roles"] = new JsonArray("BiopsyFhir.Read"),
        };
        change(claims);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
            .CreateToken(claims.ToJsonString(), new SigningCredentials(new RsaSecurityKey(by ?? key) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256) { CryptoProviderFactory = new() { CacheSignatureProviders = false } });
    }
}
