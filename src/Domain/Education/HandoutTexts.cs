using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>All texts by language.</summary>
public sealed record HandoutTexts(ImmutableSortedDictionary<string, HandoutText> ByLanguage)
{
    /// <summary>The text to use and, where the wanted one is not to be had, the line that says so.</summary>
    public (HandoutText? Text, string? Interpreter) Choose(string language, bool allowUnreviewed)
    {
        bool Usable(HandoutText t) => t.Reviewed || allowUnreviewed;
        if (ByLanguage.TryGetValue(language, out var wanted) && Usable(wanted)) return (wanted, null);
        if (!ByLanguage.TryGetValue("en", out var english) || !Usable(english)) return (null, null);
        return (english, language == "en" ? null : (wanted ?? english).Words["interpreter"]);
    }

    /// <summary>Reads every education/*.json; all faults at once.</summary>
    public static HandoutTexts Read(KnowledgeFiles files, Faults faults, IReadOnlyCollection<string> citations)
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, HandoutText>(StringComparer.Ordinal);
        foreach (var (name, bytes) in files.ByName.Where(f => f.Key.StartsWith("education/", StringComparison.Ordinal) && f.Key.EndsWith(".json", StringComparison.Ordinal)))
        {
            if (PolicySet.ParseBytes(name, bytes, faults) is not { } json) continue;
            var text = HandoutText.Read(new PolicySection(json, name, faults, citations));
            foreach (var key in text.Sections.SelectMany(s => s.Citations).Distinct())
                if (!citations.Contains(key)) faults.Add(name, $"'{key}' is not in citations.json");
            if (!texts.TryAdd(text.Language, text)) faults.Add(name, $"the language '{text.Language}' stands twice");
        }
        if (!texts.ContainsKey("en")) faults.Add("education", "the English text is missing");
        foreach (var text in texts.Values.Where(t => t.Language != "en"))
            foreach (var missing in texts.GetValueOrDefault("en")?.Sections.Select(s => s.Id).Except(text.Sections.Select(s => s.Id)) ?? [])
                faults.Add($"education/{text.Language}.json", $"the section '{missing}' is missing");
        foreach (var text in texts.Values.Where(t => t.Language != "en"))
            foreach (var missing in texts.GetValueOrDefault("en")?.Tests.Keys.Except(text.Tests.Keys) ?? [])
                faults.Add($"education/{text.Language}.json", $"the test '{missing}' has no name");
        return new(texts.ToImmutable());
    }
}
