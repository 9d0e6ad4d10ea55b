using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Sandbox.Store;

/// <summary>Everything stored at one moment. Immutable: a reader never sees half a transaction, and a failed one leaves nothing.</summary>
internal sealed record StoreState
{
    public static readonly StoreState Empty = new();

    private ImmutableDictionary<ResourceKey, ImmutableList<StoredResource>> Versions { get; init; } = ImmutableDictionary<ResourceKey, ImmutableList<StoredResource>>.Empty;
    private ImmutableDictionary<string, ImmutableDictionary<string, StoredResource>> Current { get; init; } = ImmutableDictionary<string, ImmutableDictionary<string, StoredResource>>.Empty;
    private ImmutableDictionary<(string Type, string System, string Value), ImmutableHashSet<string>> Identifiers { get; init; } =
        ImmutableDictionary<(string, string, string), ImmutableHashSet<string>>.Empty;
    private long Sequence { get; init; }

    /// <summary>Latest version, deletions included; null when the id was never used.</summary>
    public StoredResource? Latest(ResourceKey key) => Versions.TryGetValue(key, out var all) ? all[^1] : null;

    public StoredResource? Existing(ResourceKey key) => Latest(key) is { Deleted: false } found ? found : null;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<StoredResource> History(ResourceKey key) => Versions.TryGetValue(key, out var all) ? all : [];

    /// <summary>Undeleted resources of a type, in order of creation.</summary>
    public IEnumerable<StoredResource> All(string type) =>
        Current.TryGetValue(type, out var found) ? found.Values.OrderBy(r => r.Sequence) : [];

    public IEnumerable<StoredResource> WithIdentifier(string type, string system, string value) =>
        Identifiers.TryGetValue((type, system, value), out var ids) ? ids.Select(id => Current[type][id]).OrderBy(r => r.Sequence) : [];

    /// <summary>A new version: <paramref name="body"/> with id and meta set by us, as every FHIR server does. It becomes ours.</summary>
    public (StoreState State, StoredResource Stored) Put(ResourceKey key, JsonObject body, DateTimeOffset now)
    {
        var before = Latest(key);
        var version = (before?.Version ?? 0) + 1;
        var bytes = FhirJson.Write(Stamped(key, version, now, body));
        return Add(new StoredResource(key, version, now, before?.Sequence ?? Sequence, Deleted: false, JsonElement.Parse(bytes), bytes));
    }

    public (StoreState State, StoredResource Stored) Delete(ResourceKey key, DateTimeOffset now)
    {
        var before = Latest(key)!;
        return Add(new StoredResource(key, before.Version + 1, now, before.Sequence, Deleted: true, default, []));
    }

    private (StoreState, StoredResource) Add(StoredResource stored)
    {
        var key = stored.Key;
        var current = Current.GetValueOrDefault(key.Type, ImmutableDictionary<string, StoredResource>.Empty);
        var identifiers = Identifiers;
        if (Existing(key) is { } replaced)
            foreach (var name in IdentifiersOf(replaced))
                identifiers = identifiers.SetItem(name, identifiers[name].Remove(key.Id));
        if (!stored.Deleted)
            foreach (var name in IdentifiersOf(stored))
                identifiers = identifiers.SetItem(name, identifiers.GetValueOrDefault(name, []).Add(key.Id));
        return (this with
        {
            Versions = Versions.SetItem(key, Versions.GetValueOrDefault(key, []).Add(stored)),
            Current = Current.SetItem(key.Type, stored.Deleted ? current.Remove(key.Id) : current.SetItem(key.Id, stored)),
            Identifiers = identifiers,
            Sequence = Sequence + 1,
        }, stored);
    }

    private static JsonObject Stamped(ResourceKey key, int version, DateTimeOffset now, JsonObject body)
    {
        var meta = body["meta"] as JsonObject;
        body.Remove("resourceType");
        body.Remove("id");
        body.Remove("meta");
        meta ??= [];
        meta["versionId"] = $"{version}";
        meta["lastUpdated"] = $"{now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
        body.Insert(0, "resourceType", key.Type);
        body.Insert(1, "id", key.Id);
        body.Insert(2, "meta", meta);
        return body;
    }

    private static IEnumerable<(string, string, string)> IdentifiersOf(StoredResource resource)
    {
        if (!resource.Body.TryGetProperty("identifier", out var found)) return [];
        IEnumerable<JsonElement> all = found.ValueKind == JsonValueKind.Array ? found.EnumerateArray() : [found];
        return all.Where(i => i.Text("value") is not null).Select(i => (resource.Key.Type, i.Text("system") ?? "", i.Text("value")!)).Distinct();
    }
}
