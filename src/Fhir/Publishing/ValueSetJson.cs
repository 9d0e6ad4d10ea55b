using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>One list of recognition as ValueSet: codes by system, with the notices that their terminologies ask for.</summary>
internal static class ValueSetJson
{
    public static PublishedResource Of(RecognitionList list, string version, PublishContext context)
    {
        using var json = new ResourceJson("ValueSet");
        var (title, description) = Words(list);
        var (name, identifier) = (PublishedId.Name($"{list.Kind}-{list.Of}"), $"urn:biopsyfhir:list:{list.Id}");
        var systems = list.Codes.GroupBy(c => c.System, StringComparer.Ordinal).ToList();
        json.Head(context, "ValueSet", list.Id, identifier, version, name, title, "active", description)
            .Flag("immutable", false)
            .Text("copyright", string.Join(' ', systems.Select(s => Notice(s.Key)).Concat(list.Patterns.Select(p => Notice(p.System))).OfType<string>().Distinct()))
            .Object("compose", () => json
                .List("include", systems.Select(s => (Action)(() => json.Text("system", s.Key)
                        .List("concept", s, c => json.Text("code", c.Code).Text("display", c.Display))))
                    .Concat(list.Patterns.Select(Filter)), write => write())
                .List("exclude", list.Except.Select(Filter), write => write()));
        return json.Published(context, "ValueSet", list.Id, identifier, version, name, title, "active");

        Action Filter(ListedPattern pattern) => () => json.Text("system", pattern.System)
            .One("filter", () => json.Text("property", "code").Text("op", "regex").Text("value", pattern.Regex));
    }

    private static (string Title, string Description) Words(RecognitionList list) => list.Kind switch
    {
        "medicine" => ($"Medicine: {list.Of}", $"Codes and names by which {list.Of} is recognised. An ATC code that is not listed takes the longest listed group above it. Text beside a code is always examined too."),
        "medicine-possible" => ($"Possibly {list.Of}", $"Brands and names that may mean {list.Of} and may mean something else: possible, to be confirmed."),
        "medicine-class" => ($"Class of medicines: {list.Of}", $"Codes and names that tell only the class {list.Of}: which medicine it is must be asked."),
        "result" => ($"Result: {list.Of}", $"LOINC codes and names (lower case, without accents and punctuation) by which {list.Of} is recognised."),
        "problem" => ($"Problem: {list.Of}", $"Codes by which {list.Of} is recognised on the problem list; phrases stand in problems.json. Words that deny it, or say that it is over, decide too."),
        "allergen" => ($"Allergy: {list.Of}", list.Of == AllergenCatalogue.NoKnownAllergy ? "Codes that say that there is no such allergy." : $"Codes by which an allergy to {list.Of} is recognised."),
        _ => ("Orders of a bone marrow biopsy", "Codes by which an order is recognised as a bone marrow aspiration or biopsy; words recognise it too."),
    };

    private static string? Notice(string system) => system switch
    {
        RecognitionLists.Rxnorm => "RxNorm: public domain, courtesy of the U.S. National Library of Medicine, which is not responsible for this product and does not endorse it.",
        RecognitionLists.Atc => "ATC: WHO Collaborating Centre for Drug Statistics Methodology; the snapshot is CC BY-NC-SA 4.0.",
        RecognitionLists.Snomed => "SNOMED CT: (c) SNOMED International; use needs an affiliate licence.",
        RecognitionLists.Loinc => "This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at http://loinc.org/license. LOINC(R) is a registered United States trademark of Regenstrief Institute, Inc.",
        ProblemCatalogue.Icd10Cm or RecognitionLists.Icd10Pcs => "ICD-10-CM and ICD-10-PCS: U.S. government, public domain.",
        _ => null,
    };
}
