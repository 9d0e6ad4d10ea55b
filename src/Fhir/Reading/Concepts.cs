using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>CodeableConcept, Coding, R5 CodeableReference or a bare text -> what the record calls something.</summary>
public static class Concepts
{
    public static Concept Concept(this JsonElement json, string name) => AsConcept(json.Member(name)) ?? Domain.Concept.Empty;

    public static Concept? OptionalConcept(this JsonElement json, string name) => AsConcept(json.Member(name));

    /// <summary>All concepts of one or several list members that say something.</summary>
    public static ImmutableArray<Concept> ConceptList(this JsonElement json, params ReadOnlySpan<string> names)
    {
        var concepts = ImmutableArray.CreateBuilder<Concept>();
        foreach (var name in names) concepts.AddRange(json.Items(name).Select(AsConcept).OfType<Concept>());
        return concepts.ToImmutable();
    }

    /// <summary>Null when nothing is said.</summary>
    public static Concept? AsConcept(JsonElement json)
    {
        if (json.AsText() is { } words) return new([], words);
        if (json.ValueKind != JsonValueKind.Object) return null;
        if (json.Member("concept") is { ValueKind: JsonValueKind.Object } inner) return AsConcept(inner);
        var codings = json.Has("coding") ? json.Items("coding") : json.Has("code") || json.Has("display") ? [json] : [];
        var concept = new Concept([.. codings.Select(AsCode).OfType<Code>()], json.Text("text"));
        return concept.IsEmpty ? null : concept;
    }

    /// <summary>The codes themselves, lower case, for elements whose meaning is one code (status, interpretation).</summary>
    public static string? StatusCode(this JsonElement json, string name)
    {
        if (json.CodeText(name) is { } plain) return plain.ToLowerInvariant();
        var concept = json.Items(name).Select(AsConcept).FirstOrDefault();
        var code = concept is null ? null : concept.Codes.Select(c => c.Value).FirstOrDefault(v => v.Length > 0) ?? concept.Text;
        return code?.Trim().ToLowerInvariant();
    }

    private static Code? AsCode(JsonElement json)
    {
        var (system, code, display) = (json.Text("system")?.Trim(), json.CodeText("code"), json.Text("display"));
        return code is null && display is null ? null : new Code(system ?? "", code ?? "", display);
    }
}
