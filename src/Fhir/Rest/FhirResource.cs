using System.Text.Json;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>One resource as the server sent it, with its version tag. Dispose it when its facts are taken: the document is pooled.</summary>
public sealed class FhirResource(JsonDocument document, string? etag, ResourceAddress? address) : IDisposable
{
    public JsonElement Root => document.RootElement;

    public ResourceAddress? Address { get; } = address;

    /// <summary>For <c>If-Match</c>: the ETag header, else made of <c>meta.versionId</c>; null when the server tells neither.</summary>
    public string? ETag { get; } = etag ?? VersionTag(document.RootElement);

    public void Dispose() => document.Dispose();

    internal static string? VersionTag(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("meta", out var meta) && FhirJson.Text(meta, "versionId") is { } version ? $"W/\"{version}\"" : null;
}

/// <summary>An attachment's bytes and what the server says they are.</summary>
public sealed record BinaryContent(string? ContentType, ReadOnlyMemory<byte> Bytes);
