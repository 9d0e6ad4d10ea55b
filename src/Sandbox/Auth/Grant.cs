namespace BiopsyFhir.Sandbox.Auth;

/// <summary>What one launch (or one backend token request) was allowed. Codes, access and refresh tokens all point here, so that revoking
/// it once stops them all.</summary>
internal sealed record Grant
{
    public string Id { get; } = Opaque.New();
    public required string ClientId { get; init; }

    /// <summary>Granted scopes as they will be told to the client.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    public string? Patient { get; init; }
    public string? Encounter { get; init; }
    public string? Intent { get; init; }

    /// <summary>References told as <c>fhirContext</c>, e.g. the order the app was launched from.</summary>
    public IReadOnlyList<string> Context { get; init; } = [];

    public string? AppContext { get; init; }

    /// <summary>False when the EHR already shows the patient (launch inside the EHR's frame).</summary>
    public bool NeedsBanner { get; init; } = true;

    /// <summary>Relative reference of the signed-in user; null for a backend service.</summary>
    public string? User { get; init; }
    public string? Nonce { get; init; }

    public bool Has(string scope) => Scopes.Contains(scope);
}
