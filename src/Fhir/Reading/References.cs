
namespace BiopsyFhir.Fhir.Reading;

/// <summary>A resource that a reference led to, with the entry in which it stands (contained ones stand in another's entry).</summary>
public readonly record struct Target(FhirElement Resource, Entry In);

/// <summary>
/// Finds what a reference points to among the entries (R4 section 2.36.4.1): contained, by full address, relative to the
/// referrer's own server, by type and id. The version part of an address is ignored.
/// </summary>
public sealed class References
{
    private readonly Dictionary<string, Entry> _byAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Entry>> _byTypeAndId = new(StringComparer.Ordinal);
    private readonly bool _oneServer;

    /// <param name="oneServer">All entries come from one server, whatever host its references name.</param>
    public References(IEnumerable<Entry> entries, bool oneServer)
    {
        _oneServer = oneServer;
        foreach (var entry in entries)
        {
            if (entry.FullUrl is { } address) _byAddress.TryAdd(WithoutVersion(address), entry);
            if (entry.Id is not { } id) continue;
            if (!_byTypeAndId.TryGetValue($"{entry.Type}/{id}", out var same)) _byTypeAndId[$"{entry.Type}/{id}"] = same = [];
            same.Add(entry);
        }
    }

    public bool TryFind(Entry from, string? reference, out Target target)
    {
        target = default;
        if (reference is null) return false;
        reference = WithoutVersion(reference.Trim());
        if (reference.StartsWith('#')) return TryFindContained(from, reference[1..], out target);
        if (Find(from, reference) is not { } found) return false;
        target = new(found.Resource, found);
        return true;
    }

    private Entry? Find(Entry from, string reference)
    {
        if (_byAddress.TryGetValue(reference, out var byAddress)) return byAddress;
        var isAbsolute = reference.Contains(':', StringComparison.Ordinal);
        if (!isAbsolute && Base(from) is { } server && _byAddress.TryGetValue($"{server}/{reference}", out var beside)) return beside;
        if (TypeAndId(reference) is not { } key || !_byTypeAndId.TryGetValue(key, out var same)) return null;
        // An absolute address is another resource when the entry states another server for itself.
        var candidates = isAbsolute && !_oneServer ? same.Where(e => Base(e) is null).ToList() : same;
        return candidates.Count == 1 ? candidates[0] : null;
    }

    private static bool TryFindContained(Entry from, string id, out Target target)
    {
        if (id.Length == 0)
        {
            target = new(from.Resource, from);
            return true;
        }
        foreach (var contained in from.Resource.Items("contained"))
            if (contained.CodeText("id")?.TrimStart('#') == id)
            {
                target = new(contained, from);
                return true;
            }
        target = default;
        return false;
    }

    /// <summary><c>Type/id</c> of a relative or absolute REST address.</summary>
    public static string? TypeAndId(string? reference)
    {
        if (reference is null) return null;
        var plain = WithoutVersion(reference.Trim());
        var id = plain.LastIndexOf('/') + 1;
        if (id <= 1 || id == plain.Length) return null;
        var type = plain.LastIndexOf('/', id - 2) + 1;
        return plain[type] is >= 'A' and <= 'Z' ? plain[type..] : null;
    }

    /// <summary>The server part of an entry's own address; null for urn addresses and none.</summary>
    public static string? Base(Entry entry) => BaseOf(entry.FullUrl);

    public static string? BaseOf(string? address)
    {
        if (address is null || !address.StartsWith("http", StringComparison.OrdinalIgnoreCase) || TypeAndId(address) is not { } tail) return null;
        var plain = WithoutVersion(address);
        return plain[..^(tail.Length + 1)];
    }

    private static string WithoutVersion(string reference)
    {
        var history = reference.IndexOf("/_history/", StringComparison.Ordinal);
        return history < 0 ? reference : reference[..history];
    }
}
