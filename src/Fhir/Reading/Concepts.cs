using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>CodeableConcept, Coding, R5 CodeableReference or a bare text -> what the record calls something.</summary>
public static class Concepts
{
    public static Concept Concept(this FhirElement json, string name) => AsConcept(json.Member(name)) ?? Domain.Concept.Empty;

    public static Concept? OptionalConcept(this FhirElement json, string name) => AsConcept(json.Member(name));

    /// <summary>All concepts of one or several list members that say something.</summary>
    public static ImmutableArray<Concept> ConceptList(this FhirElement json, params ReadOnlySpan<string> names)
    {
        ImmutableArray<Concept>.Builder? concepts = null;
        foreach (var name in names)
            foreach (var item in json.Items(name))
                if (AsConcept(item) is { } concept) (concepts ??= ImmutableArray.CreateBuilder<Concept>(1)).Add(concept);
        return concepts?.DrainToImmutable() ?? [];
    }

    /// <summary>Null when nothing is said.</summary>
    public static Concept? AsConcept(FhirElement json)
    {
        if (json.AsText() is { } words) return new([], words);
        if (json.ValueKind != JsonValueKind.Object) return null;
        if (json.Member("concept") is { ValueKind: JsonValueKind.Object } inner) return AsConcept(inner);
        var coding = json.Member("coding");
        if (coding.ValueKind == JsonValueKind.Undefined && (json.Has("code") || json.Has("display"))) coding = json;
        var codes = ImmutableArray.CreateBuilder<Code>(1);
        foreach (var item in new JsonItems(coding))
            if (AsCode(item) is { } code) codes.Add(code);
        var concept = new Concept(codes.DrainToImmutable(), json.Text("text"));
        return concept.IsEmpty ? null : concept;
    }

    /// <summary>The codes themselves, lower case, for elements whose meaning is one code (status, interpretation).</summary>
    public static string? StatusCode(this FhirElement json, string name)
    {
        if (json.CodeText(name) is { } plain) return plain.ToLowerInvariant();
        Concept? concept = null;
        foreach (var item in json.Items(name))
        {
            concept = CommonConcepts.Find(item) ?? CommonConcepts.Kept(item, AsConcept(item));
            break;
        }
        if (concept is null) return null;
        foreach (var code in concept.Codes)
            if (code.Value.Length > 0) return code.Value.Trim().ToLowerInvariant();
        return concept.Text?.Trim().ToLowerInvariant();
    }

    private static Code? AsCode(FhirElement json)
    {
        var (system, code) = (json.CommonText("system")?.Trim(), json.CodeText("code"));
        // A display beside no code may be anybody's words.
        var display = system is null || code is null ? json.Text("display") : json.CommonText("display");
        return code is null && display is null ? null : new Code(system ?? "", code ?? "", display);
    }
}
