using System.Text;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>A resource that a reference led to, with the entry in which it stands (contained ones stand in another's entry).</summary>
public readonly record struct Target(FhirElement Resource, Entry In);

/// <summary>
/// Finds what a reference points to among the entries (R4 section 2.36.4.1): contained, by full address, relative to the
/// referrer's own server, by type and id. The version part of an address is ignored.
/// </summary>
public sealed class References
{
    /// <summary>So many addresses are looked for one entry after the other; then there are more, and a table pays.</summary>
    private const int FewLookups = 16;

    private readonly IReadOnlyCollection<Entry> _entries;
    private readonly Dictionary<string, Entry> _byTypeAndId;

    /// <summary>Null as long as few were looked for.</summary>
    private Dictionary<string, Entry>? _byAddress;
    private int _lookups;

    /// <summary>The further ones where several entries have the same type and id.</summary>
    private readonly Dictionary<string, List<Entry>> _more = new(StringComparer.Ordinal);
    private readonly bool _oneServer;

    /// <param name="oneServer">All entries come from one server, whatever host its references name.</param>
    public References(IReadOnlyCollection<Entry> entries, bool oneServer)
    {
        (_entries, _oneServer) = (entries, oneServer);
        _byTypeAndId = new(entries.Count, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (!entry.HasId || _byTypeAndId.TryAdd(entry.Reference, entry)) continue;
            if (!_more.TryGetValue(entry.Reference, out var more)) _more[entry.Reference] = more = [];
            more.Add(entry);
        }
    }

    /// <param name="names">All entries by their type and id, which each has for itself.</param>
    internal References(IReadOnlyCollection<Entry> entries, Dictionary<string, Entry> names, bool oneServer) => (_entries, _byTypeAndId, _oneServer) = (entries, names, oneServer);

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
        if (At(reference) is { } byAddress) return byAddress;
        var isAbsolute = reference.Contains(':', StringComparison.Ordinal);
        if (!isAbsolute && Base(from) is { } server && At($"{server}/{reference}") is { } beside) return beside;
        if (TypeAndId(reference) is not { } key || !_byTypeAndId.TryGetValue(key, out var first)) return null;
        _more.TryGetValue(key, out var more);
        // An absolute address is another resource when the entry states another server for itself.
        if (!isAbsolute || _oneServer) return more is null ? first : null;
        var candidates = (more ?? []).Prepend(first).Where(e => Base(e) is null).ToList();
        return candidates.Count == 1 ? candidates[0] : null;
    }

    /// <summary>The first entry with this address.</summary>
    private Entry? At(string address)
    {
        if (_byAddress is null && ++_lookups > FewLookups)
        {
            _byAddress = new(_entries.Count, StringComparer.Ordinal);
            foreach (var entry in _entries)
                if (entry.FullUrl is { } own) _byAddress.TryAdd(WithoutVersion(own), entry);
        }
        if (_byAddress is not null) return _byAddress.GetValueOrDefault(address);
        foreach (var entry in _entries)
            if (MayBeAt(entry, address) && entry.FullUrl is { } own && WithoutVersion(own) == address) return entry;
        return null;
    }

    /// <summary>False only when it is certain: so nearly no address need be made a text.</summary>
    private static bool MayBeAt(Entry entry, string address)
    {
        var own = entry.FullUrlUtf8.Trim((byte)' ');
        if (own.IsEmpty || own[0] > 0x7F) return true;
        // Its text begins like the address, and has nothing behind it but a version. UTF-8 is never shorter than the text.
        if (own.Length < address.Length) return false;
        if (own.Length == address.Length) return Ascii.Equals(own, address);
        for (var i = 0; i < address.Length; i++)
            if (own[i] != address[i] || own[i] > 0x7F) return own[i] > 0x7F;
        return own[address.Length] is (byte)'/' or (byte)' ' or > 0x7F;
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

    internal static bool HaveSameBase(Entry one, Entry other)
    {
        TryBase(one.FullUrl, out var first);
        TryBase(other.FullUrl, out var second);
        return first.SequenceEqual(second);
    }

    /// <summary>The same without a string of its own.</summary>
    private static bool TryBase(string? address, out ReadOnlySpan<char> server)
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
