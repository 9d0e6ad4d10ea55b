namespace BiopsyFhir.Sandbox;

/// <summary>How the demo EHR is mounted and which apps it knows. Everything has a default that fits the service hosting it.</summary>
public sealed class SandboxOptions
{
    /// <summary>Address that browsers and apps use for the host, e.g. <c>http://localhost:5080/</c>.
    /// When absent: <see cref="PublicBaseUrlFrom"/>, else the server's first listening address once it listens.</summary>
    public Uri? PublicBaseUrl { get; set; }

    /// <summary>Asked at the first request when <see cref="PublicBaseUrl"/> is absent.</summary>
    public Func<IServiceProvider, Uri>? PublicBaseUrlFrom { get; set; }

    /// <summary>The app that clinicians launch.</summary>
    public string ClientId { get; set; } = "biopsyfhir-sandbox";

    /// <summary>Set for an app that authenticates with private_key_jwt; absent for a public app (PKCE only).</summary>
    public Uri? ClientJwksUrl { get; set; }

    /// <summary>Where an EHR launch starts. Default: <c>{base}/launch</c>.</summary>
    public Uri? LaunchUrl { get; set; }

    /// <summary>The one redirect address registered for the app, compared byte for byte. Default: <c>{base}/callback</c>.</summary>
    public Uri? RedirectUri { get; set; }

    /// <summary>The backend service (client_credentials with private_key_jwt).</summary>
    public string BackendClientId { get; set; } = "biopsyfhir-backend";

    /// <summary>Key set of the backend service. Default: <c>{base}/.well-known/jwks.json</c>.</summary>
    public Uri? BackendJwksUrl { get; set; }

    /// <summary>CDS Hooks services that order entry asks. Default: <c>{base}/cds-services</c>.</summary>
    public Uri? CdsServicesUrl { get; set; }

    /// <summary>Scopes that this EHR never grants, whoever asks (e.g. <c>patient/CarePlan.c</c>), so that partial grants can be tried.
    /// Compared with each requested scope as text.</summary>
    public ISet<string> WithheldScopes { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Resource types that can be read but not written; the CapabilityStatement says so. Some EHRs treat CarePlan so.</summary>
    public ISet<string> ReadOnlyTypes { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Largest request body of the FHIR server, in bytes; above it: 413.</summary>
    public int MaxBodyBytes { get; set; } = 5 * 1024 * 1024;

    /// <summary>Entries on a search page when the client names no <c>_count</c>. Small, so that paging is exercised.</summary>
    public int DefaultPageSize { get; set; } = 20;

    /// <summary>Largest <c>_count</c> honoured. As small as the default: the app asks for large pages, as apps do, and must page all the same.</summary>
    public int MaxPageSize { get; set; } = 20;

    /// <summary>Life of an access token of a launched app.</summary>
    public TimeSpan AccessTokenLife { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Life of an access token of the backend service (SMART Backend Services recommends at most 5 minutes).</summary>
    public TimeSpan BackendTokenLife { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Pauses before each further attempt to deliver a subscription notification.</summary>
    public IReadOnlyList<TimeSpan> NotificationRetries { get; set; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];
}
