using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>How far a source was verified (evidence, tags): V seen in the source itself, V2 in a copy, V2w in a weak copy, U from memory, D our default.</summary>
public enum Verification { V, V2, V2w, U, D }

/// <summary>A source that a rule or a row rests on.</summary>
public sealed record Citation(string Key, string Text, string? Url, Verification Verification);

/// <summary>
/// One preset, composed from the knowledge files (and a site's overlay), typed and validated. Immutable; one per preset id.
/// </summary>
public sealed record Policy
{
    /// <summary>P1, P2, P3 or a site policy's id.</summary>
    public required string Id { get; init; }

    /// <summary>The preset whose columns it takes: P1, P2 or P3.</summary>
    public required string Preset { get; init; }
    public required string Name { get; init; }
    public required string Version { get; init; }

    /// <summary>"sha256:…" over the composed document and the recognition files: stamps every answer.</summary>
    public required string Hash { get; init; }

    /// <summary>The composed document as JSON, from which the typed parts were read: for people who list and compare policies.</summary>
    public required string Document { get; init; }
    public required ImmutableSortedDictionary<string, Citation> Citations { get; init; }
    public required MedicinePolicy Medicines { get; init; }
    public required ThrombosisPolicy Thrombosis { get; init; }
    public required LabPolicy Labs { get; init; }
    public required WorkUpPolicy WorkUp { get; init; }
    public required AnaemiaPolicy Anaemia { get; init; }
    public required CheckPolicy Checks { get; init; }

    /// <summary>What codes, names and units mean; the same for every preset.</summary>
    public required Catalogue Catalogue { get; init; }
}

/// <summary>Recognition data, the same for every preset.</summary>
public sealed record Catalogue(DrugCatalogue Drugs, LabCatalogue Labs, ProblemCatalogue Problems, AllergenCatalogue Allergens, BiopsyCatalogue Biopsies);
