using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Tests;

/// <summary>private_key_jwt and client_credentials, with a key set served at the host's own <c>/.well-known/jwks.json</c>.</summary>
public sealed class BackendServiceTests
{
    private static readonly ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private static readonly RSA rsa = RSA.Create(2048);

    private static Task<DemoEhr> StartAsync() => DemoEhr.StartAsync(more: app => app.MapGet("/.well-known/jwks.json", () => Results.Json(KeySet())));

    private static JsonObject KeySet()
    {
        var ec = ecdsa.ExportParameters(false);
        var rs = rsa.ExportParameters(false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject { ["kty"] = "EC", ["crv"] = "P-384", ["kid"] = "ec-1", ["alg"] = "ES384", ["x"] = Base64UrlEncoder.Encode(ec.Q.X), ["y"] = Base64UrlEncoder.Encode(ec.Q.Y) },
                new JsonObject { ["kty"] = "RSA", ["kid"] = "rsa-1", ["alg"] = "RS384", ["n"] = Base64UrlEncoder.Encode(rs.Modulus), ["e"] = Base64UrlEncoder.Encode(rs.Exponent) }),
        };
    }

    private static string Assertion(DemoEhr ehr, string jti = "j1", string algorithm = "ES384", string kid = "", Action<JsonObject>? change = null, ECDsa? otherKey = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = "biopsyfhir-backend",
            ["sub"] = "biopsyfhir-backend",
            ["aud"] = $"{ehr.Auth}/token",
            ["exp"] = ehr.Clock.GetUtcNow().AddMinutes(4).ToUnixTimeSeconds(),
            ["jti"] = jti,
        };
        change?.Invoke(claims);
        SecurityKey key = algorithm.StartsWith("ES", StringComparison.Ordinal) ? new ECDsaSecurityKey(otherKey ?? ecdsa) { KeyId = kid is "" ? "ec-1" : kid }
            : algorithm.StartsWith("HS", StringComparison.Ordinal) ? new SymmetricSecurityKey(new byte[64]) { KeyId = "ec-1" }
            : new RsaSecurityKey(rsa) { KeyId = kid is "" ? "rsa-1" : kid };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(claims.ToJsonString(), new SigningCredentials(key, algorithm));
    }

    private static Task<(int Status, JsonElement Json)> AskAsync(DemoEhr ehr, string assertion, string scope = "system/*.rs") => new AppUnderLaunch(ehr).TokenAsync(
        ("grant_type", "client_credentials"), ("scope", scope), ("client_assertion_type", ClientAssertion.Type), ("client_assertion", assertion));

    [Theory]
    [InlineData("ES384")]
    [InlineData("RS384")]
    public async Task A_signed_assertion_gives_a_short_token_for_all_patients_and_no_refresh(string algorithm)
    {
        await using var ehr = await StartAsync();
        var (status, token) = await AskAsync(ehr, Assertion(ehr, algorithm: algorithm), "system/*.rs system/Subscription.cruds patient/*.rs launch");
        Assert.Equal(200, status);
        Assert.Equal("system/*.rs system/Subscription.cruds", token.GetProperty("scope").GetString());
        Assert.Equal(300, token.GetProperty("expires_in").GetInt32());
        Assert.False(token.TryGetProperty("refresh_token", out _));
        Assert.False(token.TryGetProperty("patient", out _));
        var fhir = new FhirCaller(ehr, token.GetProperty("access_token").GetString());
        Assert.Equal(10, (await fhir.GetAsync("ServiceRequest?status=active")).Total);
        ehr.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(401, (await fhir.GetAsync("ServiceRequest")).Status);
    }

    [Fact]
    public async Task An_assertion_works_once()
    {
        await using var ehr = await StartAsync();
        Assert.Equal(200, (await AskAsync(ehr, Assertion(ehr))).Status);
        Assert.Equal(401, (await AskAsync(ehr, Assertion(ehr))).Status);
        Assert.Equal(200, (await AskAsync(ehr, Assertion(ehr, "j2"))).Status);
    }

    public static TheoryData<string> Faults => ["aud", "iss", "sub", "expired", "too long", "no exp", "no jti", "other key", "unknown kid", "HS384", "RS256", "garbage"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task An_assertion_with_a_fault_is_refused(string fault)
    {
        await using var ehr = await StartAsync();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var assertion = fault switch
        {
            "aud" => Assertion(ehr, change: c => c["aud"] = ehr.Fhir),
            "iss" => Assertion(ehr, change: c => c["iss"] = "someone"),
            "sub" => Assertion(ehr, change: c => c["sub"] = "biopsyfhir-sandbox"),
            "expired" => Assertion(ehr, change: c => c["exp"] = ehr.Clock.GetUtcNow().AddMinutes(-1).ToUnixTimeSeconds()),
            "too long" => Assertion(ehr, change: c => c["exp"] = ehr.Clock.GetUtcNow().AddMinutes(10).ToUnixTimeSeconds()),
            "no exp" => Assertion(ehr, change: c => c.Remove("exp")),
            "no jti" => Assertion(ehr, change: c => c.Remove("jti")),
            "other key" => Assertion(ehr, otherKey: stranger),
            "unknown kid" => Assertion(ehr, kid: "ec-9"),
            "HS384" => Assertion(ehr, algorithm: "HS384"),
            "RS256" => Assertion(ehr, algorithm: "RS256"),
            _ => "not.a.jwt",
        };
        var (status, json) = await AskAsync(ehr, assertion);
        Assert.Equal((401, "invalid_client"), (status, json.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Without_a_reachable_key_set_nobody_is_let_in()
    {
        await using var ehr = await DemoEhr.StartAsync();
        Assert.Equal(401, (await AskAsync(ehr, Assertion(ehr))).Status);
    }

    [Fact]
    public async Task The_backend_gets_system_scopes_only_and_the_public_app_no_credentials_grant()
    {
        await using var ehr = await StartAsync();
        var (status, json) = await AskAsync(ehr, Assertion(ehr), "patient/*.rs user/*.rs");
        Assert.Equal((400, "invalid_scope"), (status, json.GetProperty("error").GetString()));
        var app = await new AppUnderLaunch(ehr).TokenAsync(("grant_type", "client_credentials"), ("scope", "system/*.rs"), ("client_id", "biopsyfhir-sandbox"));
        Assert.Equal((400, "unauthorized_client"), (app.Status, app.Json.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task An_app_registered_with_keys_must_sign()
    {
        await using var ehr = await DemoEhr.StartAsync(o => o.ClientJwksUrl = new Uri("http://127.0.0.1:9/jwks"));
        var app = new AppUnderLaunch(ehr);
        Assert.Equal(401, (await app.RedeemAsync(await app.CodeAsync("sbx-01"))).Status);
    }
}
