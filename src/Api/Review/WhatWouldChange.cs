using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Review;

/// <summary>
/// What would make a finding another one or take it away: words for each rule (Words/what-would-change.json), and what the other
/// presets say of the same patient. It tells where to look; it never asks anybody to change a record that is right.
/// </summary>
public static class WhatWouldChange
{
    /// <summary>Rule id -> words. Read once; the file is part of the program.</summary>
    public static FrozenDictionary<string, string> Words { get; } = Read();

    public static IEnumerable<string> Of(Finding finding, Readiness readiness, ImmutableArray<Readiness> presets)
    {
        if (Words.GetValueOrDefault(finding.Rule) is { } words) yield return words;
        foreach (var other in presets.Where(p => p.Policy.Id != readiness.Policy.Id))
        {
            var there = other.Findings.FirstOrDefault(f => f.Rule == finding.Rule && f.Subject == finding.Subject);
            if (there is null) yield return $"Preset {other.Policy.Id} does not raise this point.";
            else if (there.Title != finding.Title) yield return $"Preset {other.Policy.Id}: {there.Title}.";
        }
    }

    private static FrozenDictionary<string, string> Read()
    {
        using var file = typeof(WhatWouldChange).Assembly.GetManifestResourceStream("what-would-change.json")
            ?? throw new InvalidOperationException("what-would-change.json is not part of the program.");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(file)!.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
