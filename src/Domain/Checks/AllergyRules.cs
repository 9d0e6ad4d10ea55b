using System.Buffers;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A-LOCAL, A-SKIN, A-LATEX, A-SED (evidence section 4).</summary>
public static class AllergyRules
{
    private sealed record Allergy(AllergyRecord Record, ImmutableSortedSet<string> To);

    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var checks = situation.Policy.Checks;
        var allergies = situation.Snapshot.Chart.Allergies
            .Concat(OnTheProblemList(situation))
            .Where(Counts)
            .Select(a => new Allergy(a, Allergens.Of(a, situation.Policy.Catalogue.Allergens)))
            .ToImmutableArray();

        ImmutableArray<Allergy> To(string allergen) => [.. allergies.Where(a => a.To.Contains(allergen))];
        Finding Say(string row, ImmutableArray<Allergy> to) => checks[row].Say(string.Join("; ", to.Select(a => Words(a.Record))), to.Select(a => AsFact(a.Record)));

        var (local, chlorhexidine, povidone) = (To("local-anesthetic"), To("chlorhexidine"), To("povidone-iodine"));
        if (!local.IsEmpty) yield return Say(local.Any(a => Anaphylactic(a.Record)) ? "A-LOCAL/anaphylaxis" : "A-LOCAL/other", local);
        if (!chlorhexidine.IsEmpty && !povidone.IsEmpty) yield return Say("A-SKIN/both", [.. chlorhexidine, .. povidone]);
        else if (!chlorhexidine.IsEmpty) yield return Say("A-SKIN/chlorhexidine", chlorhexidine);
        else if (!povidone.IsEmpty) yield return Say("A-SKIN/povidone-iodine", povidone);
        if (To("iodine") is { IsEmpty: false } iodine) yield return Say("A-SKIN/iodine", iodine);
        if (To("latex") is { IsEmpty: false } latex) yield return Say("A-LATEX", latex);
        if (To("sedation") is { IsEmpty: false } sedatives && situation.Snapshot.Biopsy.Sedation != "none") yield return Say("A-SED/sedative", sedatives);
        if (To("adhesive") is { IsEmpty: false } adhesive) yield return Say("A-SED/adhesive", adhesive);
    }

    /// <summary>Many charts keep an allergy among the problems too, or only there ("Latex allergy status", Z91.040): it counts as one.</summary>
    private static IEnumerable<AllergyRecord> OnTheProblemList(Situation situation) =>
        situation.Snapshot.Chart.Conditions
            .Where(c => SpeaksOfAllergy(c.Code, situation.Policy.Catalogue.Allergens))
            .Select(c => new AllergyRecord
            {
                Reference = c.Reference,
                Code = c.Code,
                ClinicalStatus = c.ClinicalStatus,
                VerificationStatus = c.VerificationStatus,
                Notes = c.Notes,
            });

    private static bool SpeaksOfAllergy(Concept code, AllergenCatalogue catalogue)
    {
        foreach (var one in code.Codes)
            if (catalogue.ByCode.ContainsKey((one.System, one.Value))) return true;
        foreach (var words in code.AllWords)
            if (words.AsSpan().ContainsAny(AllergyWords) && !words.AsSpan().ContainsAny(OthersWords)) return true;
        return false;
    }

    private static readonly SearchValues<string> AllergyWords = SearchValues.Create(["allerg", "alérg", "alerg", "alerj", "anaphyla", "anafila"], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<string> OthersWords = SearchValues.Create(["family", "famili", "aile"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuted, mistaken and resolved entries do not count; an entry without any status does.</summary>
    private static bool Counts(AllergyRecord a) =>
        a.VerificationStatus is not ("refuted" or "entered-in-error") && a.ClinicalStatus is not ("resolved" or "inactive");

    private static bool Anaphylactic(AllergyRecord a) =>
        a.Criticality == "high" || a.Severities.Contains("severe")
        || a.Reactions.SelectMany(r => r.AllWords).Concat(a.Notes).Concat(a.Code.AllWords)
            .Any(w => w.Contains("anaphyla", StringComparison.OrdinalIgnoreCase) || w.Contains("anafila", StringComparison.OrdinalIgnoreCase));

    private static string Words(AllergyRecord a)
    {
        var reactions = string.Join(", ", a.Reactions.Select(r => r.Words).Where(w => w.Length > 0));
        return reactions.Length == 0 ? a.Code.Words : $"{a.Code.Words} ({reactions})";
    }

    private static Fact AsFact(AllergyRecord a) => new(a.Reference, $"{Words(a)}{(a.Criticality is { } c ? $", criticality {c}" : "")}");
}
