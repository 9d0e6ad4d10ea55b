using System.Text.Json;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Cds;

/// <summary>Drafts of a call (draft orders, proposed appointments) as entries of the chart: medicines-to-be, a biopsy-to-be.</summary>
internal sealed class HookDrafts
{
    private readonly Dictionary<string, FhirElement> byReference = new(StringComparer.Ordinal);

    public HookDrafts(FhirElement bundle, string where)
    {
        if (bundle.ValueKind is not JsonValueKind.Object) return;
        var content = Bundles.Read(bundle, pagesAreFollowed: true, where);
        Entries = [.. content.Entries.Select(e => e.AsDraft(IsDraft(e)))];
        Unread = content.Unread;
        foreach (var entry in Entries) byReference.TryAdd(entry.Reference, entry.Resource);
    }

    public IReadOnlyList<Entry> Entries { get; } = [];
    public IReadOnlyList<Domain.Unread> Unread { get; } = [];
    public IReadOnlyDictionary<string, FhirElement> ByReference => byReference;

    public bool Has(string reference) => byReference.ContainsKey(reference);

    /// <summary>H-62: on re-signing an order is active already, and its medicine is in use, not to be.</summary>
    private static bool IsDraft(Entry entry) => entry.Resource.CodeText("status")?.ToLowerInvariant() is not ("active" or "on-hold" or "completed" or "stopped" or "cancelled" or "revoked" or "entered-in-error");
}

/// <summary>Everything there is for one call: drafts, prefetch, and what was read beside them.</summary>
internal sealed class HookData(HookDrafts drafts, IReadOnlyList<Prefetched> prefetched) : IDisposable
{
    private readonly List<GapsRead> read = [];
    private List<Entry>? entries;

    public HookDrafts Drafts => drafts;
    public IReadOnlyList<Prefetched> Prefetched => prefetched;
    public IReadOnlyList<GapsRead> Read => read;

    public void Add(GapsRead more)
    {
        read.Add(more);
        entries = null;
    }

    /// <summary>A page of several gives way to the whole, once we have read that.</summary>
    public IReadOnlyList<Entry> Entries => entries ??= All();

    private List<Entry> All()
    {
        var all = new List<Entry>(drafts.Entries.Count + prefetched.Sum(p => p.Entries.Count) + read.Sum(r => r.Entries.Count));
        all.AddRange(drafts.Entries);
        foreach (var sent in prefetched)
            if (sent.Sent is not Sent.Part || !IsSeen(sent)) all.AddRange(sent.Entries);
        foreach (var gap in read) all.AddRange(gap.Entries);
        return all;
    }

    /// <summary>Sent whole, or read whole by ourselves. To be asked when reading is over.</summary>
    public bool IsSeen(Prefetched sent) => !sent.IsGap || (read.Any(r => r.Names.Contains(sent.Key.Search)) && WhyNotRead(sent) is null);

    /// <summary>Why our own reading brought nothing, or not all.</summary>
    public string? WhyNotRead(Prefetched sent) => read.Select(r => r.NotSeen.GetValueOrDefault(sent.Key.Search)).FirstOrDefault(why => why is not null);

    public void Dispose()
    {
        foreach (var one in read) one.Dispose();
    }
}
