using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Smart;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Tests.Hosting;

/// <summary>One request as it arrived.</summary>
public sealed record Recorded(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Form)
{
    /// <summary>What was sent that is no form.</summary>
    public string Body { get; init; } = "";
}

/// <summary>
/// An EHR with an authorization server on a loopback socket, as strict as SMART asks: codes and refresh tokens are used once, PKCE and
/// redirect address must fit. Everything it says can be changed by the test. FHIR base <c>/fhir</c>, authorization below <c>/auth</c>.
/// </summary>
public sealed class FakeEhr : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (string Challenge, string RedirectUri, string? Nonce)> codes = new();
    private readonly RSA idKey = RSA.Create(2048);
    private int counter;

    private FakeEhr(X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    public static async Task<FakeEhr> StartAsync(X509Certificate2? certificate = null)
    {
        var ehr = new FakeEhr(certificate);
        await ehr.app.StartAsync();
        ehr.Origin = ehr.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        ehr.Configuration = ehr.DefaultConfiguration();
        ehr.TokenFields = new() { ["patient"] = "pat-1" };
        return ehr;
    }

    public string Origin { get; private set; } = "";
    public string FhirBase => $"{Origin}/fhir";
    public string Issuer => $"{Origin}/auth";

    /// <summary>The smart-configuration document.</summary>
    public JsonObject Configuration { get; set; } = [];

    /// <summary>The OpenID configuration below <see cref="Issuer"/>; null for none.</summary>
    public Func<JsonObject?>? OpenIdConfiguration { get; set; }

    /// <summary>Members added to every token response.</summary>
    public JsonObject TokenFields { get; set; } = [];

    public string? GrantedScope { get; set; }
    public bool WithRefreshToken { get; set; } = true;
    public bool WithIdToken { get; set; } = true;
    public int? ExpiresIn { get; set; } = 300;

    /// <summary>Changes the claims of an ID token before it is signed.</summary>
    public Action<JsonObject> IdClaims { get; set; } = _ => { };

    /// <summary>Signs ID tokens: header fields, key and algorithm.</summary>
    public bool IdTokenHasKid { get; set; } = true;
    public RSA IdKey { get; set; } = null!;
    public JsonArray? KeySet { get; set; }

    /// <summary>Answers instead of the usual endpoint when it returns something.</summary>
    public Func<Recorded, (int Status, string ContentType, string Body)?> Instead { get; set; } = _ => null;

    /// <summary>The same with bytes, which need be no text; asked first.</summary>
    public Func<Recorded, byte[]?> Raw { get; set; } = _ => null;

    /// <summary>The connection is cut instead of an answer.</summary>
    public Func<Recorded, bool> Cuts { get; set; } = _ => false;

    /// <summary>Nothing comes until the caller gives up.</summary>
    public Func<Recorded, bool> KeepsWaiting { get; set; } = _ => false;

    /// <summary>Headers beside an answer of <see cref="Instead"/>.</summary>
    public Func<Recorded, IEnumerable<(string Name, string Value)>> Headers { get; set; } = _ => [];

    public ConcurrentQueue<Recorded> Requests { get; } = new();
    public ConcurrentDictionary<string, bool> LiveTokens { get; } = new();
    public ConcurrentDictionary<string, bool> LiveRefreshTokens { get; } = new();
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public IReadOnlyList<Recorded> To(string path) => [.. Requests.Where(r => r.Path == path)];

    /// <summary>What the user's browser does at the authorization endpoint: sign in, come back with a code.</summary>
    public string Authorize(IReadOnlyDictionary<string, string> asked)
    {
        var code = $"code-{Interlocked.Increment(ref counter)}";
        codes[code] = (asked["code_challenge"], asked["redirect_uri"], asked.GetValueOrDefault("nonce"));
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        idKey.Dispose();
    }

    private JsonObject DefaultConfiguration() => new()
    {
        ["issuer"] = Issuer,
        ["jwks_uri"] = $"{Issuer}/jwks",
        ["authorization_endpoint"] = $"{Issuer}/authorize",
        ["token_endpoint"] = $"{Issuer}/token",
        ["introspection_endpoint"] = $"{Issuer}/introspect",
        ["revocation_endpoint"] = $"{Issuer}/revoke",
        ["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token", "client_credentials"),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "private_key_jwt"),
        ["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("ES384", "RS384"),
        ["capabilities"] = new JsonArray("launch-ehr", "launch-standalone", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric", "permission-v2"),
    };

    private async Task HandleAsync(HttpContext http)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync() : FormCollection.Empty;
        var request = new Recorded(http.Request.Method, http.Request.Path, http.Request.QueryString.Value ?? "",
            http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            form.ToDictionary(f => f.Key, f => f.Value.ToString()))
        {
            Body = http.Request.HasFormContentType ? "" : await new StreamReader(http.Request.Body).ReadToEndAsync(),
        };
        Requests.Enqueue(request);
        if (Cuts(request))
        {
            http.Abort();
            return;
        }
        if (KeepsWaiting(request)) await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Raw(request) is { } bytes)
        {
            http.Response.ContentType = "application/json";
            await http.Response.Body.WriteAsync(bytes);
            return;
        }
        var (status, type, body) = Instead(request) ?? Usual(request);
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        foreach (var (name, value) in Headers(request)) http.Response.Headers[name] = value;
        await http.Response.WriteAsync(body);
    }

    private (int, string, string) Usual(Recorded request) => request switch
    {
        { Path: "/fhir/.well-known/smart-configuration" } => Json(200, Configuration),
        { Path: "/auth/.well-known/openid-configuration" } => (OpenIdConfiguration ?? DefaultOpenId)() is { } document ? Json(200, document) : (404, "text/plain", "no"),
        { Path: "/auth/jwks" } => Json(200, new JsonObject { ["keys"] = (KeySet ?? [PublicJwk(IdKey ?? idKey, "id-1")]).DeepClone() }),
        { Path: "/auth/token", Method: "POST" } => Token(request),
        { Path: "/auth/introspect" } => Json(200, new JsonObject { ["active"] = LiveTokens.GetValueOrDefault(request.Form["token"]) }),
        { Path: "/auth/revoke" } => Revoke(request.Form["token"]),
        { Path: var path } when path.StartsWith("/fhir/Patient/", StringComparison.Ordinal) => Patient(request),
        _ => (404, "text/plain", "nothing here"),
    };

    private JsonObject DefaultOpenId() => new() { ["issuer"] = Issuer, ["jwks_uri"] = $"{Issuer}/jwks" };

    public (int, string, string) Token(Recorded request) => request.Form.GetValueOrDefault("grant_type") switch
    {
        "authorization_code" => Redeem(request.Form),
        "refresh_token" => LiveRefreshTokens.TryRemove(request.Form["refresh_token"], out _) ? Json(200, Issue(null)) : Error(400, "invalid_grant"),
        "client_credentials" => Json(200, Issue(null, backendScope: request.Form["scope"])),
        _ => Error(400, "unsupported_grant_type"),
    };

    private (int, string, string) Redeem(IReadOnlyDictionary<string, string> form)
    {
        if (!codes.TryRemove(form.GetValueOrDefault("code") ?? "", out var kept)) return Error(400, "invalid_grant");
        if (Secrets.Challenge(form["code_verifier"]) != kept.Challenge || form["redirect_uri"] != kept.RedirectUri) return Error(400, "invalid_grant");
        return Json(200, Issue(kept.Nonce ?? ""));
    }

    /// <param name="nonce">Not null for an authorization code: an ID token goes along.</param>
    private JsonObject Issue(string? nonce, string? backendScope = null)
    {
        var number = Interlocked.Increment(ref counter);
        var token = $"access-token-{number}";
        LiveTokens[token] = true;
        var answer = new JsonObject { ["access_token"] = token, ["token_type"] = "Bearer" };
        if (ExpiresIn is { } seconds) answer["expires_in"] = seconds;
        if ((backendScope ?? GrantedScope) is { } scope) answer["scope"] = scope;
        if (backendScope is not null) return answer;
        if (WithRefreshToken)
        {
            LiveRefreshTokens[$"refresh-token-{number}"] = true;
            answer["refresh_token"] = $"refresh-token-{number}";
        }
        if (nonce is not null && WithIdToken) answer["id_token"] = IdToken(nonce);
        foreach (var (name, value) in TokenFields) answer[name] = value?.DeepClone();
        return answer;
    }

    private string IdToken(string nonce)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "user-1",
            ["aud"] = "biopsy",
            ["iat"] = now,
            ["exp"] = now + 300,
            ["nonce"] = nonce,
            ["fhirUser"] = $"{FhirBase}/Practitioner/doc-1",
            ["name"] = "Dr Ada Lovelace",
        };
        IdClaims(claims);
        var key = new RsaSecurityKey(IdKey ?? idKey) { KeyId = IdTokenHasKid ? "id-1" : null };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
            .CreateToken(claims.ToJsonString(), new SigningCredentials(key, SecurityAlgorithms.RsaSha256) { CryptoProviderFactory = new() { CacheSignatureProviders = false } });
    }

    private (int, string, string) Revoke(string token)
    {
        LiveTokens.TryRemove(token, out _);
        LiveRefreshTokens.TryRemove(token, out _);
        return (200, "text/plain", "");
    }

    private (int, string, string) Patient(Recorded request)
    {
        var token = request.Headers.GetValueOrDefault("Authorization")?.Split(' ')[^1] ?? "";
        return LiveTokens.GetValueOrDefault(token)
            ? Json(200, new JsonObject { ["resourceType"] = "Patient", ["id"] = request.Path.Split('/')[^1] }, "application/fhir+json")
            : (401, "text/plain", "expired");
    }

    public static JsonObject PublicJwk(RSA key, string? kid)
    {
        var parameters = key.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "RSA", ["n"] = Base64UrlEncoder.Encode(parameters.Modulus), ["e"] = Base64UrlEncoder.Encode(parameters.Exponent) };
        if (kid is not null) jwk["kid"] = kid;
        return jwk;
    }

    public static (int, string, string) Json(int status, JsonNode body, string type = "application/json") => (status, type, body.ToJsonString());

    public static (int, string, string) Error(int status, string error, string? description = null)
    {
        var body = new JsonObject { ["error"] = error };
        if (description is not null) body["error_description"] = description;
        return Json(status, body);
    }
}
