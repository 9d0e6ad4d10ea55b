using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>Who may do what, at this moment: launches waiting to be used, codes, access and refresh tokens. In memory only.</summary>
internal sealed class GrantStore(TimeProvider clock, IOptions<SandboxOptions> options)
{
    /// <summary>A launch a clinician has started in the EHR and the app has not yet redeemed.</summary>
    /// <param name="AppContext">Text that a CDS Hooks card hands to the app it opens.</param>
    public sealed record Launch(string Patient, string? Encounter, string? Intent, IReadOnlyList<string> Context, bool InFrame, string? AppContext = null);

    /// <summary>An authorization code's terms.</summary>
    public sealed record Code(Grant Grant, string RedirectUri, string Challenge);

    /// <summary>A standalone launch waiting for the user to choose a patient.</summary>
    public sealed record Choice(AuthorizeRequest Request);

    private static readonly TimeSpan LaunchLife = TimeSpan.FromMinutes(5), CodeLife = TimeSpan.FromSeconds(60), ChoiceLife = TimeSpan.FromMinutes(10), RefreshLife = TimeSpan.FromHours(12);

    private readonly Tickets<Launch> launches = new(clock);
    private readonly Tickets<Choice> choices = new(clock);
    private readonly Tickets<Code> codes = new(clock);
    private readonly Tickets<Grant> accessTokens = new(clock);
    private readonly Tickets<Grant> refreshTokens = new(clock);

    public string Start(Launch launch) => launches.Issue(launch, LaunchLife);
    public Launch? Redeem(string launch) => launches.Take(launch, out _);

    public string Ask(Choice choice) => choices.Issue(choice, ChoiceLife);
    public Choice? Pending(string choice) => choices.Find(choice);
    public Choice? Answer(string choice) => choices.Take(choice, out _);

    public string IssueCode(Code code) => codes.Issue(code, CodeLife);

    /// <summary>Redeems a code. A second use revokes everything the first one gave (RFC 6749, 4.1.2).</summary>
    public Code? RedeemCode(string? code)
    {
        var found = codes.Take(code, out var again);
        if (again is not null) Revoke(again.Grant);
        return found;
    }

    public (string Token, TimeSpan Life) IssueAccess(Grant grant, TimeSpan? shorter = null)
    {
        var life = shorter ?? (grant.User is null ? options.Value.BackendTokenLife : options.Value.AccessTokenLife);
        return (accessTokens.Issue(grant, life), life);
    }

    public Grant? ByAccessToken(string token) => accessTokens.Find(token);
    public DateTimeOffset? AccessExpiry(string token) => accessTokens.Expiry(token);
    public Grant? ByRefreshToken(string token) => refreshTokens.Find(token);

    public string IssueRefresh(Grant grant) => refreshTokens.Issue(grant, RefreshLife);

    /// <summary>Redeems a refresh token; it is rotated, so a second use is theft and revokes the grant (RFC 9700, 4.14.2).</summary>
    public Grant? RedeemRefresh(string? token)
    {
        var found = refreshTokens.Take(token, out var again);
        if (again is not null) Revoke(again);
        return found;
    }

    public void Revoke(Grant grant)
    {
        accessTokens.DropWhere(g => g.Id == grant.Id);
        refreshTokens.DropWhere(g => g.Id == grant.Id);
    }

    /// <summary>Revokes one access token, or with a refresh token the whole grant (RFC 7009, 2.1).</summary>
    public void RevokeToken(string token, string clientId)
    {
        if (refreshTokens.Find(token) is { } whole && whole.ClientId == clientId) Revoke(whole);
        else if (accessTokens.Find(token) is { } one && one.ClientId == clientId) accessTokens.Drop(token);
    }
}
