using System.Text.Json.Nodes;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>What a scenario says about a rule: it must speak, it must not, or nothing.</summary>
internal static class Truth
{
    /// <returns>
    /// True when <c>must</c> names the rule. False when it is named nowhere as wanted or allowed and either <c>mustNot</c> forbids the
    /// whole rule or no unasked finding is tolerated from a level on that the rule has. Null when the scenario leaves it open.
    /// </returns>
    public static bool? Wanted(Scenario scenario, string rule)
    {
        if (Names(scenario, "must", rule)) return true;
        if (Names(scenario, "may", rule)) return null;
        if (scenario.Patterns("mustNot").Any(p => Covers(p, rule) && p["subject"] is null && p["severityAtLeast"] is null && p["severity"] is null)) return false;
        if (Compare.Usual.Contains(rule)) return null;
        return Compare.ClosedFrom(scenario) <= s_lowest.Value.GetValueOrDefault(rule, -1) ? false : null;
    }

    /// <summary>Wanted and, entry by entry, as wanted.</summary>
    public static bool SpeaksRightly(Scenario scenario, string rule) =>
        scenario.Patterns("must").Where(m => m["rule"]?.ToString() == rule).All(m => scenario.Findings.Any(f => Compare.Meets(m, f)));

    public static bool Speaks(Scenario scenario, string rule) => scenario.Findings.Any(f => f["rule"]!.ToString() == rule);

    /// <summary>The lowest severity that any expectation gives a rule.</summary>
    private static readonly Lazy<Dictionary<string, int>> s_lowest = new(() => Scenario.All.SelectMany(s => s.Patterns("must"))
        .Where(m => m["rule"] is not null && m["severity"] is not null)
        .GroupBy(m => m["rule"]!.ToString()).ToDictionary(g => g.Key, g => g.Min(Compare.Rank)));

    private static bool Names(Scenario scenario, string list, string rule) => scenario.Patterns(list).Any(p => Covers(p, rule));

    private static bool Covers(JsonObject pattern, string rule) => pattern["rule"]?.ToString() is { } name
        && (name == rule || name.EndsWith('*') && rule.StartsWith(name[..^1], StringComparison.Ordinal));
}
