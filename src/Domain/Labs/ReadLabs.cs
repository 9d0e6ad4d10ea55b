using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Result entries -> values by analyte in canonical units (evidence 3.7 to 3.9).</summary>
public static class ReadLabs
{
    public static LabSheet From(Snapshot snapshot, Policy policy) => new(ImmutableSortedDictionary<string, ImmutableArray<LabValue>>.Empty, [], [], []);
}
