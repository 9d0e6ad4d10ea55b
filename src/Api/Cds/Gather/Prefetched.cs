using System.Text.Json;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Cds;

/// <summary>What a client sent for one prefetch template. Five cases with five meanings (H-19).</summary>
internal enum Sent
{
    /// <summary>No such member: the client declined. We ask ourselves.</summary>
    Nothing,

    /// <summary><c>null</c>: the client looked, there is nothing.</summary>
    NoData,

    /// <summary>An OperationOutcome, or something unusable: the client tried and failed. We ask ourselves.</summary>
    Failure,

    /// <summary>A page of several, or a Bundle that says that something is missing: what is there counts, and we ask ourselves for all of it.</summary>
    Part,

    /// <summary>The resource, or every match.</summary>
    All,
}

/// <summary>One prefetch member, read.</summary>
internal sealed record Prefetched(PrefetchKey Key, Sent Sent)
{
    public IReadOnlyList<Entry> Entries { get; init; } = [];

    /// <value>Notes inside a Bundle that are no gap: warnings, information.</value>
    public IReadOnlyList<Unread> Unread { get; init; } = [];

    /// <value>Why it is not all; a sentence.</value>
    public string? Why { get; init; }

    public bool IsGap => Sent is Sent.Nothing or Sent.Failure or Sent.Part;

    public static Prefetched Read(PrefetchKey key, FhirElement prefetch, DateOnly windowStart)
    {
        if (prefetch.ValueKind is not JsonValueKind.Object || !prefetch.TryGetProperty(key.Key, out var json)) return new(key, Sent.Nothing) { Why = "The EHR did not send it." };
        if (json.ValueKind is JsonValueKind.Null) return new(key, Sent.NoData);
        if (json.ValueKind is not JsonValueKind.Object) return new(key, Sent.Failure) { Why = "What the EHR sent is no resource." };
        return json.CodeText("resourceType") switch
        {
            "OperationOutcome" => new(key, Sent.Failure) { Why = "The EHR tried to read it and failed." },
            "Bundle" => OfBundle(key, json, windowStart),
            { } type when type == key.Type => new(key, Sent.All) { Entries = [new(null, json, $"#/prefetch/{key.Key}")] },
            _ => new(key, Sent.Failure) { Why = "The EHR sent something else." },
        };
    }

    private static Prefetched OfBundle(PrefetchKey key, FhirElement bundle, DateOnly windowStart)
    {
        // The pages that follow are judged here, where the order of the page is known.
        var content = Bundles.Read(bundle, pagesAreFollowed: true, where: $"#/prefetch/{key.Key}");
        var severe = content.Unread.Where(u => u.Hides is not (MightHide.Nothing or MightHide.Other)).ToList();
        var read = new Prefetched(key, Sent.All) { Entries = content.Entries, Unread = [.. content.Unread.Except(severe)] };
        if (severe.Count > 0) return read with { Sent = Sent.Part, Why = string.Join(" ", severe.Select(u => u.Why).Distinct()) };
        if (key.Key is PrefetchKey.Patient && content.Entries.All(e => e.Type != "Patient")) return read with { Sent = Sent.Failure, Why = "The EHR sent no Patient." };
        if (content.Entries.FirstOrDefault(e => e.Type == "OperationOutcome") is { Type: not null } outcome && Outcomes.Read(outcome.Resource, outcome.Where).Any(u => u.Hides is MightHide.Antithrombotic))
            return read with { Sent = Sent.Part, Entries = [.. content.Entries.Where(e => e.Type != "OperationOutcome")], Why = "The EHR sent it with an error." };
        if (bundle.CodeText("type") is { } type and not ("searchset" or "collection")) return read with { Sent = Sent.Part, Why = $"The EHR sent a Bundle of type {type}." };
        return HasMore(key, bundle, content.Entries) && !PageSaysEnough(key, content.Entries, windowStart)
            ? read with { Sent = Sent.Part, Why = "The EHR sent one page of several." }
            : read;
    }

    private static bool HasMore(PrefetchKey key, FhirElement bundle, IReadOnlyList<Entry> entries) =>
        Bundles.Next(bundle) is not null
        || (bundle.CodeText("type") is "searchset" && bundle.Whole("total") is { } total && total > entries.Count(e => e.Type == key.Type));

    /// <summary>Newest first, which is looked at and not assumed: servers ignore <c>_sort</c>.</summary>
    private static bool PageSaysEnough(PrefetchKey key, IReadOnlyList<Entry> entries, DateOnly windowStart)
    {
        if (key.Enough is PageSays.All || entries.Count is 0) return false;
        var days = entries.Where(e => e.Type == key.Type).Select(e => Day(e.Resource)).ToList();
        if (days.Count is 0 || days.Contains(null) || !days.Zip(days.Skip(1)).All(pair => pair.First >= pair.Second)) return false;
        return key.Enough is PageSays.TheNewest || days[^1] < windowStart;
    }

    private static DateOnly? Day(FhirElement observation) =>
        FhirDates.Read(observation.Text("effectiveDateTime") ?? observation.Text("effectiveInstant") ?? observation.Member("effectivePeriod").Text("start"), TimeZoneInfo.Utc)?.First;
}
