namespace BiopsyFhir.Api.Smart;

/// <summary>On whose side a launch stopped.</summary>
public enum Side { Ehr, Service, Browser, User }

/// <summary>Why a launch cannot go on, for the person in front of it: what failed, on whose side, what to do.</summary>
/// <param name="Code">Short, for the log and for support; the only part that is logged.</param>
/// <param name="Status">HTTP status of the page.</param>
/// <param name="EhrSaid">The EHR's own words, shown as text; never rendered, never logged.</param>
public sealed record LaunchStop(string Code, int Status, Side Side, string What, string ToDo, string? EhrSaid = null)
{
    public LaunchStoppedException Exception(Exception? cause = null) => new(this, cause);

    private const string OpenAgain = "Close this page and open the review again from the patient's chart.";
    private const string TellAdministrator = "Tell the people who look after the connection between the EHR and this service, with the code below.";

    public static LaunchStop NoIssuer { get; } = new("no-issuer", 400, Side.Ehr,
        "This address was opened without saying which EHR it came from (iss), or with two answers.", "Open the review from the patient's chart.");

    public static LaunchStop NoLaunch { get; } = new("no-launch", 400, Side.Ehr,
        "The EHR did not say which launch this is (launch), or said it twice.", OpenAgain);

    public static LaunchStop UnknownIssuer { get; } = new("unknown-issuer", 403, Side.Service,
        "The EHR that opened this page is not on this service's list. Nothing was sent to it.", TellAdministrator);

    public static LaunchStop NoClientId { get; } = new("no-client-id", 403, Side.Service,
        "This service is not set up to be launched from this EHR (it has no client id there).", TellAdministrator);

    public static LaunchStop NoState { get; } = new("no-state", 400, Side.Ehr,
        "The answer of the EHR's sign-in does not belong to a launch of this service.", OpenAgain);

    public static LaunchStop StateUsed { get; } = new("state-unknown", 400, Side.User,
        "This sign-in has been used already, or took too long.", OpenAgain);

    public static LaunchStop NoCookie { get; } = new("no-cookie", 400, Side.Browser,
        "The browser did not return the cookie that ties this sign-in to it. It may refuse cookies in frames, or the sign-in was finished in another browser.",
        "Open the review again. If this page returns, open it in a window of its own, or allow cookies for this service.");

    public static LaunchStop WrongBrowser { get; } = new("wrong-browser", 400, Side.Browser,
        "This sign-in was started in another browser.", OpenAgain);

    public static LaunchStop NoCode { get; } = new("no-code", 400, Side.Ehr,
        "The EHR's sign-in ended without a result.", OpenAgain);

    public static LaunchStop WrongIssuer { get; } = new("wrong-answer-issuer", 400, Side.Ehr,
        "The sign-in was answered by another server than the one that was asked (iss).", TellAdministrator);

    public static LaunchStop NotDiscovered(string why) => new("discovery-failed", 502, Side.Ehr,
        $"The EHR's SMART configuration could not be used: {why}.", TellAdministrator);

    public static LaunchStop NotCapable(string missing) => new("not-capable", 502, Side.Ehr,
        $"The EHR's SMART configuration says that it cannot do what a safe launch needs: {missing}.", TellAdministrator);

    public static LaunchStop Unreachable(string why) => new("unreachable", 504, Side.Ehr,
        $"The EHR's sign-in server could not be asked: {why}.", "Wait a moment and open the review again. " + TellAdministrator);

    public static LaunchStop SignInRefused(string error, string? description) => error is "access_denied"
        ? new("access-denied", 403, Side.User, "The sign-in was cancelled or refused in the EHR.", OpenAgain, description)
        : new($"authorize-{error}", 502, Side.Ehr, "The EHR refused the sign-in of this service.", TellAdministrator, Said(error, description));

    public static LaunchStop TokenRefused(string error, string? description) => new($"token-{error}", 502, Side.Ehr,
        "The EHR refused to give this service access to the chart.", "Open the review again once. If it stops here again: " + TellAdministrator, Said(error, description));

    public static LaunchStop TokenUnreadable(string why) => new("token-unreadable", 502, Side.Ehr,
        $"The EHR's answer to the sign-in cannot be used: {why}.", TellAdministrator);

    public static LaunchStop NoPatient { get; } = new("no-patient", 502, Side.Ehr,
        "The EHR did not say which patient this is. This service never guesses a patient, also not from an earlier launch.",
        "Open a patient's chart first, then the review from there.");

    public static LaunchStop IdentityRefused(string why) => new("identity-refused", 502, Side.Ehr,
        $"The EHR's statement of who you are (ID token) is not valid: {why}.", TellAdministrator);

    private static string Said(string error, string? description) => description is null ? error : $"{error}: {description}";
}

/// <summary>Ends a launch; caught once, at the endpoint, and shown as a page.</summary>
public sealed class LaunchStoppedException(LaunchStop stop, Exception? cause = null) : Exception(stop.Code, cause)
{
    public LaunchStop Stop => stop;

    /// <summary>The EHR of the list whose launch it was, once that is known.</summary>
    public Configuration.EhrOptions? Ehr { get; private set; }

    public LaunchStoppedException At(Configuration.EhrOptions ehr)
    {
        Ehr = ehr;
        return this;
    }
}
