using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Cds;

/// <summary>What gathering came to.</summary>
internal abstract record Gathering
{
    public sealed record NoBiopsy : Gathering;

    public sealed record CannotRead(string What, string Why) : Gathering;

    /// <summary>A Patient other than the context's, anywhere in the call: the whole call is refused (evidence 7.1 rule 10).</summary>
    public sealed record Refused(IReadOnlyList<ReadFault> Faults) : Gathering;

    public sealed record Ok(Chart Chart, SoughtBiopsy Biopsy, IReadOnlyList<Unseen> Unseen) : Gathering;
}

/// <summary>
/// Prefetch first, then only the gaps, in two steps under one deadline. First the orders and appointments: without a marrow biopsy
/// nobody is asked for anything more. Then, all at once, whatever else the client did not send.
/// </summary>
internal sealed class GatherHook(EhrCharts charts, CapabilitiesShelf capabilities, PolicyShelf policies, Facility facility)
{
    private static readonly string[] OrderKeys = [PrefetchKey.ServiceRequests, PrefetchKey.Appointments];

    /// <param name="data">Keeps what is read alive; the caller's to dispose, after the answer is written.</param>
    public async Task<Gathering> RunAsync(HookRequest request, EhrOptions ehr, bool ehrIsTheCallers, HookData data, PartialDate asOf, Deadline deadline, CancellationToken cancel)
    {
        var access = HookAccess.Of(request, ehr, ehrIsTheCallers, charts);
        var client = access.Client?.Within(deadline);
        var reading = new GatherRequest
        {
            Patient = $"Patient/{request.PatientId}",
            Zone = facility.Zone,
            AsOf = asOf.Last,
            Capabilities = client is null || data.Prefetched.All(p => !p.IsGap) ? Task.FromResult<Capabilities?>(null) : capabilities.GetAsync(ehr, client, cancel),
            MayRead = access.MayRead,
        };
        var catalogue = policies.Default.Catalogue.Biopsies;

        await FillAsync(data, client, reading, OrderKeys, cancel);
        foreach (var entry in data.Entries)
            if (entry.Type is "Patient" && entry.Reference != reading.Patient)
                return new Gathering.Refused([new(entry.Where, "This Patient is not the one of context.patientId.")]);
        var orders = OrdersOf(data, reading);
        if (SoughtBiopsy.In(orders, data.Drafts.Has, asOf, facility, catalogue) is not { } biopsy) return WithoutBiopsy(data, access, orders, catalogue);

        await FillAsync(data, client, reading, [.. PrefetchKey.All.Select(k => k.Key).Except(OrderKeys)], cancel);
        var entries = data.Entries;
        if (!entries.Any(e => e.Type is "Patient")) return new Gathering.CannotRead("The patient", Why(data, Of(data, PrefetchKey.Patient), access));
        var chart = ReadChart.From(new()
        {
            Entries = entries,
            Zone = facility.Zone,
            Patient = reading.Patient,
            Failures = [.. Failures(data, access)],
            Unread = [.. data.Drafts.Unread, .. data.Prefetched.SelectMany(p => p.Unread), .. data.Read.SelectMany(r => r.Unread)],
        });
        return chart switch
        {
            ChartRead.Ok ok => new Gathering.Ok(ok.Chart, biopsy, [.. biopsy.Assumed is { } day ? [day] : (Unseen[])[], .. Unseen(data, access)]),
            ChartRead.Refused refused => new Gathering.Refused(refused.Faults),
            _ => throw new InvalidOperationException("ChartRead is a closed set."),
        };
    }

    private static async Task FillAsync(HookData data, FhirClient? client, GatherRequest reading, string[] keys, CancellationToken cancel)
    {
        if (client is null) return;
        var names = data.Prefetched.Where(p => p.IsGap && keys.Contains(p.Key.Key)).Select(p => p.Key.Search).Distinct().ToList();
        // Products that sent orders refer to are wanted only once there is a biopsy.
        IReadOnlyCollection<Entry> there = keys == OrderKeys ? [] : data.Entries;
        if (names.Count > 0 || there.Count > 0) data.Add(await GatherGaps.ReadAsync(client, reading, names, there, cancel));
    }

    /// <summary>Orders and appointments alone; whose they are is checked against a Patient of whom only the id is known.</summary>
    private Chart OrdersOf(HookData data, GatherRequest reading)
    {
        using var patient = FhirDocument.Of($$"""{"resourceType":"Patient","id":{{JsonSerializer.Serialize(reading.Patient.Split('/')[1])}}}""");
        var entries = new List<Entry> { new(null, patient.RootElement, "context") };
        foreach (var entry in data.Entries)
            if (entry.Type is "ServiceRequest" or "ProcedureRequest" or "Appointment") entries.Add(entry);
        return ((ChartRead.Ok)ReadChart.From(new() { Entries = entries, Zone = facility.Zone, Patient = reading.Patient })).Chart;
    }

    /// <summary>"No cards" only when it was seen that there is no biopsy (H-23).</summary>
    private static Gathering WithoutBiopsy(HookData data, HookAccess access, Chart orders, BiopsyCatalogue catalogue)
    {
        if (FindBiopsy.Pending(new() { DraftsCount = true }, orders, catalogue).Unreadable is [var order, ..])
            return new Gathering.CannotRead($"The order {order.Reference}", order.CannotInterpret!);
        var seen = Of(data, PrefetchKey.ServiceRequests);
        return data.IsSeen(seen) ? new Gathering.NoBiopsy() : new Gathering.CannotRead("The patient's orders", Why(data, seen, access));
    }

    private static Prefetched Of(HookData data, string key) => data.Prefetched.First(p => p.Key.Key == key);

    private static string Why(HookData data, Prefetched sent, HookAccess access) => $"{sent.Why} {access.WhyNot ?? data.WhyNotRead(sent)}".TrimEnd();

    private static IEnumerable<Unseen> Unseen(HookData data, HookAccess access) =>
        data.Prefetched.Where(p => !data.IsSeen(p)).Select(p => new Unseen(p.Key.Words, Why(data, p, access)));

    /// <summary>Per kind of record, for the verdict: what was neither sent nor read keeps "ready" away.</summary>
    private static IEnumerable<ReadFailure> Failures(HookData data, HookAccess access) =>
        data.Prefetched.Where(p => p.Key.Key is not PrefetchKey.Patient && !data.IsSeen(p)).Select(p => new ReadFailure(p.Key.Type, $"{p.Key.Words}. {Why(data, p, access)}"));
}
