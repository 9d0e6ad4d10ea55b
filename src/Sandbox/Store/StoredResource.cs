using System.Text.Json;

namespace BiopsyFhir.Sandbox.Store;

/// <summary>Names one resource on this server.</summary>
public readonly record struct ResourceKey(string Type, string Id)
{
    public override string ToString() => $"{Type}/{Id}";
}

/// <summary>One version of one resource. <see cref="Json"/> is what goes on the wire; <see cref="Body"/> is the same, parsed, and safe to
/// read from any thread. A deletion is a version too, with an empty body.</summary>
/// <param name="Sequence">Order of first creation: the order of an unsorted search.</param>
public sealed record StoredResource(ResourceKey Key, int Version, DateTimeOffset LastUpdated, long Sequence, bool Deleted, JsonElement Body, byte[] Json)
{
    public string ETag => $"W/\"{Version}\"";
}
