using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What an order takes out of the marrow; the more it says the further down. Sampling: it does not say which.</summary>
public enum Sampling { Sampling, Aspiration, Biopsy }

/// <summary>
/// Codes and words to: is this a marrow biopsy, why, and where (biopsy.json, with snomed-biopsy.json or a site's cpt-biopsy.json
/// beside it for codes under other licences). Evidence 7.1 rules 8 and 9.
/// </summary>
public sealed record BiopsyCatalogue
{
    /// <summary>A code, exact or as the beginning of codes (ICD-10-CM), and what it means.</summary>
    private sealed record CodeRow(string System, string Code, bool Begins);

    private sealed record IndicationRow(string Indication, ImmutableArray<string> Words, ImmutableArray<string> Abbreviations, ImmutableArray<CodeRow> Codes);

    private sealed record SiteRow(string Site, ImmutableArray<string> Words, ImmutableArray<CodeRow> Codes);

    private sealed record OrderRow(Sampling Means, CodeRow Code);

    private ImmutableArray<OrderRow> Orders { get; init; } = [];
    private ImmutableArray<SiteRow> Sites { get; init; } = [];

    /// <summary>In the order of the file: the first that fits decides, so that "MDS on treatment" is monitoring.</summary>
    private ImmutableArray<IndicationRow> Reasons { get; init; } = [];
    private ImmutableArray<CodeRow> MarrowCodes { get; init; } = [];
    private ImmutableArray<string> Marrow { get; init; } = [];
    private ImmutableArray<string> BiopsyWords { get; init; } = [];
    private ImmutableArray<string> AspirationWords { get; init; } = [];
    private ImmutableArray<string> BiopsyPhrases { get; init; } = [];
    private ImmutableArray<string> AspirationPhrases { get; init; } = [];

    /// <summary>Transplant, donation, harvest: whatever else it says, it is no biopsy.</summary>
    private ImmutableArray<string> NeverWords { get; init; } = [];

    /// <summary>Guidance, consultation: a text with one of these speaks of another service around a biopsy.</summary>
    private ImmutableArray<string> NotByItselfWords { get; init; } = [];

    /// <summary>"Post-transplant" and the like: no transplant is ordered.</summary>
    private ImmutableArray<string> HarmlessPhrases { get; init; } = [];
    private ImmutableArray<string> NoBiopsyPhrases { get; init; } = [];

    public static BiopsyCatalogue Read(KnowledgeFiles files, IReadOnlyCollection<string> citationKeys, Faults faults)
    {
        if (!files.ByName.TryGetValue("biopsy.json", out var main))
        {
            faults.Add("biopsy.json", "file is missing");
            return new();
        }
        var catalogue = new BiopsyCatalogue().With("biopsy.json", main, citationKeys, faults);
        // Without one of these no order, or a donor's, would be taken for a biopsy.
        foreach (var (table, isEmpty) in new[]
        {
            ("words/marrow", catalogue.Marrow.IsEmpty), ("words/biopsy", catalogue.BiopsyWords.IsEmpty), ("words/aspiration", catalogue.AspirationWords.IsEmpty),
            ("words/never", catalogue.NeverWords.IsEmpty), ("sites", catalogue.Sites.IsEmpty), ("indications", catalogue.Reasons.IsEmpty),
        })
            if (isEmpty) faults.Add($"biopsy.json/{table}", "is missing or empty");
        foreach (var (name, bytes) in files.ByName.Where(f => f.Key.EndsWith("-biopsy.json", StringComparison.Ordinal)))
            catalogue = catalogue.With(name, bytes, citationKeys, faults);
        return catalogue;
    }

