using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Sandbox.Store;

/// <summary>JSON in and out without loss: numbers keep their digits, unknown members stay.</summary>
internal static class FhirJson
{
    /// <summary>Non-ASCII letters go out as they came; the content type says UTF-8.</summary>
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Duplicate members are refused: two readers could each see a different resource.</summary>
    private static readonly JsonDocumentOptions Reading = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <exception cref="JsonException">Not JSON, not an object, a duplicate member, or nested too deeply.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> utf8) =>
        JsonNode.Parse(utf8, documentOptions: Reading) as JsonObject ?? throw new JsonException("The body is not a JSON object.");

    public static byte[] Write(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = Writer(buffer)) node.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    public static Utf8JsonWriter Writer(IBufferWriter<byte> to) => new(to, Writing);

    public static string Pretty(JsonElement element) => JsonSerializer.Serialize(element, Indented);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string? Text(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    public static string? Text(this JsonObject node, string member) =>
        node.TryGetPropertyValue(member, out var value) && value is JsonValue v && v.TryGetValue<string>(out var text) ? text : null;
}
