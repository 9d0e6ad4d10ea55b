using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One row per analyte seen or required, against the strictest window that applies to this patient (evidence 7.1 rule 11).</summary>
public static class LabRows
{
    public static ImmutableArray<LabRow> From(Situation situation) => [];
}
