using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Tests.SignIn;

/// <summary>
/// A tenant of an Entra-like authorization server on a loopback socket with TLS (MSAL takes nothing else), and a service that trusts it.
/// Codes are used once; secret, redirect address and PKCE must fit.
/// </summary>
public sealed class FakeEntra : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string Client = "99999999-8888-7777-6666-555555555555";
    public const string Secret = "entra-secret-1";

    private readonly FakeEhr server;
    private readonly RSA key = RSA.Create(2048);
    private readonly Dictionary<string, (string Challenge, string RedirectUri, string Nonce)> codes = [];

    private FakeEntra(FakeEhr server)
    {
        this.server = server;
        server.Instead = request => request.Path switch
        {
            $"/{Tenant}/v2.0/.well-known/openid-configuration" => FakeEhr.Json(200, new JsonObject
            {
                ["issuer"] = Issuer,
                ["authorization_endpoint"] = $"{server.Origin}/authorize",
                ["token_endpoint"] = $"{server.Origin}/token",
                ["jwks_uri"] = $"{server.Origin}/keys",
            }),
            "/keys" => FakeEhr.Json(200, new JsonObject { ["keys"] = new JsonArray(FakeEhr.PublicJwk(key, "k1")) }),
            "/token" => Refuse is { } error ? FakeEhr.Error(400, error, "AADSTS000: told in words") : Token(request),
            _ => null,
        };
    }

    public static async Task<FakeEntra> StartAsync() => new(await FakeEhr.StartAsync(X509Certificate2.CreateFromPemFile(TestKeys.Wrapping)));

    public string Origin => server.Origin;
    public string Issuer => $"{server.Origin}/{Tenant}/v2.0";
    public IReadOnlyList<Recorded> TokenRequests => server.To("/token");

    /// <summary>Changes the claims of an ID token before it is signed.</summary>
    public Action<JsonObject> Claims { get; set; } = _ => { };

    /// <summary>Signs ID tokens instead of the tenant's key.</summary>
    public Func<JsonObject, string>? Sign { get; set; }

    /// <summary>The secret that the token endpoint takes.</summary>
    public string Accepts { get; set; } = Secret;

    /// <summary>The token endpoint's error instead of a token.</summary>
    public string? Refuse { get; set; }

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public ServiceHost Service(params (string Key, string? Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["AzureAd:Instance"] = Origin,
            ["AzureAd:TenantId"] = Tenant,
            ["AzureAd:ClientId"] = Client,
            ["AzureAd:ClientSecret"] = Secret,
        };
        foreach (var (name, value) in more) settings[name] = value;
        var host = new ServiceHost(settings, replace: services => services.Replace(ServiceDescriptor.Singleton<EntraHttp, TrustsTheTestCertificate>()));
        Clock = host.Clock;
        return host;
    }

    /// <summary>The person signs in: the browser comes back with a code.</summary>
    public string Authorize(IReadOnlyDictionary<string, string> asked)
    {
        var code = $"code-{codes.Count + 1}";
        codes[code] = (asked["code_challenge"], asked["redirect_uri"], asked["nonce"]);
        return code;
    }

    public static Dictionary<string, string> Asked(Uri address) => QueryHelpers.ParseQuery(address.Query).ToDictionary(p => p.Key, p => Assert.Single(p.Value.ToArray())!);

    public string SignedBy(JsonObject claims, RSA? by = null) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
        .CreateToken(claims.ToJsonString(), new SigningCredentials(new RsaSecurityKey(by ?? key) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256) { CryptoProviderFactory = new() { CacheSignatureProviders = false } });

    public static string SignedByNobody(JsonObject claims) =>
        $"{Base64UrlEncoder.Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{Base64UrlEncoder.Encode(claims.ToJsonString())}.";

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        key.Dispose();
    }

    private (int, string, string) Token(Recorded request) => request.Form["grant_type"] switch
    {
        "client_credentials" => FakeEhr.Json(200, new JsonObject { ["access_token"] = "app-token", ["token_type"] = "Bearer", ["expires_in"] = 3599 }),
        _ when request.Form.GetValueOrDefault("client_secret") != Accepts => FakeEhr.Error(401, "invalid_client"),
        _ => Redeem(request.Form),
    };

    private (int, string, string) Redeem(IReadOnlyDictionary<string, string> form)
    {
        if (!codes.Remove(form["code"], out var kept) || Secrets.Challenge(form["code_verifier"]) != kept.Challenge || form["redirect_uri"] != kept.RedirectUri)
            return FakeEhr.Error(400, "invalid_grant");
        return FakeEhr.Json(200, new JsonObject { ["access_token"] = "user-token", ["token_type"] = "Bearer", ["expires_in"] = 3599, ["id_token"] = IdToken(kept.Nonce) });
    }

    private string IdToken(string nonce)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Client,
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 3600,
            ["nonce"] = nonce,
            ["ver"] = "2.0",
            ["tid"] = Tenant,
            ["sub"] = "pairwise",
            ["oid"] = "object-1",
            ["name"] = "Grace Hopper",
            ["roles"] = new JsonArray("BiopsyFhir.Read"),
        };
        Claims(claims);
        return Sign is { } sign ? sign(claims) : SignedBy(claims);
    }
}

/// <summary>The way out to Entra ID, with the one certificate of this test run accepted.</summary>
public sealed class TrustsTheTestCertificate(ServiceOptions options) : EntraHttp(options)
{
    protected override SocketsHttpHandler Handler(bool loopback)
    {
        var handler = base.Handler(loopback);
        Accept(handler);
        return handler;
    }

    public static void Accept(SocketsHttpHandler handler)
    {
        var expected = X509Certificate2.CreateFromPemFile(TestKeys.Wrapping).Thumbprint;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => (certificate as X509Certificate2)?.Thumbprint == expected;
    }
}
