using System.Collections.Immutable;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Gather;

/// <summary>What is asked for, and what may be asked for.</summary>
public sealed record GatherRequest
{
    /// <summary>The patient in context, Patient/123.</summary>
    public required string Patient { get; init; }
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>Results older than the longest window are not asked for; counted back from this day.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>
    /// LOINC codes of results that are looked for a second time, without category and date: one that a laboratory filed without
    /// either would be overlooked otherwise. None: that search is left out.
    /// </summary>
    public ImmutableArray<string> ResultCodes { get; init; } = [];

    /// <summary>
    /// What the server announces, perhaps still on its way: the searches do not wait for it. Null when its CapabilityStatement could
    /// not be read: then everything is asked for, and every failure is said.
    /// </summary>
    public Task<Capabilities?> Capabilities { get; init; } = Task.FromResult<Capabilities?>(null);

    /// <summary>Whether the granted scopes allow reading a type. A type that may not be read is said, never taken as empty.</summary>
    public Func<string, bool> MayRead { get; init; } = _ => true;

    /// <summary>Told as each search ends, for a progress page: type and how many entries, or null when it failed.</summary>
    public Action<string, int?>? Progress { get; init; }
}

/// <summary>The chart, how much was read, or why there is none.</summary>
public abstract record Gathered
{
    public sealed record Ok(Chart Chart, PatientName? Name, int RecordsRead) : Gathered;

    /// <summary>The Patient could not be read, or the EHR answered with another one.</summary>
    public sealed record Refused(string Why) : Gathered;
}

/// <summary>For the banner only; it never enters the chart or a log.</summary>
public sealed record PatientName(string Name, string? BirthDate, string? Identifier);

/// <summary>
/// Live reading: every search at once under one deadline, then the Medications that no search brought along, then the chart.
/// Two waves of round trips.
/// </summary>
public static class GatherChart
{
    private const int MostMedicationReads = 100;

    public static async Task<Gathered> FromAsync(FhirClient client, GatherRequest request, CancellationToken ct)
    {
        var patient = client.ReadAsync(request.Patient, ct);
        var searches = await Task.WhenAll(Searches.For(request).Select(s => RunAsync(client, request, s, ct))).ConfigureAwait(false);
        var person = await patient.ConfigureAwait(false);
        var medications = ImmutableArray<(string, FhirResult<FhirResource>)>.Empty;
        try
        {
            if (!person.Got(out var resource, out var failure)) return new Gathered.Refused($"The patient could not be read. {failure.Sentence}");
            medications = await MissingMedicationsAsync(client, request, [.. searches.SelectMany(Entries)], ct).ConfigureAwait(false);
            return Read(request, resource, await AnnouncedAsync(request, searches).ConfigureAwait(false), medications);
        }
        finally
        {
            if (person.Got(out var resource, out _)) resource.Dispose();
            foreach (var search in searches)
                if (search.Result is { } result && result.Got(out var pages, out _)) pages.Dispose();
            foreach (var (_, read) in medications)
                if (read.Got(out var medication, out _)) medication.Dispose();
        }
    }

    /// <summary>A failed search of an optional type that the server does not announce is not a failure: there is nothing of it here.</summary>
    internal static async Task<Searched[]> AnnouncedAsync(GatherRequest request, Searched[] searches) =>
        await request.Capabilities.ConfigureAwait(false) is not { } announced ? searches
            : [.. searches.Where(s => !Searches.Optional.Contains(s.Search.Type) || announced.May(s.Search.Type, Interaction.Search) || (s.Result?.Got(out _, out _) ?? false))];

    internal sealed record Searched(Search Search, FhirResult<SearchResult>? Result, string? NotAsked);

    internal static async Task<Searched> RunAsync(FhirClient client, GatherRequest request, Search search, CancellationToken ct)
    {
        if (!request.MayRead(search.Type)) return new(search, null, "The EHR did not grant access to this type.");
        var result = await client.SearchAsync(search.Type, search.Query, ct).ConfigureAwait(false);
        // A server that refuses a narrowing parameter is asked again without it: more than needed is no loss.
        if (search.Plain is { } plain && !result.Got(out _, out var failure) && failure is FhirFailure.Refused or FhirFailure.NotFound)
            result = await client.SearchAsync(search.Type, plain, ct).ConfigureAwait(false);
        request.Progress?.Invoke(search.Type, result.Got(out var pages, out _) ? pages.Entries.Length : null);
        return new(search, result, null);
    }

