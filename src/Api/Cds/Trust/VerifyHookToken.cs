using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Who calls, from the JWT of the call (CDS Hooks 2.0, "Trusting CDS Clients"). Everything that can be refused without a key is
/// refused before a key is fetched, keys come only from the address in our configuration, and a token counts once.
/// </summary>
public sealed class VerifyHookToken(EhrRegistry ehrs, HookKeys keys, SeenTokens seen, TimeProvider clock, ILogger<VerifyHookToken> log)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>Suggested by the CDS Hooks community (H-33); older ones are stored tokens.</summary>
    private static readonly TimeSpan OldestIssue = TimeSpan.FromMinutes(8);

    /// <summary>Clients are asked for five minutes; what is valid for long would have to be remembered for long.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    /// <summary>One client of the configuration that a token may come from.</summary>
    private sealed record Candidate(EhrOptions Ehr, CdsClientOptions Client);

    /// <param name="authorization">The header as received.</param>
    /// <param name="audience">The address of the called endpoint, byte for byte.</param>
    /// <returns>The caller; null when there is no valid token. Why is in our log, not in the answer.</returns>
    public async Task<HookCaller?> CallerAsync(StringValues authorization, string audience, CancellationToken cancel)
    {
        if (authorization.Count is 0) return null;
        var (token, why) = BearerOf(authorization) is { } compact ? HookToken.Read(compact) : (null, "not one Bearer credential");
        if (token is null)
        {
            log.LogWarning("Hook token refused: {Why}", why);
            return null;
        }
        var (caller, refusal) = await CallerAsync(token, audience, cancel);
        if (caller is null)
            log.LogWarning("Hook token refused: {Why}; issuer {Issuer}, tenant {Tenant}, jti {TokenHash}", refusal,
                HookToken.Excerpt(token.Issuer), HookToken.Excerpt(token.Tenant), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Id)))[..16]);
        return caller;
    }

    private async Task<(HookCaller? Caller, string Why)> CallerAsync(HookToken token, string audience, CancellationToken cancel)
    {
        var candidates = ehrs.All.SelectMany(ehr => ehr.CdsClients.Select(client => new Candidate(ehr, client))).Where(c => c.Client.Issuer == token.Issuer).ToList();
        if (candidates.Count is 0) return (null, "issuer is not on the list");
        if (token.KeySetUrl is { } url) candidates.RemoveAll(c => c.Client.JwksUrl != url);
        if (candidates.Count is 0) return (null, "jku is not the one agreed with this issuer");
        candidates.RemoveAll(c => c.Client.Tenants is not [] && !c.Client.Tenants.Contains(token.Tenant ?? ""));
        if (candidates.Count is 0) return (null, "tenant is not on the list");
        candidates.RemoveAll(c => !token.Audiences.Contains(audience) && !(c.Client.Audience is { } agreed && token.Audiences.Contains(agreed)));
        if (candidates.Count is 0) return (null, "aud is not the called address");
        if (WhenNot(token) is { } time) return (null, time);

        var signed = new List<Candidate>();
        foreach (var sameKeys in candidates.GroupBy(c => c.Client.JwksUrl))
            if (await keys.FindAsync(sameKeys.First().Ehr, sameKeys.Key, token.KeyId, token.Algorithm, cancel) is { } key && await IsSignedAsync(token, key))
                signed.AddRange(sameKeys);
        if (signed.Count is 0) return (null, "key not known, or the signature does not verify");
        // Last, so that only a token that would have counted is used up.
        return await seen.FirstUseAsync(token.Issuer, token.Id, token.ExpiresAt + Skew, cancel)
            ? (new(token.Issuer, [.. signed.Select(c => c.Ehr).Distinct()]) { Prefetch = signed[0].Client.Prefetch }, "")
            : (null, "token was used before");
    }

    /// <summary>Why not now (H-33); null when now is its time.</summary>
    private string? WhenNot(HookToken token)
    {
        var now = clock.GetUtcNow();
        if (token.ExpiresAt + Skew <= now) return "expired";
        if (token.IssuedAt - Skew > now) return "issued in the future";
        if (token.IssuedAt + OldestIssue + Skew < now) return "issued too long ago";
        if (token.NotBefore is { } start && start - Skew > now) return "not valid yet";
        return token.ExpiresAt - now > LongestLife ? "valid for longer than an hour" : null;
    }

    internal static async Task<bool> IsSignedAsync(HookToken token, SecurityKey key) => (await new JsonWebTokenHandler().ValidateTokenAsync(token.Compact, new()
    {
        IssuerSigningKey = key,
        ValidAlgorithms = ["ES384", "RS384"],
        ValidIssuer = token.Issuer,
        // Audience and time were checked against our own clock and addresses.
        ValidateAudience = false,
        ValidateLifetime = false,
        CryptoProviderFactory = new() { CacheSignatureProviders = false },
    })).IsValid;

    private static string? BearerOf(StringValues authorization) =>
        authorization is [{ } one] && one.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? one["Bearer ".Length..] : null;
}
