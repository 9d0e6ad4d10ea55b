using System.Text.Json;

namespace BiopsyFhir.Api.Sweep;

/// <summary>Counts under headings; tallies of parts add up to that of the whole.</summary>
public sealed class Tally
{
    private readonly SortedDictionary<string, SortedDictionary<string, long>> _counts = new(StringComparer.Ordinal);

    public long this[string heading, string what] => _counts.GetValueOrDefault(heading)?.GetValueOrDefault(what) ?? 0;

    public IReadOnlyDictionary<string, long> Under(string heading) => _counts.GetValueOrDefault(heading) ?? [];

    public long Sum(string heading) => Under(heading).Values.Sum();

    public void Count(string heading, string what, long times = 1)
    {
        if (!_counts.TryGetValue(heading, out var under)) _counts[heading] = under = new(StringComparer.Ordinal);
        under[what] = under.GetValueOrDefault(what) + times;
    }

    public void Add(Tally other)
    {
        foreach (var (heading, counts) in other._counts)
            foreach (var (what, times) in counts)
                Count(heading, what, times);
    }

    public string ToJson() => JsonSerializer.Serialize(_counts);

    public static Tally FromJson(string json)
    {
        var tally = new Tally();
        foreach (var (heading, counts) in JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, long>>>(json)!)
            foreach (var (what, times) in counts)
                tally.Count(heading, what, times);
        return tally;
    }
}

/// <summary>Headings of a sweep's tally.</summary>
public static class Heading
{
    public const string Wanted = "wanted";
    public const string Readiness = "readiness";

    /// <summary>Day of the biopsy and verdict: "2026-03-18 ready".</summary>
    public const string Days = "days";
    public const string Rules = "rules";
    public const string Held = "held";
    public const string NotAssessed = "not assessed";

    /// <summary>What could not be judged, by the system that the entry came from (meta.source).</summary>
    public const string NotJudgedBySource = "not judged, by source";

    /// <summary>Lines that are no JSON or too long, by resource type of their file: anybody may be behind them.</summary>
    public const string UnreadableLines = "unreadable lines";

    /// <summary>Resources that name no patient, by type.</summary>
    public const string OfNobody = "of nobody";

    public const string Compared = "compared";
    public const string VerdictChanges = "verdict changes";
    public const string RuleChanges = "rule changes";
}
