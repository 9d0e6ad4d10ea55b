using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;

namespace BiopsyFhir.Api.Smart.Launching;

/// <summary>What came back to <c>/callback</c>, every value of every parameter.</summary>
/// <param name="Browser">The cookie of this state, when the browser returned it.</param>
public sealed record Callback(
    IReadOnlyList<string?> State, IReadOnlyList<string?> Code, IReadOnlyList<string?> Error, IReadOnlyList<string?> Description,
    IReadOnlyList<string?> Issuer, Func<string, string?> Browser);

/// <summary>The second half of a launch: is this answer ours, then code for tokens, tokens for a session.</summary>
public sealed class FinishLaunch(
    EhrRegistry ehrs, PendingLaunches pending, DiscoverServer discover, TokenEndpoint tokens, ReadIdToken identity,
    SessionStore sessions, EhrHttp http, AuditTrail audit)
{
    /// <exception cref="LaunchStoppedException">The launch cannot go on.</exception>
    public async Task<NewSession> RunAsync(Callback callback, CancellationToken cancel)
    {
        if (callback.State is not [{ Length: > 0 and <= 200 } state]) throw LaunchStop.NoState.Exception();
        // The state is used up by whatever follows, an error too.
        if (await pending.TakeAsync(state, cancel) is not var (launch, browserHash)) throw LaunchStop.StateUsed.Exception();
        var ehr = ehrs.ById(launch.EhrId) ?? throw LaunchStop.UnknownIssuer.Exception();
        try
        {
            return await OpenAsync(callback, state, ehr, launch, browserHash, cancel);
        }
        catch (LaunchStoppedException e)
        {
            throw e.At(ehr);
        }
    }

    private async Task<NewSession> OpenAsync(Callback callback, string state, EhrOptions ehr, PendingLaunch launch, string browserHash, CancellationToken cancel)
    {
        var cookieless = CheckBrowser(callback.Browser(state), browserHash, ehr);
        CheckIssuer(callback.Issuer, launch);
        if (callback.Error is [{ } error, ..])
            throw LaunchStop.SignInRefused(EhrWords.Code(error), EhrWords.Sentence(callback.Description is [var said, ..] ? said : null)).Exception();
        if (callback.Code is not [{ Length: > 0 } code]) throw LaunchStop.NoCode.Exception();

        var server = await discover.ForAsync(ehr, cancel) with { Token = launch.TokenEndpoint };
        var granted = Granted(await tokens.RedeemAsync(ehr, server, code, launch.RedirectUri, launch.Verifier, cancel));
        if (granted.Patient is not { } patient || !TokenResponse.IsId(patient)) throw LaunchStop.NoPatient.Exception();
        var user = granted.IdToken is { } idToken ? await identity.VerifyAsync(ehr, server, idToken, launch.Nonce, cancel) : null;

        var session = await sessions.OpenAsync(Context(ehr, launch, granted, patient, user), granted, cookieless, cancel);
        await audit.RecordAsync(new("launch", session.Session.Actor, "done", ehr.Id, session.Session.Id, $"Patient/{patient}"), cancel);
        return session;
    }

    private static bool CheckBrowser(string? returned, string browserHash, EhrOptions ehr) => returned switch
    {
        { } cookie when Secrets.Matches(cookie, browserHash) => false,
        { } => throw LaunchStop.WrongBrowser.Exception(),
        null when ehr.LaunchQuirks.CookielessLaunch => true,
        null => throw LaunchStop.NoCookie.Exception(),
    };

    /// <summary>RFC 9207: an answer that says who it is from must be from the server that was asked (mix-up).</summary>
    private static void CheckIssuer(IReadOnlyList<string?> issuer, PendingLaunch launch)
    {
        if (issuer is [] ? launch.AnswerIssuerRequired : issuer is not [{ } named] || named != launch.AnswerIssuer)
            throw LaunchStop.WrongIssuer.Exception();
    }

    private static TokenResponse Granted(TokenAnswer answer) => answer switch
    {
        TokenAnswer.Granted(var response) => response,
        TokenAnswer.Refused refused => throw LaunchStop.TokenRefused(refused.Error, refused.Description).Exception(),
        TokenAnswer.Unusable { Unreachable: true } away => throw LaunchStop.Unreachable(away.Why).Exception(),
        TokenAnswer.Unusable unusable => throw LaunchStop.TokenUnreadable(unusable.Why).Exception(),
        _ => throw new InvalidOperationException("unknown answer"),
    };

    private LaunchContext Context(EhrOptions ehr, PendingLaunch launch, TokenResponse granted, string patient, SignedInUser? user) => new()
    {
        EhrId = ehr.Id,
        Issuer = launch.Audience,
        Patient = patient,
        Encounter = granted.Encounter is { } encounter && TokenResponse.IsId(encounter) ? encounter : null,
        FhirUser = user?.FhirUser,
        UserReference = user?.FhirUser is { } link && http.Server(ehr).Addresses.TryReadReference(link, out var found) ? found.Reference : null,
        UserName = user?.Name,
        RequestedScope = launch.Scope,
        GrantedScope = granted.Scope ?? launch.Scope,
        NeedPatientBanner = granted.NeedPatientBanner,
        Intent = granted.Intent,
        Tenant = granted.Tenant,
        StyleUrl = granted.StyleUrl,
        AppContext = granted.AppContext,
        Context = granted.Context,
        Standalone = launch.Standalone,
    };
}
