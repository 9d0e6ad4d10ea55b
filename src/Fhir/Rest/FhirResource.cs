using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>One resource as the server sent it, with its version tag. Dispose it when its facts are taken: the document is pooled.</summary>
public sealed class FhirResource : IDisposable
{
    private readonly PooledJson _json;

    internal FhirResource(PooledJson json, string? etag, ResourceAddress address)
    {
        _json = json;
        Address = address;
        ETag = etag ?? VersionTag(json.Root);
    }

    public FhirElement Root => _json.Root;

    /// <summary>As it was asked for.</summary>
    public ResourceAddress Address { get; }

    /// <summary>For <c>If-Match</c>: the ETag header, else made of <c>meta.versionId</c>; null when the server tells neither.</summary>
    public string? ETag { get; }

    public void Dispose() => _json.Dispose();

    internal static string? VersionTag(FhirElement root) =>
        root.Member("meta").Text("versionId") is { } version ? $"W/\"{version}\"" : null;
}

/// <summary>An attachment's bytes and what the server says they are.</summary>
public sealed record BinaryContent(string? ContentType, ReadOnlyMemory<byte> Bytes);
