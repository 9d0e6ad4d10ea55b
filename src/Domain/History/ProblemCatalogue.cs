using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Domain;

/// <summary>
/// Codes and words to the problems that rules ask about: problems.json, conditions.tsv, and snomed-conditions.tsv where a site has it.
/// </summary>
public sealed record ProblemCatalogue(ImmutableArray<ProblemKind> Kinds, FrozenDictionary<(string System, string Code), ProblemCatalogue.CodeRow> ByCode)
{
    /// <summary>Per kind of record, because most kinds of problem stand only in some: place in <see cref="Kinds"/> and phrase.</summary>
    private readonly FrozenDictionary<ProblemSource, PhraseIndex<int>> _phrases = Enum.GetValues<ProblemSource>().ToFrozenDictionary(s => s,
        s => new PhraseIndex<int>(Kinds.SelectMany((k, at) => k.From.Contains(s) ? k.Words.Select(w => (at, w)) : [])));

    /// <summary>Kinds that shared concepts name, per kind of record; kept as long as the catalogue.</summary>
    internal FrozenDictionary<ProblemSource, Remembered<(List<ReadHistory.Match> Named, bool ToBeRuledOut)>> Remembered { get; } =
        Enum.GetValues<ProblemSource>().ToFrozenDictionary(s => s, _ => new Remembered<(List<ReadHistory.Match>, bool)>());

    private readonly FrozenDictionary<string, int> _places = Kinds.Select((k, at) => (k.Key, at)).ToFrozenDictionary(k => k.Key, k => k.at, StringComparer.Ordinal);

    /// <summary>Places of the kinds with ICD-10 patterns, by the first letter of the pattern.</summary>
    private readonly ILookup<char, int> _patterns = Kinds.SelectMany((k, at) => k.CodePatterns.Select(p => (First: p.Length == 0 ? '?' : p[0], at))).Distinct().ToLookup(p => p.First, p => p.at);

    /// <summary>
    /// Kinds that the codes and words of a record may name, in the order of <see cref="Kinds"/>, with the phrases that may name them. A
    /// chart has thousands of entries and the catalogue a hundred kinds: only these few need a closer look.
    /// </summary>
    public List<(ProblemKind Kind, List<Phrase> Phrases)> MayName(ProblemSource source, List<Code> codes, List<CodeRow> rows, ImmutableArray<Word> words)
    {
        var possible = new SortedList<int, List<Phrase>>();
        foreach (var (at, phrase) in _phrases[source].In(words)) Phrases(at).Add(phrase);
        foreach (var row in rows)
            foreach (var key in row.Kinds)
                if (_places.TryGetValue(key, out var at)) Phrases(at);
        foreach (var code in codes)
        {
            if (!IsIcd10(code.System) || code.Value.Length == 0) continue;
            foreach (var at in _patterns[code.Value[0]]) Phrases(at);
            foreach (var at in _patterns['?']) Phrases(at);
        }
        return [.. possible.Where(p => Kinds[p.Key].From.Contains(source)).Select(p => (Kinds[p.Key], p.Value))];

        List<Phrase> Phrases(int at)
        {
            if (!possible.TryGetValue(at, out var phrases)) possible.Add(at, phrases = []);
            return phrases;
        }
    }

    public const string Icd10Cm = "http://hl7.org/fhir/sid/icd-10-cm";
    public const string Snomed = "http://snomed.info/sct";

    /// <param name="Kinds">Keys of problems.json.</param>
    public sealed record CodeRow(ImmutableArray<string> Kinds, ImmutableSortedDictionary<string, string> Details);

    /// <summary>ICD-10 and its national versions, ICD-10-CM and ICD-10-PCS: the same letters mean the same category.</summary>
    public static bool IsIcd10(string system) => system is Icd10Cm or "http://hl7.org/fhir/sid/icd-10" or "http://hl7.org/fhir/sid/icd-10-pcs" or "http://www.cms.gov/Medicare/Coding/ICD10"
        || system.Contains("icd-10", StringComparison.OrdinalIgnoreCase);

    /// <summary>System and code as the files write them: object identifiers as URIs, ICD-10 with its point.</summary>
    public static Code Normal(Code code)
    {
        var system = code.System switch
        {
            "urn:oid:2.16.840.1.113883.6.90" => Icd10Cm,
            "urn:oid:2.16.840.1.113883.6.3" => "http://hl7.org/fhir/sid/icd-10",
            "urn:oid:2.16.840.1.113883.6.96" => Snomed,
            _ => code.System,
        };
        var value = code.Value.Trim().ToUpperInvariant();
        if (IsIcd10(system) && value.Length > 3 && !value.Contains('.') && char.IsLetter(value[0])) value = $"{value[..3]}.{value[3..]}";
        return code with { System = system, Value = value };
    }

