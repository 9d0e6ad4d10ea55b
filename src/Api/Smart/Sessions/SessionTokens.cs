using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>
/// Refreshes a session's tokens, one request at a time for each session: on this node by a gate, across nodes by a lease in the
/// session's row. Servers with rotation end the whole grant when a refresh token is used twice.
/// </summary>
public sealed class RefreshTokens(
    SessionStore sessions, EhrRegistry ehrs, DiscoverServer discover, TokenEndpoint endpoint, AuditTrail audit, TimeProvider clock, ILogger<RefreshTokens> log) : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    private const int Looks = 150; // 15 seconds: longer than a request to a token endpoint may take

    // A fixed number of gates: two sessions that share one wait for each other, and nothing has to be cleaned up.
    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <param name="stale">The token that is not to be used any more.</param>
    /// <returns>A newer token; null when there is none to be had.</returns>
    public async Task<KeptTokens?> NewerAsync(string session, string stale, CancellationToken cancel)
    {
        var gate = gates[(uint)string.GetHashCode(session, StringComparison.Ordinal) % gates.Length];
        await gate.WaitAsync(cancel);
        try
        {
            for (var look = 0; look < Looks; look++)
            {
                // Whether there is a refresh token decides, not the scope text: Epic grants one without offline_access (SMART L-17).
                if (await sessions.GrantAsync(session, cancel) is not { } grant) return null;
                if (grant.Tokens.Access != stale) return grant.Tokens;
                if (grant.Tokens.Refresh is not { } refresh) return null;
                if (await sessions.TakeRefreshLeaseAsync(session, grant.Version, Lease, cancel))
                    return await RefreshAsync(session, grant, refresh, cancel);
                await Task.Delay(LookAgain, cancel); // another node is at it
            }
            return null;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose()
    {
        foreach (var gate in gates) gate.Dispose();
    }

    private async Task<KeptTokens?> RefreshAsync(string session, SessionGrant grant, string refresh, CancellationToken cancel)
    {
        if (ehrs.ById(grant.Context.EhrId) is not { } ehr) return null;
        switch (await AskAsync(ehr, refresh, cancel))
        {
            case TokenAnswer.Granted(var response) when response.Patient is { } patient && patient != grant.Context.Patient:
                await EndAsync(session, grant, EndReasons.OtherPatient, cancel);
                return null;
            case TokenAnswer.Granted(var response):
                var newer = KeptTokens.From(response, clock.GetUtcNow(), refresh);
                await sessions.KeepAsync(session, grant with
                {
                    Tokens = newer,
                    Context = grant.Context with { GrantedScope = response.Scope ?? grant.Context.GrantedScope },
                }, cancel);
                return newer;
            case TokenAnswer.Refused { Final: true } refused:
                log.LogWarning("Refresh refused by {Ehr}: {Error}", ehr.Id, refused.Error);
                await EndAsync(session, grant, EndReasons.RefreshRefused, cancel);
                return null;
            case var answer:
                // The grant may still be good: the next call tries again.
                var why = answer.WhyNot;
                log.LogWarning("Refresh failed at {Ehr}: {Why}", ehr.Id, why);
                await sessions.ReleaseRefreshLeaseAsync(session, cancel);
                return null;
        }
    }

    private async Task<TokenAnswer> AskAsync(EhrOptions ehr, string refresh, CancellationToken cancel)
    {
        try
        {
            return await endpoint.RefreshAsync(ehr, await discover.ForAsync(ehr, cancel), refresh, cancel);
        }
        catch (LaunchStoppedException e)
        {
            return new TokenAnswer.Unusable(e.Stop.Code, Unreachable: true);
        }
    }

    private async Task EndAsync(string session, SessionGrant grant, string reason, CancellationToken cancel)
    {
        await sessions.EndAsync(session, reason, cancel);
        await audit.RecordAsync(new("refresh", "service", $"refused: {reason}", grant.Context.EhrId, session), cancel);
    }
}

/// <summary>The token port of one session for the FHIR client.</summary>
public sealed class SessionTokens(string session, SessionStore sessions, RefreshTokens refresh, TimeProvider clock) : IAccessTokens
{
    // Renewed a little early: a token that dies on the way costs a failed call.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(30);

    public async ValueTask<AccessToken?> GetAsync(CancellationToken ct)
    {
        if (await sessions.GrantAsync(session, ct) is not { Tokens: var kept }) return null;
        if (kept.AccessExpiresAt is not { } until || clock.GetUtcNow() < until - Early) return new(kept.Access);
        if (await refresh.NewerAsync(session, kept.Access, ct) is { } newer) return new(newer.Access);
        return clock.GetUtcNow() < until ? new(kept.Access) : null;
    }

    public async ValueTask<AccessToken?> RefreshAsync(AccessToken stale, CancellationToken ct) =>
        await refresh.NewerAsync(session, stale.Reveal(), ct) is { } newer ? new(newer.Access) : null;
}
