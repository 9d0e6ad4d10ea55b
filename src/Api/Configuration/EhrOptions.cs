namespace BiopsyFhir.Api.Configuration;

/// <summary>How we authenticate to an EHR's token endpoint.</summary>
public enum ClientAuth
{
    /// <summary>Public client with PKCE.</summary>
    None,

    /// <summary>HTTP Basic with a shared secret.</summary>
    Secret,

    /// <summary>Signed assertion, RFC 7523.</summary>
    PrivateKey,
}

/// <summary>SMART scope syntax: v1 <c>patient/X.read</c>, v2 <c>patient/X.rs</c>.</summary>
public enum ScopeVersion { V1, V2 }

/// <summary>One trusted EHR (<c>Ehrs:N</c>). Anything that is not in the list is refused before a request is made to it.</summary>
public sealed record EhrOptions
{
    /// <value>Where the entry stands, <c>Ehrs:0</c>: for messages to the operator.</value>
    public required string Key { get; init; }

    /// <value>The <c>{ehr}</c> of our URLs. Default: the issuer's host.</value>
    public required string Id { get; init; }

    /// <value>FHIR base URL, byte for byte as configured: a trailing slash matters to some servers' <c>aud</c> check.</value>
    public required string Issuer { get; init; }

    /// <value>Client id of the SMART launch; without one this EHR cannot launch us.</value>
    public string? ClientId { get; init; }

    /// <value>Default: <see cref="ClientAuth.None"/>.</value>
    public ClientAuth ClientAuth { get; init; }

    /// <value>Only with <see cref="ClientAuth.Secret"/>.</value>
    public string? ClientSecret { get; init; }

    /// <value>SMART Backend Services client, for automation; authenticates by assertion, unless <see cref="BackendEntra"/> says else.</value>
    public string? BackendClientId { get; init; }

    /// <value>Where Entra ID issues the backend client's tokens (Azure Health Data Services); null elsewhere.</value>
    public BackendEntraOptions? BackendEntra { get; init; }

    /// <value>Issuers whose CDS Hooks tokens are accepted for this EHR.</value>
    public IReadOnlyList<CdsClientOptions> CdsClients { get; init; } = [];

    /// <value>Origins that may show us in a frame. Default: none.</value>
    public IReadOnlyList<string> FrameOrigins { get; init; } = [];

    /// <value>Default: <see cref="ScopeVersion.V2"/>.</value>
    public ScopeVersion ScopeVersion { get; init; } = ScopeVersion.V2;

    /// <value>Header secret of its Subscription notifications.</value>
    public string? SubscriptionSecret { get; init; }

    /// <value>What its launch does differently (<c>Quirks</c>).</value>
    public LaunchQuirks LaunchQuirks { get; init; } = new();

    /// <value>What its chart does differently (<c>Quirks</c>): names for the FHIR layer.</value>
    public IReadOnlyList<string> ChartQuirks { get; init; } = [];

    /// <summary>A record's generated text would carry the secrets into a log.</summary>
    public override string ToString() => $"EHR {Id}";
}

/// <summary>Version of CDS Hooks whose prefetch templates a client fills.</summary>
public enum PrefetchVersion { V2, V3 }

/// <summary>One issuer of CDS Hooks tokens (<c>Ehrs:N:CdsClients:M</c>).</summary>
public sealed record CdsClientOptions
{
    public required string Issuer { get; init; }

    /// <value>The key set agreed for this issuer; also the only <c>jku</c> accepted from it.</value>
    public required string JwksUrl { get; init; }

    /// <value>Accepted <c>tenant</c> claims. Default: any.</value>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <value><c>…:Audience</c>: one more <c>aud</c> that is accepted, for a client that does not send the called address (H-32). Default: none.</value>
    public string? Audience { get; init; }

    /// <value><c>…:Prefetch</c>: <c>2.0</c> plain templates, <c>3.0</c> with computed dates for a client known to fill them. Default: <c>2.0</c>.</value>
    public PrefetchVersion Prefetch { get; init; }
}
