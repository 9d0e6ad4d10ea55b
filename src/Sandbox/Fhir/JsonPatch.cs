using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>JSON Patch, RFC 6902: all operations or none.</summary>
internal static class JsonPatch
{
    /// <exception cref="FhirFault">400 for a malformed operation; 422 for one that does not fit the resource.</exception>
    public static JsonObject Apply(JsonObject resource, JsonArray operations)
    {
        JsonNode root = resource;
        for (var i = 0; i < operations.Count; i++)
        {
            if (operations[i] is not JsonObject operation || operation.Text("op") is not { } op || operation.Text("path") is not { } path)
                throw FhirFault.Invalid($"Patch operation {i} needs 'op' and 'path'.");
            switch (op)
            {
                case "add": Add(root, path, Value(operation, i)); break;
                case "remove": Remove(root, path); break;
                case "replace": Remove(root, path); Add(root, path, Value(operation, i)); break;
                case "move": Add(root, path, Remove(root, From(operation, i))); break;
                case "copy": Add(root, path, Get(root, From(operation, i))?.DeepClone()); break;
                case "test":
                    if (!JsonNode.DeepEquals(Get(root, path), Value(operation, i))) throw Misfit(path, "does not have the tested value");
                    break;
                default: throw FhirFault.Invalid($"Patch operation {i}: '{op}' is not an operation.");
            }
        }
        return (JsonObject)root;
    }

    private static JsonNode? Value(JsonObject operation, int i) =>
        operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw FhirFault.Invalid($"Patch operation {i} needs 'value'.");

    private static string From(JsonObject operation, int i) => operation.Text("from") ?? throw FhirFault.Invalid($"Patch operation {i} needs 'from'.");

    private static string[] Steps(string path) => path.StartsWith('/')
        ? [.. path[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]
        : throw FhirFault.Invalid($"'{path}' is not a JSON Pointer into the resource.");

    private static JsonNode? Get(JsonNode root, string path)
    {
        JsonNode? here = root;
        foreach (var step in Steps(path))
            here = here switch
            {
                JsonObject o when o.ContainsKey(step) => o[step],
                JsonArray a when Index(step) is { } i && i < a.Count => a[i],
                _ => throw Misfit(path, "is not there"),
            };
        return here;
    }

    private static void Add(JsonNode root, string path, JsonNode? value)
    {
        switch (Parent(root, path, out var last))
        {
            case JsonObject o: o[last] = value; break;
            case JsonArray a when last == "-": a.Add(value); break;
            case JsonArray a when Index(last) is { } i && i <= a.Count: a.Insert(i, value); break;
            default: throw Misfit(path, "is not a place to add to");
        }
    }

    private static JsonNode? Remove(JsonNode root, string path)
    {
        switch (Parent(root, path, out var last))
        {
            case JsonObject o when o.Remove(last, out var gone): return gone;
            case JsonArray a when Index(last) is { } i && i < a.Count:
                var item = a[i];
                a.RemoveAt(i);
                return item;
            default: throw Misfit(path, "is not there");
        }
    }

    private static JsonNode? Parent(JsonNode root, string path, out string last)
    {
        var steps = Steps(path);
        last = steps[^1];
        return steps.Length == 1 ? root : Get(root, path[..path.LastIndexOf('/')]);
    }

    private static int? Index(string step) => int.TryParse(step, out var i) && i >= 0 ? i : null;

    private static FhirFault Misfit(string path, string why) => new(422, "processing", $"Patch: {path} {why}.");
}
