using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>Why a resource is in a search result.</summary>
public enum EntryMode
{
    Match,
    Include,

    /// <summary>An OperationOutcome about the search itself.</summary>
    Outcome,

    /// <summary>An entry without a resource, or one that is not an object: shown as unreadable, never dropped.</summary>
    Unreadable,
}

/// <param name="Resource">The resource; for <see cref="EntryMode.Unreadable"/> the entry as it came.</param>
/// <param name="Mode">From <c>search.mode</c>; where a server leaves it out, from the type searched for.</param>
/// <param name="FullUrl">As sent, not checked.</param>
public readonly record struct SearchEntry(FhirElement Resource, EntryMode Mode, string? FullUrl);

/// <summary>
/// Every page of one search. Holds pooled documents: dispose it when the facts are taken.
/// A result is only complete when <see cref="Incomplete"/> is null.
/// </summary>
public sealed class SearchResult : IDisposable
{
    private readonly ImmutableArray<PooledJson> _pages;

    internal SearchResult(string type, ImmutableArray<PooledJson> pages, SelfLink self, FhirFailure? incomplete)
    {
        _pages = pages;
        Self = self;
        Incomplete = incomplete;
        Entries = [.. pages.SelectMany(p => EntriesOf(p.Root)).Select(e => Read(e, type))];
        Notes = [.. Entries.Where(e => e.Mode == EntryMode.Outcome).SelectMany(e => OutcomeIssue.ReadAll(e.Resource))];
    }

    /// <summary>The bundles as sent.</summary>
    public IEnumerable<FhirElement> Pages => _pages.Select(p => p.Root);

    /// <summary>Every entry of every page, in order; none is dropped.</summary>
    public ImmutableArray<SearchEntry> Entries { get; }

    public IEnumerable<FhirElement> Matches => Entries.Where(e => e.Mode == EntryMode.Match).Select(e => e.Resource);

    public IEnumerable<FhirElement> Included => Entries.Where(e => e.Mode == EntryMode.Include).Select(e => e.Resource);

    /// <summary>What OperationOutcome entries inside the result said.</summary>
    public ImmutableArray<OutcomeIssue> Notes { get; }

    /// <summary>Whether the server used the parameters that were sent.</summary>
    public SelfLink Self { get; }

    /// <summary>Why further pages could not be had (limit, foreign <c>next</c> link, failure); null when every page is here.</summary>
    public FhirFailure? Incomplete { get; }

    /// <summary>
    /// Whether an absent resource may be taken as absent: every page is here, no error note, no unreadable entry, no value dropped.
    /// Parameters that were ignored only widen a result.
    /// </summary>
    public bool ShowsAbsence =>
        Incomplete is null
        && Self.Verdict != SelfLinkVerdict.ValuesDropped
        && !Notes.Any(n => n.IsError)
        && !Entries.Any(e => e.Mode == EntryMode.Unreadable);

    public void Dispose()
    {
        foreach (var page in _pages)
            page.Dispose();
    }

    /// <summary>Also a null in the list is an entry, and shown.</summary>
    private static IEnumerable<FhirElement> EntriesOf(FhirElement bundle)
    {
        if (bundle.Member("entry") is not { ValueKind: JsonValueKind.Array } list)
            yield break;
        foreach (var entry in list.EnumerateArray())
            yield return entry;
    }

    private static SearchEntry Read(FhirElement entry, string type)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("resource", out var resource) || resource.Text("resourceType") is not { } actual)
            return new SearchEntry(entry, EntryMode.Unreadable, entry.Text("fullUrl"));
        var said = entry.TryGetProperty("search", out var search) ? search.Text("mode") : null;
        var mode = actual == "OperationOutcome" ? EntryMode.Outcome
            : said == "include" ? EntryMode.Include
            // "match" on another type than asked for is an include that the server mislabels.
            : actual == type ? EntryMode.Match
            : EntryMode.Include;
        return new SearchEntry(resource, mode, entry.Text("fullUrl"));
    }
}
