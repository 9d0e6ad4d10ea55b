using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// What forbids to interpret an entry although it can be read: implicit rules (R4 section 2.26.3.0.3) and modifier extensions
/// (section 2.4.1) that are not understood, which here is all of them, and a status that is no text.
/// </summary>
internal static class Interpretable
{
    /// <summary>Why the resource must not be interpreted; null when it may.</summary>
    public static string? WhyNot(FhirElement resource, params ReadOnlySpan<string> parts)
    {
        if (resource.Has("implicitRules")) return $"It follows rules of its own ({Reader.Quoted(resource.Member("implicitRules"))}).";
        if (Modifier(resource) is { } modifier) return modifier;
        foreach (var part in parts)
            foreach (var item in resource.Items(part))
                if (Modifier(item) is { } inner) return inner;
        if (resource.Member("status").ValueKind is not (JsonValueKind.Undefined or JsonValueKind.String)) return "Its status is no code.";
        return null;
    }

    public static string? Modifier(FhirElement json)
    {
        foreach (var extension in json.Items("modifierExtension"))
            return $"It carries a modifier that is not understood ({extension.Text("url") ?? "without a name"}).";
        return null;
    }
}
