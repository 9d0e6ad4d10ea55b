using System.Collections.Immutable;

namespace BiopsyFhir.Fhir.Gather;

/// <summary>One resource type that a review searches for, with every parameter it uses.</summary>
/// <param name="Optional">Not asked for where the server does not announce it; the others are asked for always.</param>
public sealed record ChartSearch(string Type, ImmutableArray<string> Parameters, bool Optional);

/// <summary>What a review asks of a FHIR server, for those who set one up: the searches of <see cref="GatherChart"/> without a patient.</summary>
public static class ChartSearches
{
    public static ImmutableArray<ChartSearch> All { get; } =
    [
        .. Searches.For(new GatherRequest { Patient = "Patient/x", Zone = TimeZoneInfo.Utc, AsOf = DateOnly.MaxValue, ResultCodes = ["x"] })
            .Where(search => search.BestEffortFor is null)
            .GroupBy(search => search.Type)
            .Select(of => new ChartSearch(of.Key,
                [.. of.SelectMany(search => search.Query.Parameters).Select(p => p.Name).Distinct().Where(name => !name.StartsWith('_'))],
                Searches.Optional.Contains(of.Key))),
    ];
}
