using System.Collections.Immutable;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Gather;

/// <summary>
/// What was read beside what is there already. Holds pooled documents: dispose it when the chart is read and written about.
/// </summary>
public sealed class GapsRead(IReadOnlyList<IDisposable> documents) : IDisposable
{
    /// <summary>The names that were asked for.</summary>
    public IReadOnlyCollection<string> Names { get; init; } = [];
    public IReadOnlyList<Entry> Entries { get; init; } = [];
    public IReadOnlyList<ReadFailure> Failures { get; init; } = [];
    public IReadOnlyList<Unread> Unread { get; init; } = [];

    /// <summary>By name of the search: why it brought nothing, or not all.</summary>
    public IReadOnlyDictionary<string, string> NotSeen { get; init; } = ImmutableDictionary<string, string>.Empty;

    public void Dispose()
    {
        foreach (var document in documents) document.Dispose();
    }
}

/// <summary>
/// Reading for a hook: only what the client did not send along, all at once, by the searches of <see cref="GatherChart"/>. What does not
/// come in time is said, not waited for: the client's deadline decides.
/// </summary>
public static class GatherGaps
{
    /// <summary>Name of the reading of the Patient.</summary>
    public const string Patient = "patient";

    /// <param name="client">Under the deadline of the call.</param>
    /// <param name="names">Names of the searches that are wanted (<c>medicationRequests</c>, <c>laboratory</c> …), and <see cref="Patient"/>.</param>
    /// <param name="there">What is there already: Medications that its entries refer to are read too.</param>
    public static async Task<GapsRead> ReadAsync(FhirClient client, GatherRequest request, IReadOnlyCollection<string> names, IReadOnlyCollection<Entry> there, CancellationToken ct)
    {
        var person = !names.Contains(Patient) ? null : !request.MayRead("Patient") ? Task.FromResult<FhirResult<FhirResource>>(new FhirFailure.Forbidden("Patient")) : client.ReadAsync(request.Patient, ct);
        var known = GatherChart.MissingMedicationsAsync(client, request, there, ct);
        var searches = await Task.WhenAll(Searches.For(request).Where(s => names.Contains(s.Name)).Select(s => GatherChart.RunAsync(client, request, s, ct))).ConfigureAwait(false);
        ImmutableArray<Entry> found = [.. searches.SelectMany(GatherChart.Entries)];
        var medications = (await known.ConfigureAwait(false)).AddRange(await GatherChart.MissingMedicationsAsync(client, request, [.. there.Where(e => e.Type == "Medication"), .. found], ct).ConfigureAwait(false));
        var patient = person is null ? null : await person.ConfigureAwait(false);

        var documents = new List<IDisposable>();
        foreach (var search in searches)
            if (search.Result is { } result && result.Got(out var pages, out _)) documents.Add(pages);
        foreach (var (_, read) in medications)
            if (read.Got(out var medication, out _)) documents.Add(medication);
        FhirResource? one = null;
        FhirFailure? noPatient = null;
        if (patient is not null && patient.Got(out one, out noPatient)) documents.Add(one);

        var announced = await GatherChart.AnnouncedAsync(request, searches).ConfigureAwait(false);
        var notSeen = announced.SelectMany(s => GatherChart.Failures(s).Select(f => (s.Search.Name, f.Why)))
            .Concat(noPatient is null ? [] : [(Patient, noPatient.Sentence)])
            .GroupBy(f => f.Item1, StringComparer.Ordinal).ToDictionary(g => g.Key, g => string.Join(" ", g.Select(f => f.Item2)), StringComparer.Ordinal);
        return new(documents)
        {
            Names = names,
            Entries = [.. one is null ? [] : (Entry[])[new(null, one.Root, "Patient")], .. found, .. GatherChart.Found(medications)],
            Failures = [.. announced.SelectMany(GatherChart.Failures)],
            Unread = [.. announced.SelectMany(GatherChart.Notes)],
            NotSeen = notSeen,
        };
    }
}
