using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Something about an entry that a person must settle.</summary>
public sealed record Doubt(string Why, MightHide Hides);

/// <summary>One ingredient that an entry names.</summary>
/// <param name="By">Best way in which it was recognised.</param>
/// <param name="Possible">Only through a brand that can also cover products without it.</param>
/// <param name="Routes">Where codes and names say that it goes.</param>
public sealed record RecognisedDrug(Drug Drug, RecognisedBy By, bool Possible, ImmutableArray<DrugRoute> Routes)
{
    /// <summary>What one unit holds of it, as the product's texts say.</summary>
    public Strength? Strength { get; init; }
}

/// <summary>What the codes and words of one medication entry name.</summary>
/// <param name="ClassOnly">The class it names, when it names no ingredient.</param>
/// <param name="Texts">Every text of the entry's product, and the names of its codes.</param>
/// <param name="ForPain">A product for pain, as its name or its other ingredients tell.</param>
public sealed record DrugReading(ImmutableArray<RecognisedDrug> Drugs, DrugClass? ClassOnly, RecognisedBy ClassBy,
    ImmutableArray<Doubt> Doubts, ImmutableArray<NamesInText> Texts, ImmutableArray<CodedDrug> Codes, bool ForPain)
{
    /// <summary>Where the texts say that it goes, each once.</summary>
    public ImmutableArray<DrugRoute> Routes { get; } = [.. Texts.SelectMany(t => t.Routes).Distinct()];
}

/// <summary>
/// Codes and words to ingredients. Every code is tried, and the text is always read too: codes newer than the catalogue
/// exist, and a text may name another medicine than its code (evidence 7.1 rule 4).
/// </summary>
public static class RecogniseDrug
{
    private sealed record Evidence(Drug Drug, RecognisedBy By, bool BrandLevelCode, NameKind? Kind, DrugRoute? Route);

    public static DrugReading From(MedicationRecord record, DrugCatalogue drugs) =>
        record.Ingredients.IsEmpty ? drugs.Read(record.Product) : From([record.Product, .. record.Ingredients], drugs);

    public static DrugReading From(ImmutableArray<Concept> concepts, DrugCatalogue drugs)
    {
        var coded = concepts.SelectMany(c => c.Codes).Select(drugs.Find).OfType<CodedDrug>().Distinct().ToImmutableArray();
        var texts = concepts.SelectMany(c => c.AllWords).Distinct().Select(t => NamesInText.Read(t, drugs)).ToImmutableArray();
        if (coded.IsEmpty && texts.All(t => t.Names.IsEmpty && t.Resembles.IsEmpty)) return Nothing(texts);
        var codeNames = coded.Where(c => !c.Drugs.IsEmpty).Select(c => (Code: c, Text: NamesInText.Read(c.Name, drugs))).ToImmutableArray();

        var evidence = coded.SelectMany(c => c.Drugs.Select(d => new Evidence(d, c.System, c.BrandLevel, null, Route(c.Route, drugs))))
            // A code's own name tells the other ingredients of a combination; a brand in it may cover other products.
            .Concat(codeNames.SelectMany(c => c.Text.Meant.Where(n => n.Name.Kind == NameKind.Generic).SelectMany(n => n.Name.Drugs.Except(c.Code.Drugs).Select(d => new Evidence(d, c.Code.System, c.Code.BrandLevel, n.Name.Kind, null)))))
            .Concat(texts.SelectMany(t => t.Meant.SelectMany(n => n.Name.Drugs.Select(d => new Evidence(d, RecognisedBy.Text, false, n.Name.Kind, Route(n.Name.Route, drugs))))))
            .ToList();
        ImmutableArray<NamesInText> all = [.. texts, .. codeNames.Select(c => c.Text)];
        ImmutableArray<RecognisedDrug> found = [.. evidence.GroupBy(e => e.Drug).Select(AsOne).Select(d => d with { Strength = Strength.Of(d.Drug, all, drugs) }).OrderBy(d => d.Drug.Ingredient, StringComparer.Ordinal)];

        ImmutableArray<(DrugClass Class, RecognisedBy By)> classes =
        [
            .. coded.Where(c => c.Class is not null).Select(c => (c.Class!, c.System)),
            .. texts.SelectMany(t => t.Meant).Where(n => n.Name.Class is not null).Select(n => (n.Name.Class!, RecognisedBy.Text)),
        ];
        var open = classes.Where(c => !found.Any(f => f.Drug.Class.Within.Contains(c.Class.Name))).OrderBy(c => c.By).ThenBy(c => c.Class.Name, StringComparer.Ordinal).ToList();
        var nameless = found.IsEmpty && open.Count > 0;
        return new(found, nameless ? open[0].Class : null, nameless ? open[0].By : RecognisedBy.None,
            [.. Doubts(concepts, coded, codeNames.SelectMany(c => c.Text.Meant), texts, found, open.Select(o => o.Class), drugs).Distinct()],
            all, coded,
            all.Any(t => t.ForPain || t.Meant.Any(n => n.Name.Analgesic)) || found.Any(f => f.Drug.Is("opioid")));
    }

