using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>One resource as received, alive as long as its document. Two entries are the same only when they are one.</summary>
public sealed class Entry
{
    private readonly string? _typeAndId;
    private readonly (string Start, int Index) _place;

    /// <param name="fullUrl">Its address in the Bundle, or the address it was read from.</param>
    /// <param name="where">JSON pointer to it, for messages.</param>
    /// <param name="draft">An unsigned order of a hook: a medicine-to-be, a biopsy-to-be.</param>
    public Entry(string? fullUrl, FhirElement resource, string where, bool draft = false) : this(fullUrl, resource, (where, -1), draft) { }

    private Entry(string? fullUrl, FhirElement resource, (string, int) place, bool draft)
    {
        (FullUrl, Resource, _place, Draft) = (fullUrl, resource, place, draft);
        Type = resource.CodeText("resourceType");
        _typeAndId = resource.Id() is { } id ? $"{Type}/{id}" : null;
    }

    /// <summary>The resource of an entry of a Bundle.</summary>
    internal static Entry In(string bundle, int index, string? fullUrl, FhirElement resource) => new(fullUrl, resource, (bundle, index), draft: false);

    public string? FullUrl { get; }
    public FhirElement Resource { get; }
    public bool Draft { get; }
    public string? Type { get; }

    /// <summary>Written only when it is asked for: there are hundreds of entries, and a message about few.</summary>
    public string Where => _place.Index < 0 ? _place.Start : $"{_place.Start}/entry/{_place.Index}/resource";

    public bool HasId => _typeAndId is not null;

    public string? Id => HasId ? Resource.Id() : null;

    /// <summary>How findings name it: <c>Type/id</c>, else its address, else its place.</summary>
    public string Reference => _typeAndId ?? FullUrl ?? $"{Type ?? "entry"} at {Where}";

    public Entry AsDraft(bool draft) => draft == Draft ? this : new(FullUrl, Resource, _place, draft);

    public Entry At(string where) => new(FullUrl, Resource, where, Draft);
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
