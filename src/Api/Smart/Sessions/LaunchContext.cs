using BiopsyFhir.Api.Smart.Tokens;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>What a launch established, as kept (encrypted) with the session. Never changes, except the granted scope on a refresh.</summary>
public sealed record LaunchContext
{
    public required string EhrId { get; init; }
    public required string Issuer { get; init; }
    public required string Patient { get; init; }
    public string? Encounter { get; init; }
    public string? FhirUser { get; init; }
    public string? UserReference { get; init; }
    public string? UserName { get; init; }
    public required string RequestedScope { get; init; }
    public required string GrantedScope { get; init; }
    public bool NeedPatientBanner { get; init; } = true;
    public string? Intent { get; init; }
    public string? Tenant { get; init; }
    public string? StyleUrl { get; init; }
    public string? AppContext { get; init; }
    public IReadOnlyList<ContextItem> Context { get; init; } = [];
    public bool Standalone { get; init; }

    /// <summary>The row that it was kept in: its id, EHR and cookie. Null in rows of a version before.</summary>
    public string? Row { get; init; }

    public override string ToString() => "(launch context)";
}
