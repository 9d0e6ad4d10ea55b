using System.Text.Json;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// A document that an authorization server or a CDS client sent: one JSON object, no member twice, 32 levels at most, and no half of a
/// surrogate pair, on which the framework's reader gives up only when that text is asked for.
/// </summary>
public static class OutsideJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <returns>Null when it is anything else.</returns>
    public static JsonElement? ReadObject(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return IsWhole(document.RootElement) && document.RootElement.ValueKind is JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="ReadObject(ReadOnlyMemory{byte})"/>
    public static JsonElement? ReadObject(string body) => ReadObject(System.Text.Encoding.UTF8.GetBytes(body));

    /// <summary>Every text can be had.</summary>
    /// <exception cref="InvalidOperationException">One cannot.</exception>
    private static bool IsWhole(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().All(member => member.Name is not null && IsWhole(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().All(IsWhole),
        JsonValueKind.String => json.GetString() is not null,
        _ => true,
    };
}
