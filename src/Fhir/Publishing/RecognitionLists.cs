using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <param name="System">Code system; names that people write stand in <see cref="RecognitionLists.MedicineNames"/> or <see cref="RecognitionLists.LabNames"/>.</param>
public readonly record struct ListedCode(string System, string Code, string? Display);

/// <summary>Codes by pattern: whole categories of ICD-10.</summary>
/// <param name="Regex">For the whole code.</param>
public readonly record struct ListedPattern(string System, string Regex);

/// <summary>What one value set lists.</summary>
/// <param name="Kind">medicine, medicine-possible, medicine-class, result, problem, allergen or order.</param>
/// <param name="Of">Key of the knowledge files: apixaban, platelets, vte …</param>
public sealed record RecognitionList(string Kind, string Of, ImmutableArray<ListedCode> Codes, ImmutableArray<ListedPattern> Patterns, ImmutableArray<ListedPattern> Except)
{
    public string Id => PublishedId.Of($"{Kind}-{Of}");

    public bool IsEmpty => Codes.IsEmpty && Patterns.IsEmpty;
}

/// <summary>
/// Everything by which the engine recognises medicines, results, problems, allergies and orders, as lists. They come from the catalogue
/// that the engine itself uses, so a terminology file that a site leaves out is in no list either.
/// </summary>
public static class RecognitionLists
{
    public const string MedicineNames = "urn:biopsyfhir:medicine-name";
    public const string LabNames = "urn:biopsyfhir:result-name";
    public const string Rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
    public const string Atc = "http://www.whocc.no/atc";
    public const string Snomed = "http://snomed.info/sct";
    public const string Loinc = "http://loinc.org";
    public const string Icd10Pcs = "http://www.cms.gov/Medicare/Coding/ICD10";

    public static ImmutableArray<RecognitionList> Of(Catalogue catalogue) =>
        [.. Medicines(catalogue.Drugs).Concat(Classes(catalogue.Drugs)).Concat(Results(catalogue.Labs)).Concat(Problems(catalogue.Problems))
            .Concat(Allergens(catalogue.Allergens)).Append(Orders(catalogue.Biopsies)).Where(list => !list.IsEmpty)];

    public static string MedicineId(string ingredient) => PublishedId.Of($"medicine-{ingredient}");

    public static string ResultId(string analyte) => PublishedId.Of($"result-{analyte}");

    /// <summary>A brand that can also cover other products, and a name that may mean something else, are lists of their own: possible, to be confirmed.</summary>
    private static IEnumerable<RecognitionList> Medicines(DrugCatalogue drugs)
    {
        var codes = drugs.Codes.Values.SelectMany(c => c.Drugs.Select(d => (d.Ingredient, Code: c))).ToLookup(c => c.Ingredient, c => c.Code);
        var names = drugs.Names.All.SelectMany(n => n.Drugs.Select(d => (d.Ingredient, Name: n))).ToLookup(n => n.Ingredient, n => n.Name);
        foreach (var ingredient in drugs.Ingredients.Keys.Order(StringComparer.Ordinal))
        {
            yield return Plain("medicine", ingredient, Codes(codes[ingredient].Where(c => !c.BrandLevel))
                .Concat(Names(names[ingredient].Where(n => n.Kind is NameKind.Generic or NameKind.Brand or NameKind.Abbreviation or NameKind.Misspelling))));
            yield return Plain("medicine-possible", ingredient, Codes(codes[ingredient].Where(c => c.BrandLevel))
                .Concat(Names(names[ingredient].Where(n => n.Kind == NameKind.Possible))));
        }
    }

    private static IEnumerable<RecognitionList> Classes(DrugCatalogue drugs)
    {
        var codes = drugs.Codes.Values.Where(c => c.Class is not null).ToLookup(c => c.Class!.Name);
        var names = drugs.Names.All.Where(n => n is { Kind: NameKind.Class, Class: not null }).ToLookup(n => n.Class!.Name);
        return drugs.Classes.Keys.Order(StringComparer.Ordinal).Select(name => Plain("medicine-class", name, Codes(codes[name]).Concat(Names(names[name]))));
    }

    private static IEnumerable<RecognitionList> Results(LabCatalogue labs)
    {
        var names = labs.ByName.SelectMany(n => n.Value.Select(a => (a.Analyte.Key, n.Key))).Distinct().ToLookup(n => n.Item1, n => n.Item2);
        return labs.Analytes.Values.OrderBy(a => a.Key, StringComparer.Ordinal).Select(analyte => Plain("result", analyte.Key,
            analyte.LookedFor.Select(code => new ListedCode(Loinc, code, labs.ByLoinc[code].Name))
                .Concat(names[analyte.Key].Select(name => new ListedCode(LabNames, name, null)))));
    }

    private static IEnumerable<RecognitionList> Problems(ProblemCatalogue problems)
    {
        var codes = problems.ByCode.SelectMany(c => c.Value.Kinds.Select(kind => (kind, Code: new ListedCode(c.Key.System, c.Key.Code, null)))).ToLookup(c => c.kind, c => c.Code);
        return problems.Kinds.OrderBy(k => k.Key, StringComparer.Ordinal).Select(kind => Plain("problem", kind.Key, codes[kind.Key]) with
        {
            Patterns = [.. kind.CodePatterns.Select(Pattern)],
            Except = [.. kind.ExceptCodes.Select(Pattern)],
        });
    }

    private static IEnumerable<RecognitionList> Allergens(AllergenCatalogue allergens) =>
        allergens.ByCode.GroupBy(a => a.Value, StringComparer.Ordinal).OrderBy(a => a.Key, StringComparer.Ordinal)
            .Select(a => Plain("allergen", a.Key, a.Select(code => new ListedCode(code.Key.System, code.Key.Code, null))));

    private static RecognitionList Orders(BiopsyCatalogue biopsies) =>
        Plain("order", "bone-marrow-biopsy", biopsies.OrderCodes.Distinct().Select(code => new ListedCode(code.System, code.Code, null)));

    private static RecognitionList Plain(string kind, string of, IEnumerable<ListedCode> codes) =>
        new(kind, of, [.. codes.DistinctBy(c => (c.System, c.Code)).OrderBy(c => c.System, StringComparer.Ordinal).ThenBy(c => c.Code, StringComparer.Ordinal)], [], []);

    private static IEnumerable<ListedCode> Codes(IEnumerable<CodedDrug> codes) => codes.Select(c => new ListedCode(c.System switch
    {
        RecognisedBy.Rxnorm => Rxnorm,
        RecognisedBy.Atc => Atc,
        RecognisedBy.Snomed => Snomed,
        _ => throw new InvalidOperationException($"{c.System} is no terminology of medicines."),
    }, c.Code, c.Name));

    private static IEnumerable<ListedCode> Names(IEnumerable<DrugName> names) => names.Select(n => new ListedCode(MedicineNames, n.Name, null));

    /// <summary>A beginning, with ? for any one character (problems.json). ICD-10-PCS codes begin with a digit, or are procedures of letters 0 to 9 and B to H by their seven places.</summary>
    private static ListedPattern Pattern(string written) => new(char.IsAsciiDigit(written[0]) || written.Contains('?') ? Icd10Pcs : ProblemCatalogue.Icd10Cm,
        written.Replace(".", "\\.", StringComparison.Ordinal).Replace('?', '.') + ".*");
}
