using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>Ways a session ends by someone's will: the user signs out here, or signed out at the EHR.</summary>
public sealed class EndSession(SessionStore sessions, DiscoverServer discover, TokenEndpoint tokens, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Our session ends first; then the tokens are revoked where the EHR has an address for that (RFC 7009).</summary>
    public async Task SignOutAsync(SmartSession session, CancellationToken cancel)
    {
        var grant = await sessions.GrantAsync(session.Id, cancel);
        await sessions.EndAsync(session.Id, EndReasons.SignedOut, cancel);
        await audit.RecordAsync(new("sign-out", session.Actor, "done", session.Ehr.Id, session.Id, session.Patient), cancel);
        if (grant is null || await ServerAsync(session.Ehr, cancel) is not { } server) return;
        if (grant.Tokens.Refresh is { } refresh) await tokens.RevokeAsync(session.Ehr, server, refresh, "refresh_token", cancel);
        await tokens.RevokeAsync(session.Ehr, server, grant.Tokens.Access, "access_token", cancel);
    }

    /// <summary>
    /// Asks the EHR, where it can be asked, whether a token that should still live does. Only with credentials of our own (a public
    /// client has none), and only a clear no counts: nothing depends on introspection being there (RFC 7662).
    /// </summary>
    public async Task<bool> EndedAtEhrAsync(SmartSession session, CancellationToken cancel)
    {
        if (session.Ehr.ClientAuth is ClientAuth.None) return false;
        var grant = await sessions.GrantAsync(session.Id, cancel);
        // A token that ran out is not active either, and means nothing: it will be refreshed.
        if (grant?.Tokens.AccessExpiresAt is not { } until || until <= clock.GetUtcNow()) return false;
        if (await ServerAsync(session.Ehr, cancel) is not { } server) return false;
        if (await tokens.IsActiveAsync(session.Ehr, server, grant.Tokens.Access, cancel) is not false) return false;
        await sessions.EndAsync(session.Id, EndReasons.SignedOutAtEhr, cancel);
        await audit.RecordAsync(new("sign-out-at-ehr", session.Actor, "done", session.Ehr.Id, session.Id, session.Patient), cancel);
        return true;
    }

    private async Task<ServerConfiguration?> ServerAsync(EhrOptions ehr, CancellationToken cancel)
    {
        try
        {
            return await discover.ForAsync(ehr, cancel);
        }
        catch (LaunchStoppedException)
        {
            return null;
        }
    }
}
