namespace BiopsyFhir.Api.Smart.Discovery;

/// <summary>What an EHR says about its authorization server (SMART App Launch 2.2, section 2.1). Lists are null where it says nothing.</summary>
public sealed record ServerConfiguration
{
    /// <summary>OpenID issuer; may differ from the FHIR base.</summary>
    public string? Issuer { get; init; }
    public required Uri Authorize { get; init; }
    public required Uri Token { get; init; }
    public Uri? KeySet { get; init; }
    public Uri? Introspect { get; init; }
    public Uri? Revoke { get; init; }
    public IReadOnlyList<string>? Capabilities { get; init; }
    public IReadOnlyList<string>? ChallengeMethods { get; init; }
    public IReadOnlyList<string>? GrantTypes { get; init; }
    public IReadOnlyList<string>? AuthMethods { get; init; }
    public IReadOnlyList<string>? SigningAlgorithms { get; init; }
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>RFC 9207: the callback will carry <c>iss</c>, so one without it is not from this server.</summary>
    public bool AnswersWithIssuer { get; init; }

    public bool Can(string capability) => Capabilities?.Contains(capability, StringComparer.Ordinal) is true;
}
