using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

public sealed record ConditionRecord
{
    public required string Reference { get; init; }
    public required Concept Code { get; init; }

    /// <summary>active, recurrence, relapse, inactive, remission, resolved; null when missing.</summary>
    public string? ClinicalStatus { get; init; }

    /// <summary>confirmed, provisional, refuted, entered-in-error …; null when missing.</summary>
    public string? VerificationStatus { get; init; }
    public PartialDate? Onset { get; init; }
    public PartialDate? Abated { get; init; }
    public PartialDate? Recorded { get; init; }
    public ImmutableArray<Concept> BodySites { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];
    public string? CannotInterpret { get; init; }
}

public sealed record AllergyRecord
{
    public required string Reference { get; init; }
    public required Concept Code { get; init; }
    public string? ClinicalStatus { get; init; }
    public string? VerificationStatus { get; init; }

    /// <summary>allergy, intolerance or null.</summary>
    public string? Type { get; init; }

    /// <summary>low, high, unable-to-assess or null.</summary>
    public string? Criticality { get; init; }

    /// <summary>Manifestations and substances of the reactions.</summary>
    public ImmutableArray<Concept> Reactions { get; init; } = [];

    /// <summary>mild, moderate, severe of the reactions.</summary>
    public ImmutableArray<string> Severities { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];
    public string? CannotInterpret { get; init; }
}

/// <summary>A Procedure, or a Device in the patient (implant): both tell of valves, stents, ports and earlier biopsies.</summary>
public sealed record ProcedureRecord
{
    public required string Reference { get; init; }
    public required Concept Code { get; init; }
    public bool IsDevice { get; init; }
    public string? Status { get; init; }

    /// <summary>performed[x]; for a period its end (else its start). For a Device the date of implantation, if known.</summary>
    public PartialDate? Performed { get; init; }
    public ImmutableArray<Concept> BodySites { get; init; } = [];
    public ImmutableArray<Concept> Reasons { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];
    public string? CannotInterpret { get; init; }
}

/// <summary>A ServiceRequest.</summary>
public sealed record OrderRecord
{
    public required string Reference { get; init; }
    public required Concept Code { get; init; }

    /// <summary>Order detail and category, whose words may say what the code does not.</summary>
    public ImmutableArray<Concept> Details { get; init; } = [];
    public string? Status { get; init; }
    public string? Intent { get; init; }
    public bool DoNotPerform { get; init; }

    /// <summary>occurrence[x]; a period counts from its start.</summary>
    public PartialDate? Occurs { get; init; }
    public PartialDate? Authored { get; init; }
    public ImmutableArray<Concept> BodySites { get; init; } = [];

    /// <summary>reasonCode, and the code of each Condition or Observation that reasonReference points to.</summary>
    public ImmutableArray<Concept> Reasons { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];
    public string? CannotInterpret { get; init; }
}

public sealed record AppointmentRecord
{
    public required string Reference { get; init; }

    /// <summary>serviceType, appointmentType, reasonCode and description.</summary>
    public ImmutableArray<Concept> About { get; init; } = [];
    public string? Status { get; init; }
    public PartialDate? Start { get; init; }

    /// <summary>References to orders it books (basedOn).</summary>
    public ImmutableArray<string> Orders { get; init; } = [];
    public string? CannotInterpret { get; init; }
}
