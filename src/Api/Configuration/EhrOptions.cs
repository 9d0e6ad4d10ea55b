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

    /// <value><c>Ehrs:N:Id</c>: its short name in our URLs. Default: the issuer's host.</value>
    public required string Id { get; init; }

    /// <value><c>Ehrs:N:Issuer</c>: FHIR base URL. Kept byte for byte, for a trailing slash matters to some servers' check of <c>aud</c>; looked up without it. Required.</value>
    public required string Issuer { get; init; }

    /// <value><c>Ehrs:N:ClientId</c>: our client id at its authorization server. Default: none; without one it cannot launch us.</value>
    public string? ClientId { get; init; }

    /// <value><c>Ehrs:N:ClientAuth</c>: <c>none</c> (public client with PKCE), <c>secret</c> (HTTP Basic), <c>private-key</c> (signed assertion, RFC 7523). Default: <c>none</c>.</value>
    public ClientAuth ClientAuth { get; init; }

    /// <value><c>Ehrs:N:ClientSecret</c>: with <c>secret</c> only. Default: none.</value>
    public string? ClientSecret { get; init; }

    /// <value><c>Ehrs:N:ClientSecretFile</c>: instead, a file that holds it in one line; read again when it changes. Default: none.</value>
    public string? ClientSecretFile { get; init; }

    /// <value><c>Ehrs:N:BackendClientId</c>: client of SMART Backend Services, for automation; authenticates by key, or as <c>BackendEntra</c> says. Default: none.</value>
    public string? BackendClientId { get; init; }

    /// <value>Where Entra ID issues the backend client's tokens (Azure Health Data Services); null elsewhere.</value>
    public BackendEntraOptions? BackendEntra { get; init; }

    /// <value>Issuers whose CDS Hooks tokens are accepted for this EHR.</value>
    public IReadOnlyList<CdsClientOptions> CdsClients { get; init; } = [];

    /// <value><c>Ehrs:N:FrameOrigins:K</c>: origins that may show us in a frame; no wildcards. Default: none.</value>
    public IReadOnlyList<string> FrameOrigins { get; init; } = [];

    /// <value><c>Ehrs:N:ScopeVersion</c>: scope syntax, <c>v1</c> (<c>patient/X.read</c>) or <c>v2</c> (<c>patient/X.rs</c>). Default: <c>v2</c>.</value>
    public ScopeVersion ScopeVersion { get; init; } = ScopeVersion.V2;

    /// <value><c>Ehrs:N:SubscriptionSecret</c>: header secret of its notifications, 16 characters or more. Default: none.</value>
    public string? SubscriptionSecret { get; init; }

    /// <value>
    /// <c>Ehrs:N:SubscriptionSecretFile</c>: instead, a file that holds one or several, one a line, each of which counts; read again when
    /// it changes. Default: none.
    /// </value>
    public string? SubscriptionSecretFile { get; init; }

    /// <value><c>Ehrs:N:Quirks:K</c>: what it does differently. Launch: <c>pkce-not-announced</c>, <c>oauth-uris-in-metadata</c>, <c>cookieless-launch</c>; chart: <c>epic-like</c>, <c>oracle-like</c>, <c>athena-like</c> and single switches (a wrong name is answered with the list). Default: none.</value>
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
    /// <value><c>Ehrs:N:CdsClients:M:Issuer</c>: <c>iss</c> of CDS Hooks tokens that are accepted for this EHR. Required.</value>
    public required string Issuer { get; init; }

    /// <value><c>Ehrs:N:CdsClients:M:JwksUrl</c>: the key set agreed for this issuer; also the only <c>jku</c> accepted from it. Required.</value>
    public required string JwksUrl { get; init; }

    /// <value><c>Ehrs:N:CdsClients:M:Tenants:K</c>: accepted <c>tenant</c> claims. Default: any.</value>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <value><c>Ehrs:N:CdsClients:M:Audience</c>: one more <c>aud</c> accepted from a client that does not send the called address (H-32). Default: none.</value>
    public string? Audience { get; init; }

    /// <value><c>Ehrs:N:CdsClients:M:Prefetch</c>: <c>2.0</c> plain prefetch templates, <c>3.0</c> with computed dates for a client known to fill them. Default: <c>2.0</c>.</value>
    public PrefetchVersion Prefetch { get; init; }
}
