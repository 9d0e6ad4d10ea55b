using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>
/// One launch: one patient, one user, one EHR. Endpoints under <c>/review/{session}</c> and <c>/api/v1/sessions/{session}</c> take it
/// as a parameter; it is there only when path and cookie agree. It holds no token: see <see cref="EhrCharts"/>.
/// </summary>
public sealed class SmartSession
{
    internal SmartSession(string id, EhrOptions ehr, LaunchContext context, bool cookieless, DateTimeOffset createdAt, DateTimeOffset expiresAt)
    {
        (Id, Ehr, Launched, Cookieless, CreatedAt, ExpiresAt) = (id, ehr, context, cookieless, createdAt, expiresAt);
        Granted = Scopes.Parse(context.GrantedScope);
    }

    /// <value>256 bits, URL-safe: the <c>{session}</c> of our paths. Not for logs.</value>
    public string Id { get; }

    public EhrOptions Ehr { get; }

    /// <value>FHIR base as the EHR named itself at the launch.</value>
    public string Issuer => Launched.Issuer;

    /// <value>Id of the one patient of this session.</value>
    public string PatientId => Launched.Patient;

    /// <value><c>Patient/{id}</c>.</value>
    public string Patient => $"Patient/{Launched.Patient}";

    /// <value>Id of the encounter in context; null when the EHR named none.</value>
    public string? EncounterId => Launched.Encounter;

    /// <value>The signed-in user as the verified ID token says, absolute or relative; null without one.</value>
    public string? FhirUser => Launched.FhirUser;

    /// <value><c>Practitioner/x</c> on this EHR; null when unknown or on another server.</value>
    public string? UserReference => Launched.UserReference;

    /// <value>The ID token's <c>name</c>; null when it has none.</value>
    public string? UserName => Launched.UserName;

    public Scopes Granted { get; }

    /// <value>Sentences for the page: what was not granted, and what that means.</value>
    public IReadOnlyList<string> Degraded => Launching.Degraded.Sentences(Granted);

    /// <value>The page must name the patient: the EHR said so or said nothing.</value>
    public bool NeedPatientBanner => Launched.NeedPatientBanner;

    /// <value>What the EHR wants done first; an unknown value means the default view.</value>
    public string? Intent => Launched.Intent;

    public string? Tenant => Launched.Tenant;
    public IReadOnlyList<ContextItem> FhirContext => Launched.Context;

    /// <value>Untrusted text.</value>
    public string? AppContext => Launched.AppContext;

    public string? StyleUrl => Launched.StyleUrl;

    /// <value>The browser refused cookies and the site allows that (<c>cookieless-launch</c>): the path alone is the key.</value>
    public bool Cookieless { get; }

    public DateTimeOffset CreatedAt { get; }
    public DateTimeOffset ExpiresAt { get; }

    /// <value>Who acts, for the audit trail.</value>
    public string Actor => UserReference ?? FhirUser ?? "unidentified user";

    public string Path => $"/review/{Id}";

    internal LaunchContext Launched { get; }

    public override string ToString() => $"session at {Ehr.Id}";

    /// <summary>Gives endpoints their session; <see cref="SessionGuard"/> has put it there.</summary>
    public static ValueTask<SmartSession?> BindAsync(HttpContext context) => ValueTask.FromResult<SmartSession?>(
        context.Features.Get<SmartSession>() ?? throw new InvalidOperationException("The endpoint is not in a session group."));
}
