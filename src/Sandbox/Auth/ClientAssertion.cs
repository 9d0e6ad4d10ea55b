using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>private_key_jwt as SMART wants it (App Launch 2.2, "Client Authentication: Asymmetric"): ES384 or RS384, iss = sub = client id,
/// aud = the token endpoint, at most five minutes to live, each jti once.</summary>
internal sealed class ClientAssertion(Clients clients, SandboxAddresses at, IHttpClientFactory http, TimeProvider clock, ILogger<ClientAssertion> log)
{
    public const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5), Skew = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, DateTimeOffset> spentUntil = new(StringComparer.Ordinal);
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };

    /// <summary>The client that signed it, or null with the reason (told to nobody but the log).</summary>
    public async Task<Client?> AuthenticateAsync(string assertion, CancellationToken ct)
    {
        var (client, reason) = await CheckAsync(assertion, ct);
        if (client is null && log.IsEnabled(LogLevel.Information)) log.LogInformation("A client assertion was refused: {Reason}", reason);
        return client;
    }

    private async Task<(Client? Client, string Reason)> CheckAsync(string assertion, CancellationToken ct)
    {
        if (Unread(assertion) is not { } unread) return (null, "not a JWT");
        var client = clients.Find(unread.Subject);
        if (client?.JwksUrl is null) return (null, "sub is not a client with keys");
        if (unread.Issuer != unread.Subject) return (null, "iss and sub differ");
        if (unread.Typ is not null and not "JWT") return (null, "typ is not JWT");
        if (unread.Id is null or "") return (null, "no jti");
        if (await KeysAsync(client.JwksUrl, ct) is not { } keys) return (null, "key set could not be read");
        var now = clock.GetUtcNow();
        var result = await handler.ValidateTokenAsync(assertion, new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.RsaSha384],
            ValidIssuer = client.Id,
            ValidAudience = at.Token,
            IssuerSigningKeys = keys,
            TryAllIssuerSigningKeys = false,
            RequireExpirationTime = true,
            LifetimeValidator = (_, expires, _, _) => expires is { } e && e > now.UtcDateTime - Skew && e <= now.UtcDateTime + Longest + Skew,
        });
        if (!result.IsValid) return (null, result.Exception.GetType().Name);
        return Spend(unread.Id, unread.ValidTo + Skew, now) ? (client, "") : (null, "jti used before");
    }

    private JsonWebToken? Unread(string assertion)
    {
        try
        {
            return handler.ReadJsonWebToken(assertion);
        }
        catch (Exception fault) when (fault is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    private bool Spend(string jti, DateTime until, DateTimeOffset now)
    {
        lock (spentUntil)
        {
            foreach (var old in spentUntil.Where(s => s.Value < now).Select(s => s.Key).ToList()) spentUntil.Remove(old);
            return spentUntil.TryAdd(jti, until);
        }
    }

    private async Task<IList<SecurityKey>?> KeysAsync(string url, CancellationToken ct)
    {
        try
        {
            using var client = http.CreateClient(SandboxEhr.HttpClientName);
            return new JsonWebKeySet(await client.GetStringAsync(new Uri(url), ct)).GetSigningKeys();
        }
        catch (Exception fault) when (fault is HttpRequestException or ArgumentException || (fault is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }
}
