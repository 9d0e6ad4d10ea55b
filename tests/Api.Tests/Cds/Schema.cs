using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>
/// JSON Schema as far as ours need it: type, required, properties, additionalProperties, items, minItems, minLength, maxLength, enum,
/// const, pattern, minProperties, dependentRequired, anyOf, $ref to #/$defs. An unknown keyword is a fault of the schema, so that none is
/// passed over in silence.
/// </summary>
public sealed class Schema
{
    private static readonly HashSet<string> Words =
        ["$schema", "$id", "$defs", "$comment", "title", "description", "type", "required", "properties", "additionalProperties", "items", "minItems", "minLength", "maxLength", "enum", "const", "pattern", "minProperties", "dependentRequired", "anyOf", "$ref", "minimum"];

    private readonly JsonObject root;

    private Schema(string file) => root = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Hosting.Repository.Root, "tests", "Api.Tests", "Cds", "Schemas", file)))!;

    public static Schema Discovery { get; } = new("discovery.json");
    public static Schema Request { get; } = new("request.json");
    public static Schema Response { get; } = new("response.json");
    public static Schema Feedback { get; } = new("feedback.json");

    public void Check(JsonNode? json)
    {
        var faults = Faults(json).ToList();
        Assert.True(faults.Count is 0, string.Join('\n', faults));
    }

    public IEnumerable<string> Faults(JsonNode? json) => Faults(root, json, "#");

    private IEnumerable<string> Faults(JsonObject schema, JsonNode? json, string at)
    {
        foreach (var word in schema.Select(p => p.Key).Where(k => !Words.Contains(k))) throw new InvalidDataException($"'{word}' is not known here");
        if ((string?)schema["$ref"] is { } reference)
        {
            foreach (var fault in Faults((JsonObject)root["$defs"]![reference["#/$defs/".Length..]]!, json, at)) yield return fault;
            yield break;
        }
        var kind = Kind(json);
        if (schema["type"] is { } type && !Types(type).Any(t => t == kind || (t is "number" && kind is "integer")))
        {
            yield return $"{at}: {kind} where {type.ToJsonString()} is expected";
            yield break;
        }
        if (schema["const"] is { } constant && !JsonNode.DeepEquals(constant, json)) yield return $"{at}: not {constant.ToJsonString()}";
        if (schema["enum"] is JsonArray options && !options.Any(o => JsonNode.DeepEquals(o, json))) yield return $"{at}: {json?.ToJsonString()} is none of {options.ToJsonString()}";
        if (schema["anyOf"] is JsonArray any && !any.Any(one => !Faults((JsonObject)one!, json, at).Any())) yield return $"{at}: fits none of anyOf";
        foreach (var fault in json switch
        {
            JsonObject o => OfObject(schema, o, at),
            JsonArray a => OfArray(schema, a, at),
            JsonValue v => OfValue(schema, v, at),
            _ => [],
        })
            yield return fault;
    }

    private IEnumerable<string> OfObject(JsonObject schema, JsonObject json, string at)
    {
        foreach (var name in schema["required"]?.AsArray().Select(n => (string)n!) ?? [])
            if (!json.ContainsKey(name)) yield return $"{at}/{name}: is required";
        if ((int?)schema["minProperties"] is { } least && json.Count < least) yield return $"{at}: has fewer than {least} members";
        foreach (var (name, needed) in schema["dependentRequired"]?.AsObject() ?? [])
            if (json.ContainsKey(name))
                foreach (var other in needed!.AsArray().Select(n => (string)n!).Where(n => !json.ContainsKey(n))) yield return $"{at}/{other}: is required with {name}";
        var properties = schema["properties"] as JsonObject;
        foreach (var (name, value) in json)
        {
            if (properties?[name] is JsonObject known)
                foreach (var fault in Faults(known, value, $"{at}/{name}")) yield return fault;
            else if (schema["additionalProperties"] is JsonValue more && !more.GetValue<bool>()) yield return $"{at}/{name}: is not known";
            else if (schema["additionalProperties"] is JsonObject each)
                foreach (var fault in Faults(each, value, $"{at}/{name}")) yield return fault;
        }
    }

    private IEnumerable<string> OfArray(JsonObject schema, JsonArray json, string at)
    {
        if ((int?)schema["minItems"] is { } least && json.Count < least) yield return $"{at}: has fewer than {least} items";
        if (schema["items"] is not JsonObject item) yield break;
        for (var i = 0; i < json.Count; i++)
            foreach (var fault in Faults(item, json[i], $"{at}/{i}")) yield return fault;
    }

    private static IEnumerable<string> OfValue(JsonObject schema, JsonValue json, string at)
    {
        if (json.GetValueKind() is JsonValueKind.Number)
        {
            if ((double?)schema["minimum"] is { } least && json.GetValue<double>() < least) yield return $"{at}: is less than {least}";
            yield break;
        }
        if (json.GetValueKind() is not JsonValueKind.String) yield break;
        var text = json.GetValue<string>();
        var length = new System.Globalization.StringInfo(text).LengthInTextElements;
        if ((int?)schema["minLength"] is { } shortest && length < shortest) yield return $"{at}: is shorter than {shortest}";
        if ((int?)schema["maxLength"] is { } longest && length > longest) yield return $"{at}: is longer than {longest} ({length})";
        if ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern)) yield return $"{at}: '{text}' does not fit {pattern}";
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray list ? list.Select(t => (string)t!) : [(string)type!];

    private static string Kind(JsonNode? json) => json?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => decimal.TryParse(json.ToJsonString(), out var number) && number == decimal.Truncate(number) ? "integer" : "number",
        _ => "null",
    };
}
