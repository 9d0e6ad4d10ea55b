using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Fhir.Publishing;

namespace BiopsyFhir.Api.Published;

/// <summary>What every rule is about, in words (Words/rules.json): for /fhir and for docs/rules.md. The rules themselves do not read it.</summary>
public static class RuleShelf
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    /// <summary>Rule id -> words, in the order of the file. Read once; the file is part of the program.</summary>
    public static IReadOnlyDictionary<string, RuleWords> Rules { get; } = Read();

    private static OrderedDictionary<string, RuleWords> Read()
    {
        using var file = typeof(RuleShelf).Assembly.GetManifestResourceStream("rules.json") ?? throw new InvalidOperationException("rules.json is not part of the program.");
        var rules = JsonSerializer.Deserialize<OrderedDictionary<string, RuleWords>>(file, s_options)!;
        return new(rules.Select(r => KeyValuePair.Create(r.Key, r.Value with { Edges = Some(r.Value.Edges), Rows = Some(r.Value.Rows), Numbers = Some(r.Value.Numbers) })));
    }

    private static ImmutableArray<string> Some(ImmutableArray<string> texts) => texts.IsDefault ? [] : texts;
}
