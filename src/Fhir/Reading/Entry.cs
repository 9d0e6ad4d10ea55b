using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>One resource as received, alive as long as its document.</summary>
/// <param name="FullUrl">Its address in the Bundle, or the address it was read from.</param>
/// <param name="Where">JSON pointer to it, for messages.</param>
/// <param name="Draft">An unsigned order of a hook: a medicine-to-be, a biopsy-to-be.</param>
public readonly record struct Entry(string? FullUrl, FhirElement Resource, string Where, bool Draft = false)
{
    /// <summary>Read once: every step asks for it.</summary>
    public string? Type { get; } = Resource.CodeText("resourceType");

    public string? Id { get; } = Resource.CodeText("id");

    private readonly string? _typeAndId = Resource.CodeText("id") is { } id ? $"{Resource.CodeText("resourceType")}/{id}" : null;

    /// <summary>How findings name it: <c>Type/id</c>, else its address, else its place.</summary>
    public string Reference => _typeAndId ?? FullUrl ?? $"{Type ?? "entry"} at {Where}";
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
