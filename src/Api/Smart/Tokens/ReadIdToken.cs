using System.Collections.Concurrent;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Discovery;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Smart.Tokens;

/// <summary>Who signed in, as a verified ID token says.</summary>
/// <param name="FhirUser">As sent: absolute, or relative to the FHIR base.</param>
public sealed record SignedInUser(string Subject, string? FhirUser, string? Name);

/// <summary>
/// Verifies an ID token with the issuer's own keys (OpenID Connect Core section 3.1.3.7). The issuer may differ from the FHIR base;
/// keys without <c>kid</c> are tried one by one; an unknown key is looked for once more, as after a rotation.
/// </summary>
public sealed class ReadIdToken(EhrHttp http, TimeProvider clock)
{
    private static readonly TimeSpan KeysKept = TimeSpan.FromHours(1);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    // Ours to choose, not the token's: no "none", no HMAC, for which our client id's secret or a public key would do as key.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly ConcurrentDictionary<string, IssuerKeys> known = new(StringComparer.OrdinalIgnoreCase);

    private sealed record IssuerKeys(string Issuer, IList<SecurityKey> Keys, DateTimeOffset ReadAt);

    /// <exception cref="LaunchStoppedException">The token is not valid, or its keys cannot be had.</exception>
    public async Task<SignedInUser> VerifyAsync(EhrOptions ehr, ServerConfiguration server, string idToken, string nonce, CancellationToken cancel)
    {
        var issuer = await KeysAsync(ehr, server, again: false, cancel);
        var result = await ValidateAsync(idToken, ehr.ClientId!, issuer);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException
            && clock.GetUtcNow() - issuer.ReadAt >= LookAgainAfter)
        {
            issuer = await KeysAsync(ehr, server, again: true, cancel);
            result = await ValidateAsync(idToken, ehr.ClientId!, issuer);
        }
        if (!result.IsValid) throw LaunchStop.IdentityRefused(Why(result.Exception)).Exception();

        var token = (JsonWebToken)result.SecurityToken;
        if (!token.TryGetPayloadValue<string>("nonce", out var returned) || returned != nonce)
            throw LaunchStop.IdentityRefused("its nonce is not the one that was sent").Exception();
        if (token.Audiences.Count() > 1 && token.TryGetPayloadValue<string>("azp", out var party) && party != ehr.ClientId)
            throw LaunchStop.IdentityRefused("it was made for another client").Exception();
        return new(token.Subject,
            Claim(token, "fhirUser") ?? Claim(token, "profile"), // SMART 1.0 named it profile
            Claim(token, "name"));
    }

    /// <summary>How many keys the issuer's key set holds now.</summary>
    /// <exception cref="LaunchStoppedException">It cannot be had.</exception>
    public async Task<int> CountKeysAsync(EhrOptions ehr, ServerConfiguration server, CancellationToken cancel) =>
        (await KeysAsync(ehr, server, again: true, cancel)).Keys.Count;

    private async Task<TokenValidationResult> ValidateAsync(string idToken, string clientId, IssuerKeys issuer) =>
        await new JsonWebTokenHandler().ValidateTokenAsync(idToken, new()
        {
            ValidIssuer = issuer.Issuer,
            ValidAudience = clientId,
            IssuerSigningKeys = issuer.Keys,
            TryAllIssuerSigningKeys = true,
            ValidAlgorithms = Algorithms,
            RequireExpirationTime = true,
            LifetimeValidator = (_, expires, token, _) => Alive(expires, (JsonWebToken)token),
            CryptoProviderFactory = new() { CacheSignatureProviders = false },
        });

    private bool Alive(DateTime? expires, JsonWebToken token)
    {
        var now = clock.GetUtcNow();
        return expires is { } end && now < new DateTimeOffset(end, TimeSpan.Zero) + Skew
            && token.IssuedAt != default && new DateTimeOffset(token.IssuedAt, TimeSpan.Zero) <= now + Skew
            && (token.ValidFrom == default || new DateTimeOffset(token.ValidFrom, TimeSpan.Zero) <= now + Skew);
    }

    private async Task<IssuerKeys> KeysAsync(EhrOptions ehr, ServerConfiguration server, bool again, CancellationToken cancel)
    {
        if (!again && known.TryGetValue(ehr.Id, out var kept) && clock.GetUtcNow() - kept.ReadAt < KeysKept) return kept;
        var (issuer, keySet) = await IssuerAsync(ehr, server, cancel);
        var answer = await AskAsync(ehr, keySet, cancel) ?? throw LaunchStop.IdentityRefused("the issuer's keys cannot be read").Exception();
        return known[ehr.Id] = new(issuer, ReadKeys(answer), clock.GetUtcNow());
    }

    /// <summary>The keys of an issuer's key set.</summary>
    /// <exception cref="LaunchStoppedException">It is no key set.</exception>
    public static IList<SecurityKey> ReadKeys(string keySet)
    {
        try
        {
            return new JsonWebKeySet(keySet).GetSigningKeys();
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            throw LaunchStop.IdentityRefused("the issuer's keys cannot be read").Exception(e);
        }
    }

    /// <summary>The issuer's OpenID configuration decides; the SMART document's own <c>jwks_uri</c> serves where there is none.</summary>
    private async Task<(string Issuer, Uri KeySet)> IssuerAsync(EhrOptions ehr, ServerConfiguration server, CancellationToken cancel)
    {
        var asked = server.Issuer ?? ehr.Issuer;
        if (Uri.TryCreate(asked.TrimEnd('/') + "/.well-known/openid-configuration", UriKind.Absolute, out var address)
            && await AskAsync(ehr, address, cancel) is { } body && ReadConfiguration(body) is var (issuer, keySet))
        {
            // OpenID Connect Discovery section 4.3: a document that speaks for another issuer is not this issuer's.
            if (server.Issuer is not null && issuer != server.Issuer) throw LaunchStop.IdentityRefused("the issuer's configuration names another issuer").Exception();
            if (EhrHttp.MayAsk(ehr, keySet)) return (issuer, keySet);
        }
        return server is { Issuer: { } named, KeySet: { } set } ? (named, set)
            : throw LaunchStop.IdentityRefused("the issuer's configuration cannot be read").Exception();
    }

    private async Task<string?> AskAsync(EhrOptions ehr, Uri address, CancellationToken cancel)
    {
        try
        {
            var answer = await http.GetAsync(ehr, address, "application/json", cancel);
            return answer.Good ? answer.Body : null;
        }
        catch (EhrUnreachableException)
        {
            return null;
        }
    }

    /// <summary>Issuer and key set of an OpenID configuration; null when it cannot be used.</summary>
    public static (string Issuer, Uri KeySet)? ReadConfiguration(string body)
    {
        return OutsideJson.ReadObject(body) is { } document && Text(document, "issuer") is { } issuer && Uri.TryCreate(Text(document, "jwks_uri"), UriKind.Absolute, out var keySet) ? (issuer, keySet) : null;
    }

    private static string? Text(JsonElement document, string name) =>
        document.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string? Claim(JsonWebToken token, string name) =>
        token.TryGetPayloadValue<string>(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value : null;

    private static string Why(Exception? fault) => fault switch
    {
        SecurityTokenInvalidIssuerException => "its issuer is not the EHR's",
        SecurityTokenInvalidAudienceException => "it was made for another client",
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNoExpirationException => "its time is over, not yet come, or missing",
        SecurityTokenInvalidAlgorithmException => "its signature algorithm is not accepted",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "its signature does not verify",
        _ => "it cannot be read",
    };
}