    public CodeRow? Find(Code code) =>
        ByCode.GetValueOrDefault((code.System, code.Value)) ?? (IsIcd10(code.System) ? ByCode.GetValueOrDefault((Icd10Cm, code.Value)) : null);

    public static ProblemCatalogue Read(KnowledgeFiles files, Faults faults)
    {
        var kinds = ReadKinds(files, faults);
        var known = kinds.Select(k => k.Key).ToHashSet();
        foreach (var kind in kinds)
        {
            foreach (var other in kind.Unless.Where(o => !known.Contains(o) || o == kind.Key)) faults.Add($"problems.json/{kind.Key}/unless", $"'{other}' is no other kind");
            foreach (var phrase in kind.Words.Concat(kind.Not).Where(p => p.Parts.Any(rows => rows.Any(row => row.Length == 0 || row.Words.Any(w => w.Any(x => x.Text.Length == 0))))))
                faults.Add($"problems.json/{kind.Key}", $"'{phrase.Written}' has an empty word");
            if (kind.Words.IsEmpty && kind.CodePatterns.IsEmpty) faults.Add($"problems.json/{kind.Key}", "neither words nor codes");
        }
        var codes = new Dictionary<(string, string), CodeRow>();
        foreach (var (name, optional) in ((string, bool)[])[("conditions.tsv", false), ("snomed-conditions.tsv", true)])
            foreach (var row in KnowledgeTable.Read(files, name, faults, optional, "kind", "system", "code", "display", "details"))
            {
                foreach (var kind in row.Several("kind"))
                    if (!known.Contains(kind)) faults.Add(row.Where, $"'{kind}' is not in problems.json");
                if (!codes.TryAdd((row["system"], row["code"]), new([.. row.Several("kind")], Details(row["details"])))) faults.Add(row.Where, $"code {row["code"]} stands twice");
            }
        return new(kinds, codes.ToFrozenDictionary());
    }

    private static ImmutableSortedDictionary<string, string> Details(string cell) =>
        cell.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split('=')).ToImmutableSortedDictionary(d => d[0], d => d[1], StringComparer.Ordinal);

    private static ImmutableArray<ProblemKind> ReadKinds(KnowledgeFiles files, Faults faults)
    {
        const string name = "problems.json";
        if (!files.ByName.TryGetValue(name, out var bytes))
        {
            faults.Add(name, "file is missing");
            return [];
        }
        JsonObject json;
        try
        {
            json = JsonNode.Parse(bytes.Span) as JsonObject ?? [];
        }
        catch (System.Text.Json.JsonException e)
        {
            faults.Add(name, $"not JSON: {e.Message}");
            return [];
        }
        return [.. new PolicySection(json, name, faults, []).Rows().Select(r => ReadKind(r.Key, r.Row))];
    }

    /// <summary>Diseases stand among conditions and reasons; "heart failure education" is a procedure and no heart failure.</summary>
    private static readonly ImmutableArray<ProblemSource> DefaultSources = [ProblemSource.Condition, ProblemSource.MedicationReason, ProblemSource.OrderReason];

    private static ProblemKind ReadKind(string key, PolicySection row)
    {
        var details = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, ImmutableArray<Phrase>>>(StringComparer.Ordinal);
        if (row.OptionalSection("details") is { } section)
            foreach (var (detail, values) in section.Rows())
                details[detail] = values.Names.ToImmutableSortedDictionary(v => v, v => Phrases(values, v), StringComparer.Ordinal);
        return new ProblemKind(key, row.OptionalText("kind") ?? key, row.Flag("lasting"), row.Flag("pastIsOver"),
            row.Has("from") ? [.. row.Texts("from").Select(f => Source(row, f))] : row.Flag("done") ? [.. DefaultSources, ProblemSource.Procedure, ProblemSource.Device] : DefaultSources,
            [.. Phrases(row, "en"), .. Phrases(row, "es"), .. Phrases(row, "tr")], Phrases(row, "not"), row.Texts("unless"), row.Texts("icd10"), row.Texts("icd10Except"), details.ToImmutable());
    }

    private static ProblemSource Source(PolicySection row, string name)
    {
        if (Enum.TryParse<ProblemSource>(name.Replace("-", ""), ignoreCase: true, out var source)) return source;
        row.Faults.Add($"{row.Path}/from", $"'{name}' is no kind of record");
        return default;
    }

    private static ImmutableArray<Phrase> Phrases(PolicySection row, string name) => [.. row.Texts(name).Select(Phrase.Read)];
}
