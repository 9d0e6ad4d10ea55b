using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Which allergens of ours an allergy entry names: by code, else by words in English, Spanish or Turkish.</summary>
public static class Allergens
{
    private static readonly ImmutableArray<(string Allergen, string Word)> Words =
    [
        ("local-anesthetic", "caine"), ("local-anesthetic", "caina"), ("local-anesthetic", "caína"), ("local-anesthetic", "kain"),
        ("local-anesthetic", "local anaesthetic"), ("local-anesthetic", "local anesthetic"), ("local-anesthetic", "anestésico local"), ("local-anesthetic", "lokal anestez"),
        ("chlorhexidine", "chlorhexidin"), ("chlorhexidine", "clorhexidin"), ("chlorhexidine", "klorheksidin"), ("chlorhexidine", "chloraprep"), ("chlorhexidine", "hibiclens"),
        ("povidone-iodine", "povidone"), ("povidone-iodine", "povidona"), ("povidone-iodine", "povidon"), ("povidone-iodine", "betadine"), ("povidone-iodine", "batikon"), ("povidone-iodine", "betadona"),
        ("iodine", "iodine"), ("iodine", "contrast"), ("iodine", "yodo"), ("iodine", "contraste"), ("iodine", "iyot"), ("iodine", "kontrast"),
        ("latex", "latex"), ("latex", "látex"), ("latex", "lateks"),
        ("adhesive", "adhesive"), ("adhesive", "adhesivo"), ("adhesive", "esparadrapo"), ("adhesive", "plaster"), ("adhesive", "flaster"), ("adhesive", "surgical tape"),
        ("sedation", "midazolam"), ("sedation", "fentan"), ("sedation", "lorazepam"), ("sedation", "morphin"), ("sedation", "morfin"), ("sedation", "propofol"), ("sedation", "ketamin"),
    ];

    /// <summary>Words that contain an allergen's word and mean something else.</summary>
    private static readonly ImmutableArray<string> NotThese = ["cocaine", "cocaína", "cocaina", "kokain", "latex paint"];

    public static ImmutableSortedSet<string> Of(AllergyRecord allergy, AllergenCatalogue catalogue)
    {
        var found = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var code in allergy.Code.Codes)
            if (catalogue.ByCode.TryGetValue((code.System, code.Value), out var allergen)) found.Add(allergen);
        if (found.Contains(AllergenCatalogue.NoKnownAllergy)) return [];
        foreach (var text in allergy.Code.AllWords)
        {
            var lower = text.ToLowerInvariant();
            if (lower.StartsWith("no known", StringComparison.Ordinal) || lower.StartsWith("no ", StringComparison.Ordinal)) continue;
            foreach (var other in NotThese) lower = lower.Replace(other, "", StringComparison.Ordinal);
            foreach (var (allergen, word) in Words)
                if (lower.Contains(word, StringComparison.Ordinal)) found.Add(allergen);
        }
        if (found.Contains("povidone-iodine")) found.Remove("iodine");
        return found.ToImmutable();
    }
}
