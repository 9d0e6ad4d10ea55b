using System.Text.Json;

namespace BiopsyFhir.Sandbox.Fhir.Search;

internal enum ParameterKind { Token, Reference, Date, Text }

/// <summary>One search parameter: where its values stand in the resource and how they are compared.</summary>
/// <param name="Target">For references: the type that a bare id means, when only one can.</param>
internal sealed record SearchParameter(string Name, ParameterKind Kind, string[] Paths, string? Target = null)
{
    public static SearchParameter Token(string name, params string[] paths) => new(name, ParameterKind.Token, Or(name, paths));
    public static SearchParameter Reference(string name, params string[] paths) => new(name, ParameterKind.Reference, Or(name, paths));
    public static SearchParameter Date(string name, params string[] paths) => new(name, ParameterKind.Date, Or(name, paths));
    public static SearchParameter Text(string name, params string[] paths) => new(name, ParameterKind.Text, Or(name, paths));

    /// <summary>The <c>patient</c> parameter, which looks at <paramref name="paths"/> for references to a Patient.</summary>
    public static SearchParameter PatientIn(params string[] paths) => new("patient", ParameterKind.Reference, paths, "Patient");

    private static string[] Or(string name, string[] paths) => paths is [] ? [name] : paths;

    public IEnumerable<JsonElement> Values(JsonElement resource) => Paths.SelectMany(path => At(resource, path));

    /// <summary>Values at a dotted path; arrays are walked through at every step.</summary>
    public static IEnumerable<JsonElement> At(JsonElement from, string path)
    {
        IEnumerable<JsonElement> here = [from];
        foreach (var step in path.Split('.'))
            here = here.SelectMany(e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty(step, out var next) ? [next] : (JsonElement[])[]).SelectMany(Flat);
        return here;
    }

    private static JsonElement[] Flat(JsonElement element) => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];
}
