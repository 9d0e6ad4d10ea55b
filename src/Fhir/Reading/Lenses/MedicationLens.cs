using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// The product of a medication entry: a concept of its own (R4 <c>medicationCodeableConcept</c>, R5 <c>medication.concept</c>), or the
/// Medication it refers to with its ingredients.
/// </summary>
internal readonly struct MedicationLens(Entry entry, Reader reader)
{
    public sealed record Product(Concept Concept, ImmutableArray<Concept> Ingredients, Concept? Form, string? CannotInterpret, string? Note);

    public Product Read()
    {
        var json = entry.Resource;
        var choice = json.Member("medication");
        var inline = reader.OptionalConcept(json, "medicationCodeableConcept") ?? (choice.Has("reference") && !choice.Has("concept") ? null : Concepts.AsConcept(choice));
        var reference = json.Member("medicationReference") is { ValueKind: JsonValueKind.Object } r4 ? r4
            : choice.Member("reference") is { ValueKind: JsonValueKind.Object } r5 ? r5
            : choice.Has("reference") ? choice : default;
        if (reference.ValueKind != JsonValueKind.Object)
            return new(inline ?? Concept.Empty, [], null, inline is null ? WhyNone(json) : null, null);

        var display = reference.Text("display");
        if (!reader.References.TryFind(entry, reference.Text("reference"), out var target) || target.Resource.CodeText("resourceType") != "Medication")
        {
            var missing = $"{reference.Text("reference") ?? "The product it refers to"} not found";
            var words = inline ?? (display is null ? null : new Concept([], display));
            return words is null
                ? new(Concept.Empty, [], null, $"{missing}.", null)
                : new(words, [], null, null, $"Could not read the code: {missing}.");
        }
        return Behind(target, inline, display);
    }

    private Product Behind(Target target, Concept? inline, string? display)
    {
        var medication = target.Resource;
        var own = medication.OptionalConcept("code");
        // Both are examined: the code of the Medication, and what the entry itself says.
        var concept = own is null ? inline ?? (display is null ? Concept.Empty : new([], display))
            : inline is null ? display is null || own.Text is not null ? own : own with { Text = display }
            : new Concept([.. own.Codes.Concat(inline.Codes).Distinct()], own.Text ?? inline.Text);
        var ingredients = new List<Concept>();
        CollectIngredients(target, ingredients, []);
        var why = Interpretable.WhyNot(medication, "ingredient")
            ?? (medication.StatusCode("status") == "entered-in-error" ? "The product it refers to was entered in error." : null)
            ?? (concept.IsEmpty && ingredients.Count == 0 ? "The product it refers to has neither a code nor a name." : null);
        return new(concept, [.. ingredients], medication.OptionalConcept("form") ?? medication.OptionalConcept("doseForm"), why, null);
    }

    private void CollectIngredients(Target target, List<Concept> ingredients, HashSet<(string?, Entry)> seen)
    {
        if (!seen.Add((target.Resource.Id(), target.In))) return; // products that name each other
        foreach (var item in target.Resource.Items("ingredient").Where(i => i.Flag("isActive") != false))
        {
            var concept = item.OptionalConcept("itemCodeableConcept") ?? Concepts.AsConcept(item.Member("item").Member("concept"));
            if (concept is not null) ingredients.Add(concept);
            var reference = item.Member("itemReference") is { ValueKind: JsonValueKind.Object } r4 ? r4 : item.Member("item").Member("reference");
            if (reference.ValueKind != JsonValueKind.Object) continue;
            if (!reader.References.TryFind(target.In, reference.Text("reference"), out var inner))
            {
                if (reference.Text("display") is { } words) ingredients.Add(new Concept([], words));
                else reader.CouldNotRead($"Ingredient of {entry.Reference}", $"{reference.Text("reference") ?? "What it refers to"} not found.", MightHide.Antithrombotic);
                continue;
            }
            if (inner.Resource.OptionalConcept("code") is { } code) ingredients.Add(code);
            CollectIngredients(inner, ingredients, seen);
        }
    }

    private static string WhyNone(FhirElement json) =>
        json.Has("medicationCodeableConcept") || json.Has("medication") ? "It names no product: neither a code nor a text." : "It names no product.";
}
