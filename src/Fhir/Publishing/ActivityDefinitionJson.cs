using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>What a plan asks for, without a patient: leave a medicine out, order a test.</summary>
internal static class ActivityDefinitionJson
{
    public static string HoldId(string ingredient) => PublishedId.Of($"hold-{ingredient}");

    public static string OrderId(string rule) => PublishedId.Of($"order-{rule}");

    /// <summary>"Do not give": when it begins and ends stands in the plan of each policy.</summary>
    public static PublishedResource Hold(string ingredient, Catalogue catalogue, string version, PublishContext context)
    {
        using var json = new ResourceJson("ActivityDefinition");
        var (id, name, title) = (HoldId(ingredient), PublishedId.Name($"Hold-{ingredient}"), $"Hold {ingredient}");
        var code = catalogue.Drugs.Codes.Values.Where(c => c is { System: RecognisedBy.Rxnorm, BrandLevel: false, Route: null, Class: null } && c.Drugs.Length == 1 && c.Drugs[0].Ingredient == ingredient
            && c.Name.Equals(ingredient, StringComparison.OrdinalIgnoreCase)).OrderBy(c => c.Code, StringComparer.Ordinal).FirstOrDefault();
        json.Head(context, "ActivityDefinition", id, $"urn:biopsyfhir:activity:{id}", version, name, title, "active", $"Leave out {ingredient} before a bone marrow biopsy; the days or hours stand in the plan of each policy.")
            .Text("kind", "MedicationRequest").Text("intent", "proposal").Flag("doNotPerform", true)
            .Object("productCodeableConcept", () =>
            {
                if (code is not null) json.Coding(RecognitionLists.Rxnorm, code.Code, code.Name);
                json.Text("text", ingredient);
            });
        return json.Published(context, "ActivityDefinition", id, $"urn:biopsyfhir:activity:{id}", version, name, title, "active");
    }

    /// <summary>A test of the work-up. It is coded where it is one analyte with a code that may be written.</summary>
    public static PublishedResource Order(WorkUpTest test, LabCatalogue labs, string version, PublishContext context)
    {
        using var json = new ResourceJson("ActivityDefinition");
        var (id, name, title) = (OrderId(test.Rule), PublishedId.Name($"Order-{test.Rule}"), $"Order: {test.Name}");
        var code = test.Any is [[var analyte]] && labs[analyte].Codes is [var first, ..] ? first : null;
        json.Head(context, "ActivityDefinition", id, $"urn:biopsyfhir:activity:{id}", version, name, title, "active", $"{test.Name} ({test.Rule}).")
            .Text("kind", "ServiceRequest").Text("intent", "proposal")
            .Object("code", () =>
            {
                if (code is not null) json.Coding(RecognitionLists.Loinc, code, labs.ByLoinc[code].Name);
                json.Text("text", test.Name);
            });
        return json.Published(context, "ActivityDefinition", id, $"urn:biopsyfhir:activity:{id}", version, name, title, "active");
    }
}
