using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// How FHIR JSON is parsed everywhere: strict UTF-8, no key twice, at most 64 levels, no comments. What passes can be read by the
/// lenses without a surprise: strings with broken escapes are found here and not at the first <c>GetString</c>.
/// </summary>
public static class FhirJson
{
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>The document (pooled; the caller disposes it), or what is wrong with the bytes.</summary>
    public static (JsonDocument? Document, string? Fault) Parse(ReadOnlyMemory<byte> utf8)
    {
        var bytes = utf8.Span.StartsWith(ByteOrderMark) ? utf8[ByteOrderMark.Length..] : utf8;
        if (bytes.IsEmpty)
            return (null, "an empty body");
        if (!Utf8.IsValid(bytes.Span))
            return (null, "text that is not UTF-8");
        JsonDocument? document = null;
        try
        {
            // From a stream, the document copies into its own pooled buffer and gives that back when disposed.
            document = JsonDocument.Parse(Stream(bytes), Strict);
            if (HasBrokenEscape(bytes.Span))
            {
                document.Dispose();
                return (null, "text with half a surrogate pair");
            }

            return (document, null);
        }
        catch (JsonException)
        {
            document?.Dispose();
            return (null, WhyNot(bytes));
        }
    }

    /// <summary>Whether an element is a resource of this type.</summary>
    public static bool IsResource(JsonElement element, string type) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("resourceType", out var t) && t.ValueKind == JsonValueKind.String && t.ValueEquals(type);

    /// <summary>A string member of an object; null when absent or of another kind.</summary>
    internal static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? Text(value) : null;

    internal static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The elements of an array member; none when absent or of another kind.</summary>
    internal static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    private static MemoryStream Stream(ReadOnlyMemory<byte> bytes)
    {
        var part = MemoryMarshal.TryGetArray(bytes, out var array) ? array : new ArraySegment<byte>(bytes.ToArray());
        return new MemoryStream(part.Array!, part.Offset, part.Count, writable: false);
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Names the fault for the receipt; off the happy path, so parsing again costs nothing that matters.</summary>
    private static string WhyNot(ReadOnlyMemory<byte> bytes)
    {
        if (Parses(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth }))
            return "JSON in which a key occurs twice";
        return Parses(bytes, new JsonDocumentOptions { MaxDepth = 2000 })
            ? $"JSON nested deeper than {MaxDepth} levels"
            : "a body that is not JSON, or breaks off";
    }

    private static bool Parses(ReadOnlyMemory<byte> bytes, JsonDocumentOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A lone <c>\ud800</c>…<c>\udfff</c> escape passes the parser and throws at <c>GetString</c>. Only documents with such escapes are walked.</summary>
    private static bool HasBrokenEscape(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("\\ud"u8) < 0 && bytes.IndexOf("\\uD"u8) < 0)
            return false;
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }

        return false;
    }
}
