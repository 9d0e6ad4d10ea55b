using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One reason or advice: its words, with blanks in braces, its numbers and its sources.</summary>
public sealed record ThrombosisRow(string Key, ImmutableSortedDictionary<string, string> Words, ImmutableSortedDictionary<string, int> Numbers, ImmutableArray<string> Citations)
{
    public int Months => Numbers["months"];

    public int this[string number] => Numbers[number];

    public string Say(params ReadOnlySpan<(string Blank, string Words)> fill) => Say("say", fill);

    public string Say(string member, params ReadOnlySpan<(string Blank, string Words)> fill)
    {
        var words = Words[member];
        foreach (var (blank, text) in fill) words = words.Replace($"{{{blank}}}", text, StringComparison.Ordinal);
        return words.Replace("{months}", Numbers.TryGetValue("months", out var months) ? $"{months}" : "", StringComparison.Ordinal);
    }
}

/// <summary>Thromboembolic risk, stents and bridging (thrombosis.json, evidence 2.5 to 2.7).</summary>
public sealed record ThrombosisPolicy(ImmutableSortedDictionary<string, ThrombosisRow> Rows)
{
    public ThrombosisRow this[string key] => Rows[key];

    /// <summary>Every row that the rules read, with the words and numbers that it needs; a file without one is refused at start.</summary>
    private static readonly (string Key, string[] Words, string[] Numbers)[] Needed =
    [
        ("high/valve-mitral", ["say"], []), ("high/valve-old-type", ["say"], []), ("high/valve-unknown", ["say"], []), ("high/valve-recent", ["say"], ["months"]),
        ("high/valve-risk-factors", ["say"], ["age"]), ("high/stroke", ["say"], ["months"]), ("high/af-score", ["say"], ["atLeast", "chads2AtLeast"]),
        ("high/rheumatic-mitral", ["say"], []), ("high/vte", ["say", "sayFirst"], ["months", "firstMonths"]), ("high/severe-thrombophilia", ["say"], []),
        ("high/antiphospholipid", ["say"], []), ("high/heart-thrombus", ["say"], []), ("high/lvad", ["say"], []),
        ("moderate/vte-cancer", ["say"], []), ("moderate/vte-undated", ["say"], []), ("moderate/stroke-undated", ["say"], []), ("moderate/thrombophilia", ["say"], []),
        ("moderate/valve-aortic", ["say"], []),
        ("stent/coronary", ["say", "sayUndated"], ["months"]), ("stent/other", ["say", "sayUndated"], ["months"]), ("stent/instruction", ["say"], []), ("stent/past", ["say"], []),
        ("advice/T-HIGH", ["say", "inr"], []), ("advice/T-HIGH-antiplatelet", ["say"], []), ("advice/BRIDGE-NO", ["say", "sayDoac"], []), ("advice/expected", [], ["earlierDays"]),
    ];

    public static ThrombosisPolicy Read(PolicySection section)
    {
        var rows = ImmutableSortedDictionary.CreateBuilder<string, ThrombosisRow>(StringComparer.Ordinal);
        foreach (var (key, words, numbers) in Needed)
        {
            var parts = key.Split('/');
            if (section.OptionalSection(parts[0])?.OptionalSection(parts[1]) is not { } row)
            {
                section.Faults.Add(section.Path, $"'{key}' is missing");
                continue;
            }
            rows[key] = new(key, words.ToImmutableSortedDictionary(w => w, row.Text, StringComparer.Ordinal),
                numbers.ToImmutableSortedDictionary(n => n, row.Whole, StringComparer.Ordinal), row.Cites());
            foreach (var (name, number) in rows[key].Numbers)
                if (number < 0) row.Faults.Add($"{row.Path}/{name}", "is negative");
        }
        foreach (var (group, groupSection) in section.Rows())
            foreach (var (name, row) in groupSection.Rows())
                if (Needed.All(n => n.Key != $"{group}/{name}")) section.Faults.Add(row.Path, "no rule reads this row");
        return new(rows.ToImmutable());
    }
}
