namespace BiopsyFhir.Fhir.Reading;

/// <summary>A resource that a reference led to, with the entry in which it stands (contained ones stand in another's entry).</summary>
public readonly record struct Target(FhirElement Resource, Entry In);

/// <summary>
/// Finds what a reference points to among the entries (R4 section 2.36.4.1): contained, by full address, relative to the
/// referrer's own server, by type and id. The version part of an address is ignored.
/// </summary>
public sealed class References
{
    private readonly Dictionary<string, Entry> _byAddress;
    private readonly Dictionary<string, Entry> _byTypeAndId;

    /// <summary>The further ones where several entries have the same type and id.</summary>
    private readonly Dictionary<string, List<Entry>> _more = new(StringComparer.Ordinal);
    private readonly bool _oneServer;

    /// <param name="oneServer">All entries come from one server, whatever host its references name.</param>
    public References(IReadOnlyCollection<Entry> entries, bool oneServer)
    {
        _oneServer = oneServer;
        _byAddress = new(entries.Count, StringComparer.Ordinal);
        _byTypeAndId = new(entries.Count, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.FullUrl is { } address) _byAddress.TryAdd(WithoutVersion(address), entry);
            if (!entry.HasId || _byTypeAndId.TryAdd(entry.Reference, entry)) continue;
            if (!_more.TryGetValue(entry.Reference, out var more)) _more[entry.Reference] = more = [];
            more.Add(entry);
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
        if (TypeAndId(reference) is not { } key || !_byTypeAndId.TryGetValue(key, out var first)) return null;
        _more.TryGetValue(key, out var more);
        // An absolute address is another resource when the entry states another server for itself.
        if (!isAbsolute || _oneServer) return more is null ? first : null;
        var candidates = (more ?? []).Prepend(first).Where(e => Base(e) is null).ToList();
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
            if (contained.Id()?.TrimStart('#') == id)
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
        return TypeAndIdAt(plain) is >= 0 and var at ? plain[at..] : null;
    }

    /// <summary>The server part of an entry's own address; null for urn addresses and none.</summary>
    public static string? Base(Entry entry) => BaseOf(entry.FullUrl);

    public static string? BaseOf(string? address) => TryBase(address, out var server) ? server.ToString() : null;

    /// <summary>The same without a string of its own.</summary>
    internal static bool TryBase(string? address, out ReadOnlySpan<char> server)
    {
        server = default;
        if (address is null || !address.StartsWith("http", StringComparison.OrdinalIgnoreCase)) return false;
        var plain = WithoutVersion(address);
        var tail = plain.AsSpan().Trim();
        if (TypeAndIdAt(tail) is not (> 0 and var at)) return false;
        server = plain.AsSpan(0, plain.Length - (tail.Length - at + 1));
        return true;
    }

    /// <summary>Where <c>Type/id</c> begins; -1 when it does not end so.</summary>
    private static int TypeAndIdAt(ReadOnlySpan<char> plain)
    {
        var id = plain.LastIndexOf('/') + 1;
        if (id <= 1 || id == plain.Length) return -1;
        var type = plain[..(id - 1)].LastIndexOf('/') + 1;
        return plain[type] is >= 'A' and <= 'Z' ? type : -1;
    }

    private static string WithoutVersion(string reference)
    {
        var history = reference.IndexOf("/_history/", StringComparison.Ordinal);
        return history < 0 ? reference : reference[..history];
    }
}
