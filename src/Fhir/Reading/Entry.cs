using System.Text;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>One resource as received, alive as long as its document. Two entries are the same only when they are one.</summary>
public sealed class Entry
{
    private readonly string? _typeAndId;
    private readonly string _start;
    private readonly int _index;
    private readonly FhirElement _fullUrl;
    private string? _address;

    /// <param name="fullUrl">Its address in the Bundle, or the address it was read from.</param>
    /// <param name="where">JSON pointer to it, for messages.</param>
    /// <param name="draft">An unsigned order of a hook: a medicine-to-be, a biopsy-to-be.</param>
    public Entry(string? fullUrl, FhirElement resource, string where, bool draft = false) : this(resource, where, -1, draft) => _address = fullUrl;

    private Entry(FhirElement resource, string start, int index, bool draft)
    {
        (Resource, _start, _index, Draft) = (resource, start, index, draft);
        Type = resource.CodeText("resourceType");
        _typeAndId = NameOf(Type, resource);
    }

    private Entry(Entry entry, bool draft) =>
        (_typeAndId, _start, _index, _fullUrl, _address, Resource, Draft, Type) = (entry._typeAndId, entry._start, entry._index, entry._fullUrl, entry._address, entry.Resource, draft, entry.Type);

    private Entry(string bundle, int index, FhirElement fullUrl, FhirElement resource) : this(resource, bundle, index, draft: false) => _fullUrl = fullUrl;

    /// <summary>The resource of an entry of a Bundle.</summary>
    internal static Entry In(string bundle, int index, FhirElement fullUrl, FhirElement resource) => new(bundle, index, fullUrl, resource);

    /// <summary>Made a text only when it is asked for: hundreds of entries have one, and few are looked for by it.</summary>
    public string? FullUrl => _address ??= _fullUrl.AsText()?.Trim();

    /// <summary>The same as it stands in the body; empty where it has escapes, or did not come with the body.</summary>
    internal ReadOnlySpan<byte> FullUrlUtf8 => _fullUrl is { ValueKind: JsonValueKind.String, IsEscaped: false } ? _fullUrl.Utf8 : [];

    public FhirElement Resource { get; }
    public bool Draft { get; }
    public string? Type { get; }

    /// <summary>Written only when it is asked for: there are hundreds of entries, and a message about few.</summary>
    public string Where => _index < 0 ? _start : $"{_start}/entry/{_index}/resource";

    public bool HasId => _typeAndId is not null;

    public string? Id => HasId ? Resource.Id() : null;

    /// <summary>How findings name it: <c>Type/id</c>, else its address, else its place.</summary>
    public string Reference => _typeAndId ?? FullUrl ?? $"{Type ?? "entry"} at {Where}";

    public Entry AsDraft(bool draft) => draft == Draft ? this : new(this, draft);

    public Entry At(string where) => new(FullUrl, Resource, where, Draft);

    /// <summary>Whether both say the same server for themselves. False says nothing.</summary>
    internal bool IsBeside(Entry other)
    {
        var server = Server;
        return !server.IsEmpty && server.SequenceEqual(other.Server);
    }

    /// <summary>What stands before <c>/Type/id</c> in its address; empty where it does not end so.</summary>
    private ReadOnlySpan<byte> Server
    {
        get
        {
            var address = FullUrlUtf8;
            if (_typeAndId is not { } name || Type is null || name.AsSpan(Type.Length + 1).Contains('/') || address.Length <= name.Length) return [];
            var server = address.Length - name.Length;
            for (var i = 0; i < name.Length; i++)
                if (address[server + i] != name[i]) return [];
            return address[server - 1] == '/' ? address[..server] : [];
        }
    }

    /// <summary><c>Type/id</c>; null without an id.</summary>
    private static string? NameOf(string? type, FhirElement resource)
    {
        var id = resource.Member("id");
        Span<char> letters = stackalloc char[64]; // as long as an id may be
        if (id is not { ValueKind: JsonValueKind.String, IsEscaped: false } || !Encoding.UTF8.TryGetChars(id.Utf8, letters, out var length))
            return resource.Id() is { } text ? $"{type}/{text}" : null;
        var trimmed = letters[..length].Trim();
        return trimmed.IsEmpty ? null : string.Concat(type, "/", trimmed);
    }
}

/// <summary>A search or read that failed, so that its kind of record was not (fully) seen.</summary>
public sealed record ReadFailure(string ResourceType, string Why);

/// <summary>What a chart is read from: entries of a posted Bundle, of search pages, of a hook's prefetch.</summary>
public sealed record ChartInput
{
    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>The facility's zone: every date becomes its local day.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>
    /// The patient in context (<c>Patient/123</c>) of a session or hook: another Patient refuses the whole input, and all entries
    /// come from one server. Null: the one Patient of the input.
    /// </summary>
    public string? Patient { get; init; }

    /// <summary>Searches that failed.</summary>
    public IReadOnlyList<ReadFailure> Failures { get; init; } = [];

    /// <summary>What the pages themselves could not tell: error outcomes, entries without a resource, missing pages.</summary>
    public IReadOnlyList<Unread> Unread { get; init; } = [];

    /// <summary>The kinds that were asked for; null for all. What was not asked for is not said to be missing.</summary>
    public IReadOnlyCollection<RecordKind>? LookedFor { get; init; }
}

/// <summary>The patient's chart, or why there is none.</summary>
public abstract record ChartRead
{
    public sealed record Ok(Chart Chart) : ChartRead;
    public sealed record Refused(IReadOnlyList<ReadFault> Faults) : ChartRead;
}