    /// <summary>Epic sends no included Medication (E-1): what an entry points to and no page holds is read one by one.</summary>
    internal static async Task<ImmutableArray<(string Reference, FhirResult<FhirResource> Read)>> MissingMedicationsAsync(
        FhirClient client, GatherRequest request, IReadOnlyCollection<Entry> entries, CancellationToken ct)
    {
        var here = entries.Where(e => e.Type == "Medication").Select(e => e.Reference).ToHashSet(StringComparer.Ordinal);
        var wanted = entries.Where(e => e.Type is not "Medication").Select(e => e.Resource.Member("medicationReference").Text("reference"))
            .OfType<string>().Where(r => !r.StartsWith('#')).Distinct(StringComparer.Ordinal)
            .Where(r => !here.Any(h => r == h || r.EndsWith($"/{h}", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).Take(MostMedicationReads).ToList();
        if (wanted.Count == 0 || !request.MayRead("Medication")) return [];
        return [.. await Task.WhenAll(wanted.Select(async reference => (reference, await client.ReadAsync(reference, ct).ConfigureAwait(false)))).ConfigureAwait(false)];
    }

    internal static IEnumerable<Entry> Found(IEnumerable<(string Reference, FhirResult<FhirResource> Read)> medications)
    {
        foreach (var (reference, read) in medications)
            if (read.Got(out var medication, out _)) yield return new(reference.Contains("://", StringComparison.Ordinal) ? reference : null, medication.Root, reference);
    }

    private static Gathered Read(GatherRequest request, FhirResource patient, Searched[] searches, ImmutableArray<(string Reference, FhirResult<FhirResource> Read)> medications)
    {
        var entries = new List<Entry> { new(null, patient.Root, "Patient") };
        entries.AddRange(searches.SelectMany(Entries));
        entries.AddRange(Found(medications));

        var chart = ReadChart.From(new ChartInput
        {
            Entries = entries,
            Zone = request.Zone,
            Patient = request.Patient,
            Failures = [.. searches.SelectMany(Failures)],
            Unread = [.. searches.SelectMany(Notes)],
            LookedFor = [.. searches.Select(s => RecordKinds.Of(s.Search.Type)).OfType<RecordKind>().Distinct()],
        });
        return chart switch
        {
            ChartRead.Ok ok => new Gathered.Ok(ok.Chart, NameOf(patient), entries.Count),
            ChartRead.Refused refused => new Gathered.Refused(string.Join(" ", refused.Faults.Select(f => f.What))),
            _ => throw new InvalidOperationException("ChartRead is a closed set."),
        };
    }

    internal static IEnumerable<Entry> Entries(Searched searched)
    {
        if (searched.Result is not { } result || !result.Got(out var pages, out _)) yield break;
        for (var i = 0; i < pages.Entries.Length; i++)
        {
            var entry = pages.Entries[i];
            if (entry.Mode is EntryMode.Match or EntryMode.Include) yield return new(entry.FullUrl, entry.Resource, $"{searched.Search.Type} search, entry {i}");
        }
    }

    internal static IEnumerable<ReadFailure> Failures(Searched searched) => searched.Search.BestEffortFor is null ? WhyNotAll(searched) : [];

    private static IEnumerable<ReadFailure> WhyNotAll(Searched searched)
    {
        if (searched.NotAsked is { } why) yield return new(searched.Search.Type, why);
        if (searched.Result is not { } result) yield break;
        if (!result.Got(out var pages, out var failure)) yield return new(searched.Search.Type, failure.Sentence);
        else if (pages.Incomplete is { } incomplete) yield return new(searched.Search.Type, $"Not every page could be read. {incomplete.Sentence}");
        else if (pages.Self.Verdict == SelfLinkVerdict.ValuesDropped)
            yield return new(searched.Search.Type, $"The EHR left out part of what was asked for ({string.Join(", ", pages.Self.Parameters)}).");
    }

    internal static IEnumerable<Unread> Notes(Searched searched)
    {
        if (searched.Search.BestEffortFor is { } what && WhyNotAll(searched).Select(f => f.Why).FirstOrDefault() is { } why)
            yield return new(what, $"This EHR could not be searched for them. {why}", searched.Search.Hides);
        if (searched.Result is not { } result || !result.Got(out var pages, out _)) yield break;
        foreach (var entry in pages.Entries)
        {
            if (entry.Mode == EntryMode.Unreadable)
                yield return new($"An entry of the {searched.Search.Type} search", "It holds no readable resource.", searched.Search.Hides);
            else if (entry.Mode == EntryMode.Outcome)
                foreach (var note in Outcomes.Read(entry.Resource, $"the {searched.Search.Type} search")) yield return note;
        }
        // A server that ignores every parameter may have answered with everybody; the patient check of ReadChart drops the others visibly.
        if (pages.Self.Verdict == SelfLinkVerdict.ParametersIgnored && pages.Self.Parameters.Contains("patient"))
            yield return new($"The {searched.Search.Type} search", "The EHR ignored the patient parameter; entries of other patients were left out here.", MightHide.Other);
    }

    private static PatientName? NameOf(FhirResource patient)
    {
        if (PersonNames.Of(patient.Root) is not { } words) return null;
        var identifier = patient.Root.Items("identifier").Select(i => i.Text("value")).FirstOrDefault(v => v is not null);
        return new(words, patient.Root.Text("birthDate"), identifier);
    }
}
