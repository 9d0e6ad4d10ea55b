using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>Writes the bundles this server answers with.</summary>
internal static class Bundles
{
    public sealed record Page(int Total, string Self, string? Next, IReadOnlyList<StoredResource> Matches, IReadOnlyList<StoredResource> Included, string? Warning);

    public static byte[] Searchset(Page page, string fhirBase) => Write("searchset", page.Total, page.Self, page.Next, writer =>
    {
        foreach (var match in page.Matches) Entry(writer, match, fhirBase, "match");
        foreach (var included in page.Included) Entry(writer, included, fhirBase, "include");
        if (page.Warning is null) return;
        writer.WriteStartObject();
        writer.WritePropertyName("resource");
        new JsonObject { ["resourceType"] = "OperationOutcome", ["issue"] = new JsonArray(FhirFault.Issue("warning", "suppressed", page.Warning)) }.WriteTo(writer);
        Mode(writer, "outcome");
        writer.WriteEndObject();
    });

    /// <summary>Newest first.</summary>
    public static byte[] History(IReadOnlyList<StoredResource> versions, string fhirBase) =>
        Write("history", versions.Count, $"{fhirBase}/{versions[0].Key}/_history", null, writer =>
        {
            foreach (var version in versions.Reverse())
            {
                writer.WriteStartObject();
                writer.WriteString("fullUrl", $"{fhirBase}/{version.Key}");
                if (!version.Deleted)
                {
                    writer.WritePropertyName("resource");
                    writer.WriteRawValue(version.Json, skipInputValidation: true);
                }
                writer.WriteStartObject("request");
                writer.WriteString("method", version.Deleted ? "DELETE" : version.Version == 1 ? "POST" : "PUT");
                writer.WriteString("url", version.Version == 1 ? version.Key.Type : version.Key.ToString());
                writer.WriteEndObject();
                writer.WriteStartObject("response");
                writer.WriteString("status", version.Deleted ? "204" : version.Version == 1 ? "201" : "200");
                writer.WriteString("etag", version.ETag);
                writer.WriteString("lastModified", $"{version.LastUpdated.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
        });

    private static byte[] Write(string type, int total, string self, string? next, Action<Utf8JsonWriter> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = FhirJson.Writer(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "Bundle");
            writer.WriteString("type", type);
            writer.WriteNumber("total", total);
            writer.WriteStartArray("link");
            Link(writer, "self", self);
            if (next is not null) Link(writer, "next", next);
            writer.WriteEndArray();
            // R4 forbids empty arrays, so "entry" appears only with the first entry.
            var inner = new ArrayBufferWriter<byte>();
            using (var entryWriter = FhirJson.Writer(inner))
            {
                entryWriter.WriteStartArray();
                entries(entryWriter);
                entryWriter.WriteEndArray();
            }
            if (inner.WrittenCount > 2)
            {
                writer.WritePropertyName("entry");
                writer.WriteRawValue(inner.WrittenSpan, skipInputValidation: true);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Link(Utf8JsonWriter writer, string relation, string url)
    {
        writer.WriteStartObject();
        writer.WriteString("relation", relation);
        writer.WriteString("url", url);
        writer.WriteEndObject();
    }

    private static void Entry(Utf8JsonWriter writer, StoredResource resource, string fhirBase, string mode)
    {
        writer.WriteStartObject();
        writer.WriteString("fullUrl", $"{fhirBase}/{resource.Key}");
        writer.WritePropertyName("resource");
        writer.WriteRawValue(resource.Json, skipInputValidation: true);
        Mode(writer, mode);
        writer.WriteEndObject();
    }

    private static void Mode(Utf8JsonWriter writer, string mode)
    {
        writer.WriteStartObject("search");
        writer.WriteString("mode", mode);
        writer.WriteEndObject();
    }
}