    private BiopsyCatalogue With(string name, ReadOnlyMemory<byte> bytes, IReadOnlyCollection<string> citationKeys, Faults faults)
    {
        if (PolicySet.ParseBytes(name, bytes, faults) is not { } json) return this;
        var file = new PolicySection(json, name, faults, citationKeys);
        var orders = Rows(file, "orders").SelectMany(row => Codes(row).Select(code => new OrderRow(row.Choice<Sampling>("means"), code))).ToList();
        var sites = Rows(file, "sites").Select(row => new SiteRow(OneOf(row, "site", BiopsySettings.Sites), row.Texts("words"), Codes(row))).ToList();
        var reasons = Rows(file, "indications").Select(row => new IndicationRow(OneOf(row, "indication", Indications.All), row.Texts("words"), row.Texts("abbreviations"), Codes(row))).ToList();
        var words = file.OptionalSection("words");
        if (words is not null) words.Cites();
        return this with
        {
            Orders = Orders.AddRange(orders),
            Sites = Sites.AddRange(sites),
            Reasons = Merge(reasons),
            MarrowCodes = file.OptionalSection("marrow") is { } marrow ? MarrowCodes.AddRange(Codes(marrow)) : MarrowCodes,
            Marrow = Marrow.AddRange(words?.Texts("marrow") ?? []),
            BiopsyWords = BiopsyWords.AddRange(words?.Texts("biopsy") ?? []),
            AspirationWords = AspirationWords.AddRange(words?.Texts("aspiration") ?? []),
            BiopsyPhrases = BiopsyPhrases.AddRange(words?.Texts("biopsyPhrases") ?? []),
            AspirationPhrases = AspirationPhrases.AddRange(words?.Texts("aspirationPhrases") ?? []),
            NeverWords = NeverWords.AddRange(words?.Texts("never") ?? []),
            NotByItselfWords = NotByItselfWords.AddRange(words?.Texts("notByItself") ?? []),
            HarmlessPhrases = HarmlessPhrases.AddRange(words?.Texts("harmless") ?? []),
            NoBiopsyPhrases = NoBiopsyPhrases.AddRange(words?.Texts("withoutBiopsy") ?? []),
        };
    }

    /// <summary>Codes of another file join the row of the same indication, whose rank stays.</summary>
    private ImmutableArray<IndicationRow> Merge(List<IndicationRow> more)
    {
        var rows = Reasons;
        foreach (var row in more)
        {
            var at = rows.IndexOf(rows.FirstOrDefault(r => r.Indication == row.Indication)!);
            rows = at < 0 || row.Words.Length > 0 ? rows.Add(row) : rows.SetItem(at, rows[at] with { Codes = rows[at].Codes.AddRange(row.Codes) });
        }
        return rows;
    }

    /// <summary>Exact codes of orders, with their systems, for a search.</summary>
    public IEnumerable<(string System, string Code)> OrderCodes => Orders.Where(o => !o.Code.Begins).Select(o => (o.Code.System, o.Code.Code));

    /// <summary>What the codes and words of an order, or of one of its parts, sample. Null: nothing of the marrow.</summary>
    public Sampling? Recognise(Concept concept) => Orders.Where(row => concept.Codes.Any(c => Fits(row.Code, c))).Select(row => (Sampling?)row.Means)
        .Concat(concept.AllWords.Select(RecogniseWords)).Max();

    /// <summary>Transplant, donation or harvest, in any of its words.</summary>
    public bool IsNever(Concept concept) => concept.AllWords.Select(WithoutHarmless).Any(plain => BeginsAny(plain, NeverWords));

    private Sampling? RecogniseWords(string text)
    {
        var plain = WithoutHarmless(text);
        if (BeginsAny(plain, NotByItselfWords)) return null;
        var (biopsy, aspiration) = (BeginsAny(plain, BiopsyPhrases), BeginsAny(plain, AspirationPhrases));
        if (BeginsAny(plain, Marrow))
        {
            if (BeginsAny(plain, NoBiopsyPhrases)) return Sampling.Aspiration;
            biopsy |= BeginsAny(plain, BiopsyWords);
            aspiration |= BeginsAny(plain, AspirationWords);
        }
        return biopsy ? Sampling.Biopsy : aspiration ? Sampling.Aspiration : null;
    }

    private string WithoutHarmless(string text)
    {
        var plain = PlainWords.Of(text);
        foreach (var phrase in HarmlessPhrases)
            if (PlainWords.Begins(plain, phrase)) plain = plain.Replace(" " + phrase, " ", StringComparison.Ordinal);
        return plain;
    }

    private static bool BeginsAny(string plain, ImmutableArray<string> phrases)
    {
        foreach (var phrase in phrases)
            if (PlainWords.Begins(plain, phrase)) return true;
        return false;
    }

    /// <summary>"Biopsy" or "aspiration", of whatever; the body site may name the marrow.</summary>
    public Sampling? RecogniseAction(Concept concept)
    {
        var plain = concept.AllWords.Select(WithoutHarmless).Where(p => !BeginsAny(p, NotByItselfWords)).ToList();
        return plain.Any(p => BeginsAny(p, BiopsyWords)) ? Sampling.Biopsy : plain.Any(p => BeginsAny(p, AspirationWords)) ? Sampling.Aspiration : null;
    }

