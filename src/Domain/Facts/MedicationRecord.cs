using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

public enum MedicationSource { Request, Statement, Administration, Dispense, Draft }

/// <summary>One medication entry as received. <see cref="MedicationSource.Draft"/> is a draft order in a hook: a medicine-to-be.</summary>
public sealed record MedicationRecord
{
    public required string Reference { get; init; }
    public required MedicationSource Source { get; init; }

    /// <summary>Codes and text of the product, from the entry or from the Medication it refers to.</summary>
    public required Concept Product { get; init; }

    /// <summary>Ingredients named by the Medication resource, when there is one.</summary>
    public ImmutableArray<Concept> Ingredients { get; init; } = [];
    public Concept? Form { get; init; }

    /// <summary>FHIR status code as received, lower case; null when missing.</summary>
    public string? Status { get; init; }
    public string? Intent { get; init; }
    public bool DoNotPerform { get; init; }

    /// <summary>authoredOn, dateAsserted, whenHandedOver or administration time.</summary>
    public PartialDate? Authored { get; init; }
    public PartialDate? Started { get; init; }

    /// <summary>End of use, from a period or bounds; for a stopped entry the last day it may have been taken.</summary>
    public PartialDate? Ended { get; init; }

    /// <summary>When an on-hold entry was put on hold, if recorded.</summary>
    public PartialDate? HeldSince { get; init; }
    public ImmutableArray<Dosage> Dosages { get; init; } = [];
    public ImmutableArray<Concept> Reasons { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Set when the entry is there but must not be interpreted (unknown modifier, broken reference, unreadable status).</summary>
    public string? CannotInterpret { get; init; }
}

/// <summary>One dosage instruction as received.</summary>
public sealed record Dosage
{
    public string? Text { get; init; }
    public decimal? Dose { get; init; }

    /// <summary>UCUM code of the dose, else its unit text.</summary>
    public string? DoseUnit { get; init; }
    public int? Frequency { get; init; }
    public decimal? Period { get; init; }
    public string? PeriodUnit { get; init; }
    public ImmutableArray<TimeOnly> TimesOfDay { get; init; } = [];

    /// <summary>FHIR event-timing codes, for example MORN, EVE, HS.</summary>
    public ImmutableArray<string> When { get; init; } = [];
    public bool AsNeeded { get; init; }
    public Concept? Route { get; init; }

    /// <summary>Rate such as mL/h: an infusion.</summary>
    public bool HasRate { get; init; }
}
