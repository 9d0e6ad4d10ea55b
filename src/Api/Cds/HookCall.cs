using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Cds;

/// <summary>One call after trust and shape were checked. Ids are FHIR ids.</summary>
public sealed record HookCall
{
    public required HookService Service { get; init; }
    public required Guid HookInstance { get; init; }
    public required EhrOptions Ehr { get; init; }

    /// <value>Issuer of the JWT; the EHR's id where no token is required.</value>
    public required string Client { get; init; }

    /// <value>As received: <c>Practitioner/1</c>, <c>PractitionerRole/1</c>, <c>Patient/1</c> …</value>
    public required string UserId { get; init; }
    public required string PatientId { get; init; }
    public string? EncounterId { get; init; }

    /// <value>References of the drafts just chosen (order-select); else empty.</value>
    public required IReadOnlyList<string> Selections { get; init; }
}
