using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// Codes and names to ingredients, and the words that say where a medicine goes and how much is taken. Read once from
/// the knowledge files, immutable. rxnorm-cc-by-sa.tsv, atc.tsv and snomed-medications.tsv may be absent: a site may lack
/// the licence; then text and the other codes decide.
/// </summary>
public sealed record DrugCatalogue
{
    public required FrozenDictionary<string, DrugClass> Classes { get; init; }
    public required FrozenDictionary<string, Drug> Ingredients { get; init; }
    public required FrozenDictionary<(RecognisedBy System, string Code), CodedDrug> Codes { get; init; }
    public required FrozenDictionary<string, DrugRoute> Routes { get; init; }
    public required FrozenDictionary<(string System, string Code), DrugRoute> RouteCodes { get; init; }
    public required PhraseTable<DrugName> Names { get; init; }

    /// <summary>Names of antithrombotics and BTK inhibitors, for words that come close to one.</summary>
    public required NearNames NearNames { get; init; }
    public required PhraseTable<DrugPhrase> PhrasesBefore { get; init; }
    public required PhraseTable<DrugPhrase> PhrasesAfter { get; init; }
    public required PhraseTable<DrugRoute> RouteWords { get; init; }
    public required PhraseTable<DrugWord> Words { get; init; }
    public required PhraseTable<DoseWord> DoseWords { get; init; }
    public required DrugLimits Limits { get; init; }

    private readonly Remembered<DrugReading> _shared = new();
    private readonly Remembered<ImmutableArray<DrugRoute>> _routes = new();
    private Dictionary<string, NamesInText>? _texts;
    private Dictionary<Concept, DrugReading>? _products;

    /// <summary>
    /// The same catalogue, which remembers the texts that it read: a chart says the same thing many times over. For one assessment
    /// and one thread; it goes with it, so that no patient's words stay.
    /// </summary>
    public DrugCatalogue ForOneChart() => this with { _texts = new(StringComparer.Ordinal), _products = new(ReferenceEqualityComparer.Instance) };

    /// <summary>What a product is; the same instance is read once (equal JSON of one chart comes as one instance).</summary>
    internal DrugReading Read(Concept product)
    {
        if (product.Shared) return _shared.Of(product, this, static (p, drugs) => RecogniseDrug.From([p], drugs with { _texts = null, _products = null }));
        if (_products is null) return RecogniseDrug.From([product], this);
        if (!_products.TryGetValue(product, out var read)) _products[product] = read = RecogniseDrug.From([product], this);
        return read;
    }

    /// <summary>Routes of which the words of a form speak.</summary>
    internal IEnumerable<DrugRoute> RoutesIn(Concept form) => form.AllWords.SelectMany(words => Read(words).Routes);

    /// <summary>Routes that the codes and words of a stated route mean.</summary>
    internal ImmutableArray<DrugRoute> RoutesBy(Concept route) => _routes.Of(route, this, static (route, drugs) =>
    [
        .. route.Codes.Select(code => drugs.RouteCodes.GetValueOrDefault((code.System, code.Value))).OfType<DrugRoute>(),
        .. route.AllWords.SelectMany(words => drugs.Read(words).Routes),
    ]);

    /// <summary>The medicines that a text names, and its doses.</summary>
    internal NamesInText Read(string text)
    {
        if (_texts is null) return NamesInText.Of(text, this);
        if (!_texts.TryGetValue(text, out var read)) _texts[text] = read = NamesInText.Of(text, this);
        return read;
    }

    public Drug? Find(string ingredient) => Ingredients.GetValueOrDefault(ingredient);

    /// <summary>What a code stands for; an ATC code that is not listed takes the longest listed group above it.</summary>
    public CodedDrug? Find(Code code)
    {
        if (DrugCodeSystems.Of(code.System) is not { } system || system == RecognisedBy.Ndc) return null;
        var value = code.Value.Trim();
        if (system != RecognisedBy.Atc) return Codes.GetValueOrDefault((system, value));
        value = value.ToUpperInvariant();
        // The fifth level has 7 characters; national editions add to it.
        for (var length = Math.Min(value.Length, 7); length >= 3; length--)
            if (Codes.TryGetValue((system, value[..length]), out var found)) return found;
        return null;
    }

    public static DrugCatalogue Read(KnowledgeFiles files, Faults faults)
    {
        var classes = DrugTables.Classes(files, faults);
        var ingredients = DrugTables.Ingredients(files, classes, faults);
        var routes = DrugTables.Routes(files, classes, ingredients, faults);
        var names = DrugTables.Names(files, classes, ingredients, routes, faults);
        var phrases = DrugTables.Phrases(files, faults);
        var (routeCodes, routeWords) = DrugTables.RouteWords(files, routes, faults);
        return new()
        {
            Classes = classes,
            Ingredients = ingredients,
            Routes = routes,
            Codes = DrugTables.Codes(files, classes, ingredients, routes, faults),
            Names = new(names.Select(n => (n.Name, n)), twice => faults.Add("drug-names.tsv", $"'{twice}' stands twice or has no letters")),
            NearNames = new(DrugTables.NamesNotToMiss(names)),
            PhrasesBefore = phrases.Before,
            PhrasesAfter = phrases.After,
            RouteCodes = routeCodes,
            RouteWords = routeWords,
            Words = DrugTables.Words(files, faults),
            DoseWords = DrugTables.DoseWords(files, faults),
            Limits = DrugLimits.Read(files, faults),
        };
    }
}
