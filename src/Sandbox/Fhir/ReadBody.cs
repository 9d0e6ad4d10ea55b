using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>Request bodies of the FHIR server: media type, size and JSON are checked here and nowhere else.</summary>
internal static class ReadBody
{
    private static readonly string[] ResourceTypes = ["application/fhir+json", "application/json"];

    /// <exception cref="FhirFault">415, 413 or 400.</exception>
    public static async Task<JsonObject> ResourceAsync(HttpRequest request, int maxBytes)
    {
        var bytes = await BytesAsync(request, maxBytes, ResourceTypes);
        try
        {
            return FhirJson.Read(bytes);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FhirFault(400, "structure", $"The body is not a JSON resource: {fault.Message}");
        }
    }

    /// <exception cref="FhirFault">415, 413 or 400.</exception>
    public static async Task<JsonArray> PatchAsync(HttpRequest request, int maxBytes)
    {
        var bytes = await BytesAsync(request, maxBytes, ["application/json-patch+json"]);
        try
        {
            return JsonNode.Parse(bytes) as JsonArray ?? throw FhirFault.Invalid("A JSON Patch is an array of operations.");
        }
        catch (JsonException fault)
        {
            throw new FhirFault(400, "structure", $"The body is not JSON: {fault.Message}");
        }
    }

    private static async Task<byte[]> BytesAsync(HttpRequest request, int maxBytes, string[] mediaTypes)
    {
        var sent = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type : null;
        if (sent is null || !mediaTypes.Contains(sent.MediaType.Value, StringComparer.OrdinalIgnoreCase)
            || (sent.Charset.HasValue && !sent.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) || request.Headers.ContentEncoding.Count > 0)
            throw new FhirFault(415, "not-supported", $"Send {string.Join(" or ", mediaTypes)} in UTF-8, without Content-Encoding.");
        if (request.ContentLength > maxBytes) throw TooLarge(maxBytes);
        using var buffer = new MemoryStream();
        var chunk = new byte[32 * 1024];
        for (int read; (read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0;)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > maxBytes) throw TooLarge(maxBytes);
        }
        return buffer.ToArray();
    }

    private static FhirFault TooLarge(int maxBytes) => new(413, "too-long", $"The body is larger than {maxBytes} bytes.");
}
