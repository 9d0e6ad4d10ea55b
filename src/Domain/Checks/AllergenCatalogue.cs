using System.Collections.Frozen;
using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>Allergy codes to the few allergens that matter for a biopsy (allergens.tsv; snomed-allergens.tsv where a site has it).</summary>
public sealed record AllergenCatalogue(FrozenDictionary<(string System, string Code), string> ByCode)
{
    public const string NoKnownAllergy = "none";

    public static AllergenCatalogue Read(KnowledgeFiles files, Faults faults)
    {
        var codes = new Dictionary<(string, string), string>();
        if (!files.ByName.ContainsKey("allergens.tsv")) faults.Add("allergens.tsv", "file is missing");
        foreach (var name in (string[])["allergens.tsv", "snomed-allergens.tsv"])
        {
            if (!files.ByName.TryGetValue(name, out var bytes)) continue;
            var line = 0;
            foreach (var text in Encoding.UTF8.GetString(bytes.Span).Split('\n'))
            {
                line++;
                if (text.Length == 0 || text[0] == '#' || text.StartsWith("concept\t", StringComparison.Ordinal)) continue;
                var cells = text.Split('\t');
                if (cells.Length != 5) faults.Add($"{name}:{line}", "five columns are expected");
                else if (!codes.TryAdd((cells[1], cells[2]), Allergen(cells[0], cells[4]))) faults.Add($"{name}:{line}", $"code {cells[2]} stands twice");
            }
        }
        return new(codes.ToFrozenDictionary());
    }

    /// <summary>"No known latex allergy" is coded beside the latex codes and says the opposite.</summary>
    private static string Allergen(string concept, string kind) => kind.StartsWith("no known", StringComparison.Ordinal) ? NoKnownAllergy : concept;
}
