using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>What a resource must have before this EHR keeps it. Not a validator: type, required members, and references that lead somewhere.</summary>
internal static class CheckResource
{
    /// <exception cref="FhirFault">400 wrong type; 422 with one issue per missing member.</exception>
    public static void Shape(ResourceType type, JsonObject body)
    {
        var name = body.Text("resourceType");
        if (name != type.Name) throw FhirFault.Invalid($"The body is a '{name ?? "(no resourceType)"}', sent to {type.Name}.", "resourceType");
        var missing = type.Required.Where(m => !Has(body, m)).Select(m => ($"{type.Name}.{m} is required.", (string?)$"{type.Name}.{m}")).ToList();
        if (missing is [var first, .. var others])
            throw new FhirFault(422, "required", first.Item1, first.Item2) { Others = others };
    }

    private static bool Has(JsonObject body, string member) => member.EndsWith("[x]", StringComparison.Ordinal)
        ? body.Any(m => m.Key.StartsWith(member[..^3], StringComparison.Ordinal) && m.Value is not null)
        : body.TryGetPropertyValue(member, out var value) && value is not null and not JsonArray { Count: 0 };

    /// <exception cref="FhirFault">422 naming every reference to this server that leads nowhere.</exception>
    public static void References(StoreState state, StoredResource resource, string fhirBase)
    {
        var dangling = References(resource.Body).Select(r => Criterion.LocalReference(r, fhirBase)!).Where(r => !Leads(state, resource, r)).Distinct()
            .Select(r => ($"The reference '{r}' leads nowhere on this server.", (string?)null)).ToList();
        if (dangling is [var first, .. var others])
            throw new FhirFault(422, "not-found", first.Item1, resource.Key.Type) { Others = others };
    }

    /// <summary>Every <c>reference</c> text in the resource, contained resources included.</summary>
    public static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(m => m is { Name: "reference", Value.ValueKind: JsonValueKind.String } ? [m.Value.GetString()!] : References(m.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool Leads(StoreState state, StoredResource from, string reference)
    {
        if (reference.StartsWith('#')) return reference == "#" || SearchParameter.At(from.Body, "contained").Any(c => c.Text("id") == reference[1..]);
        if (reference.StartsWith("http://", StringComparison.Ordinal) || reference.StartsWith("https://", StringComparison.Ordinal)) return true;
        return reference.Split('/') is [var type, var id] && state.Existing(new(type, id)) is not null;
    }
}