    /// <summary>A medicine that is not in the catalogue, as most are.</summary>
    private static DrugReading Nothing(ImmutableArray<NamesInText> texts) =>
        new([], null, RecognisedBy.None, texts.Any(t => t.Readable) ? [] : [s_unreadable], texts, [], texts.Any(t => t.ForPain));

    private static readonly Doubt s_unreadable = new("Neither a known code nor a readable name.", MightHide.Antithrombotic);

    private static DrugRoute? Route(string? key, DrugCatalogue drugs) => key is null ? null : drugs.Routes[key];

    private static RecognisedDrug AsOne(IGrouping<Drug, Evidence> about) => new(about.Key, about.Min(e => e.By), Possible(about),
        [.. about.Select(e => e.Route).OfType<DrugRoute>().Distinct().OrderBy(r => r.Key, StringComparer.Ordinal)]);

    /// <summary>
    /// A brand-level code stays "possible" until a product-level code or the ingredient's own name says the same; a brand
    /// in a text is possible only where the catalogue lists it so.
    /// </summary>
    private static bool Possible(IEnumerable<Evidence> about) => about.Any(e => e.BrandLevelCode)
        ? !about.Any(e => (e.Kind is null && !e.BrandLevelCode) || (!e.BrandLevelCode && e.Kind is NameKind.Generic or NameKind.Abbreviation or NameKind.Misspelling))
        : about.All(e => e.Kind == NameKind.Possible);

    private static IEnumerable<Doubt> Doubts(ImmutableArray<Concept> concepts, ImmutableArray<CodedDrug> coded, IEnumerable<NameFound> inCodeNames, ImmutableArray<NamesInText> texts,
        ImmutableArray<RecognisedDrug> found, IEnumerable<DrugClass> openClasses, DrugCatalogue drugs)
    {
        foreach (var drug in found.Where(f => f.Possible))
            yield return new($"Possibly {drug.Drug.Ingredient}: the brand also covers other products. Confirm which product is taken.", drug.Drug.Class.Hides);
        foreach (var @class in openClasses)
            yield return new($"Names only a class of medicines ({@class.Words}). Ask which medicine is taken.", @class.Hides);

        var byCode = coded.SelectMany(c => c.Drugs).Concat(inCodeNames.SelectMany(n => n.Name.Drugs)).ToHashSet();
        foreach (var name in texts.SelectMany(t => t.Meant).Select(n => n.Name).Where(n => !n.Drugs.IsEmpty && byCode.Count > 0 && !n.Drugs.Any(byCode.Contains)))
            if (name.Drugs.Any(Matters))
                yield return new($"The code says {Words(coded.SelectMany(c => c.Drugs))}, the text says {Words(name.Drugs)}. Both are counted; confirm which is taken.", MightHide.Antithrombotic);
        foreach (var concept in concepts)
        {
            var sets = concept.Codes.Select(drugs.Find).OfType<CodedDrug>().Where(c => !c.Drugs.IsEmpty).ToList();
            if (sets.Any(a => sets.Any(b => !a.Drugs.Any(b.Drugs.Contains) && a.Drugs.Concat(b.Drugs).Any(Matters))))
                yield return new($"Its codes name different medicines ({Words(sets.SelectMany(s => s.Drugs))}). All are counted; confirm which is taken.", MightHide.Antithrombotic);
        }

        foreach (var (word, name) in texts.SelectMany(t => t.Resembles))
            if (!found.Any(f => Names(name, drugs).Contains(f.Drug)))
                yield return new($"\"{word}\" is not known here and comes close to {name}. Confirm which medicine it is.", MightHide.Antithrombotic);

        var denied = texts.SelectMany(t => t.Names).Where(n => n.Denied is not null).ToList();
        foreach (var name in denied.Where(n => n.Name.Drugs.IsEmpty || !n.Name.Drugs.All(d => found.Any(f => f.Drug == d))))
        {
            var matters = name.Name.Class?.Hides ?? (name.Name.Drugs.Any(Matters) ? MightHide.Antithrombotic : MightHide.Other);
            yield return new($"Read as \"{name.Denied!.Phrase.Replace("{drug}", name.Name.Name, StringComparison.Ordinal)}\": not counted as a medicine taken. Confirm.",
                name.Denied.Hides == MightHide.Antithrombotic ? matters : MightHide.Other);
        }
        if (found.IsEmpty && denied.Count == 0 && !openClasses.Any() && !coded.Any(c => c.Class is not null) && !texts.Any(t => t.Readable))
            yield return s_unreadable;
    }

    private static ImmutableArray<Drug> Names(string name, DrugCatalogue drugs) => drugs.Names.Longest(Token.Of(name).AsSpan(), 0)?.Value.Drugs ?? [];

    private static bool Matters(Drug drug) => drug.Class.Hides == MightHide.Antithrombotic;

    private static string Words(IEnumerable<Drug> drugs) => string.Join(" and ", drugs.Select(d => d.Ingredient).Distinct().Order(StringComparer.Ordinal));
}