    public bool IsMarrow(Concept concept) =>
        MarrowCodes.Any(row => concept.Codes.Any(c => Fits(row, c))) || concept.AllWords.Any(words => BeginsAny(PlainWords.Of(words), Marrow));

    /// <summary>The site of a body site, or of words that name one; null when it says none that we know.</summary>
    public string? Site(Concept concept)
    {
        var plain = concept.AllWords.Select(PlainWords.Of).ToList();
        return Sites.FirstOrDefault(row => row.Codes.Any(code => concept.Codes.Any(c => Fits(code, c))) || plain.Exists(words => BeginsAny(words, row.Words)))?.Site;
    }

    /// <summary>The first indication of the file that any of the reasons fits, with that reason; null when none is understood.</summary>
    public (string Indication, Concept Reason)? Indication(IReadOnlyCollection<Concept> reasons)
    {
        var plain = reasons.Select(reason => (reason, reason.AllWords.Select(words => (words, PlainWords.Of(words))).ToList())).ToList();
        foreach (var row in Reasons)
            foreach (var (reason, words) in plain)
                if (Fits(row, reason, words)) return (row.Indication, reason);
        return null;
    }

    private static bool Fits(IndicationRow row, Concept reason, List<(string AsWritten, string Plain)> words)
    {
        foreach (var code in row.Codes)
            foreach (var c in reason.Codes)
                if (Fits(code, c)) return true;
        foreach (var (written, plain) in words)
        {
            if (BeginsAny(plain, row.Words)) return true;
            foreach (var abbreviation in row.Abbreviations)
                if (HasAbbreviation(written, abbreviation)) return true;
        }
        return false;
    }

    /// <summary>Abbreviations stand alone and in capitals: ALL is a leukaemia, all is not.</summary>
    private static bool HasAbbreviation(string words, string abbreviation)
    {
        for (var at = words.IndexOf(abbreviation, StringComparison.Ordinal); at >= 0; at = words.IndexOf(abbreviation, at + 1, StringComparison.Ordinal))
            if ((at == 0 || !char.IsLetterOrDigit(words[at - 1])) && (at + abbreviation.Length == words.Length || !char.IsLetterOrDigit(words[at + abbreviation.Length])))
                return true;
        return false;
    }

    /// <summary>A code without a system fits only an exact row, for ours are unmistakable; ICD prefixes need the system.</summary>
    private static bool Fits(CodeRow row, Code code) => row.Begins
        ? SameSystem(row.System, code.System) && code.Value.StartsWith(row.Code, StringComparison.OrdinalIgnoreCase)
        : code.Value == row.Code && (code.System.Length == 0 || SameSystem(row.System, code.System));

    /// <summary>ICD-10-CM also comes as ICD-10 of other countries and by OID; its first three characters mean the same.</summary>
    private static bool SameSystem(string ours, string theirs) =>
        ours == theirs || (ours == "http://hl7.org/fhir/sid/icd-10-cm" && theirs is "urn:oid:2.16.840.1.113883.6.90" or "http://hl7.org/fhir/sid/icd-10" or "urn:oid:2.16.840.1.113883.6.3");

    private static IEnumerable<PolicySection> Rows(PolicySection file, string table)
    {
        foreach (var (_, row) in file.OptionalSection(table)?.Rows() ?? [])
        {
            row.Cites();
            yield return row;
        }
    }

    private static ImmutableArray<CodeRow> Codes(PolicySection row)
    {
        var system = row.OptionalText("system");
        ImmutableArray<CodeRow> codes = [.. row.Texts("codes").Select(c => new CodeRow(system ?? "", c, false)), .. row.Texts("codesBeginning").Select(c => new CodeRow(system ?? "", c, true))];
        if (codes.Length > 0 && system is null) row.Faults.Add($"{row.Path}/system", "is missing");
        return codes;
    }

    private static string OneOf(PolicySection row, string name, ImmutableArray<string> allowed)
    {
        var text = row.Text(name);
        if (text.Length > 0 && !allowed.Contains(text)) row.Faults.Add($"{row.Path}/{name}", $"'{text}' is none of {string.Join(", ", allowed)}");
        return text;
    }
}
