using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Fhir.WriteBack;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Api.Smart.Launching;

/// <summary>Where to send the browser: a GET, or a form to post when the server takes one and the address would grow long.</summary>
public sealed record AuthorizeRequest(Uri Endpoint, IReadOnlyList<KeyValuePair<string, string>> Parameters, bool Post, string State, string Browser)
{
    public string Url => QueryHelpers.AddQueryString(Endpoint.OriginalString, Parameters.Select(p => KeyValuePair.Create<string, string?>(p.Key, p.Value)));
}

/// <summary>The first half of a launch (SMART App Launch 2.2, section 2.0.9): trust, discover, check, ask.</summary>
public sealed class BeginLaunch(EhrRegistry ehrs, DiscoverServer discover, PendingLaunches pending, PublicAddress address)
{
    // Proxies and servers cut query strings at 2 to 8 KB; a form has no such limit.
    private const int LongestUrl = 2000;

    /// <param name="issuer">Parameter <c>iss</c>, all values as received.</param>
    /// <param name="launch">Parameter <c>launch</c> of an EHR launch, all values; null for a standalone launch.</param>
    /// <exception cref="LaunchStoppedException">The launch cannot go on.</exception>
    public async Task<AuthorizeRequest> RunAsync(IReadOnlyList<string?> issuer, IReadOnlyList<string?>? launch, CancellationToken cancel)
    {
        if (issuer is not [{ Length: > 0 } asReceived]) throw LaunchStop.NoIssuer.Exception();
        var ehr = ehrs.ByIssuer(asReceived) ?? throw LaunchStop.UnknownIssuer.Exception(); // before any request
        try
        {
            return await AskAsync(ehr, asReceived, launch, cancel);
        }
        catch (LaunchStoppedException e)
        {
            throw e.At(ehr);
        }
    }

    private async Task<AuthorizeRequest> AskAsync(EhrOptions ehr, string asReceived, IReadOnlyList<string?>? launch, CancellationToken cancel)
    {
        if (launch is not null and not [{ Length: > 0 and <= 4096 }]) throw LaunchStop.NoLaunch.Exception();
        if (ehr.ClientId is not { } clientId) throw LaunchStop.NoClientId.Exception();

        var server = await discover.ForAsync(ehr, cancel);
        var standalone = launch is null;
        CheckCapabilities.ForLaunch(server, ehr, standalone);

        var (state, browser, verifier, nonce) = (Secrets.New(), Secrets.New(), Secrets.New(), Secrets.New());
        // The EHR names itself at an EHR launch; in a link of our own the operator's spelling counts.
        var audience = standalone ? ehr.Issuer : asReceived;
        var scope = ScopesToAsk.ForLaunch(ehr, server, standalone, ChartQuirks.Of(ehr));
        var redirectUri = address.At("/callback");
        List<KeyValuePair<string, string>> parameters =
        [
            new("response_type", "code"), new("client_id", clientId), new("redirect_uri", redirectUri), new("scope", scope),
            new("state", state), new("aud", audience), new("code_challenge", Secrets.Challenge(verifier)), new("code_challenge_method", "S256"),
            new("nonce", nonce),
        ];
        if (launch is [{ } token]) parameters.Add(new("launch", token));

        await pending.KeepAsync(state, browser, new(ehr.Id, audience, verifier, nonce, scope, redirectUri,
            server.Issuer ?? ehr.Issuer, server.AnswersWithIssuer, server.Token, standalone), cancel);
        var request = new AuthorizeRequest(server.Authorize, parameters, Post: false, state, browser);
        return server.Can("authorize-post") && request.Url.Length > LongestUrl ? request with { Post = true } : request;
    }
}

/// <summary>How a chart is read and written here, from <c>Ehrs:N:Quirks</c>; faults were refused at start.</summary>
public static class ChartQuirks
{
    public static Quirks Of(EhrOptions ehr) => Quirks.Read(ehr.ChartQuirks).Quirks ?? Quirks.Open;
}
