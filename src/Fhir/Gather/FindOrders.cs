using System.Collections.Immutable;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Gather;

/// <summary>What to look for across patients.</summary>
public sealed record OrdersRequest
{
    /// <summary>Codes of the order, as system and code: found whatever their date.</summary>
    public required ImmutableArray<(string System, string Code)> Codes { get; init; }

    /// <summary>Orders without such a code, and appointments, are looked for between these days, both counted.</summary>
    public required DateOnly From { get; init; }
    public required DateOnly Until { get; init; }
    public required TimeZoneInfo Zone { get; init; }
}

/// <summary>Orders and bookings of one patient; which of them are about a marrow is for the rules to say.</summary>
public sealed record OrdersOfPatient(string Patient, ImmutableArray<OrderRecord> Orders, ImmutableArray<AppointmentRecord> Appointments);

/// <param name="OfNobody">Orders and bookings that name no patient of this server; which of them are about a marrow is for the rules to say.</param>
/// <param name="NotSeen">What could not be looked for or read, in sentences; empty when everything came.</param>
public sealed record OrdersFound(ImmutableArray<OrdersOfPatient> Patients, OrdersOfPatient OfNobody, ImmutableArray<string> NotSeen);

/// <summary>
/// Orders and appointments of every patient, for the worklist and for automatic education. An order that has neither a known code nor
/// a date, and that no appointment names, is not found: no FHIR search could tell it from all others.
/// </summary>
public static class FindOrders
{
    private const string PageSize = "200";
    private const int MostOrderReads = 200;
    private const string Nobody = "";

    public static async Task<OrdersFound> FromAsync(FhirClient client, OrdersRequest request, CancellationToken ct)
    {
        var live = FhirQuery.Of(("status", "active,on-hold"), ("_count", PageSize));
        string Code((string System, string Code) c) => c.System.Length == 0 ? c.Code : $"{c.System}|{c.Code}";
        var searches = new List<(string What, string Type, FhirQuery Query)>
        {
            ("Orders by date", "ServiceRequest", live.And("occurrence", $"ge{request.From:yyyy-MM-dd}").And("occurrence", $"le{request.Until:yyyy-MM-dd}")),
            ("Appointments", "Appointment", FhirQuery.Of(("date", $"ge{request.From:yyyy-MM-dd}"), ("date", $"le{request.Until:yyyy-MM-dd}"), ("_include", "Appointment:based-on"), ("_count", PageSize))),
        };
        if (!request.Codes.IsEmpty) searches.Insert(0, ("Orders by code", "ServiceRequest", live.And("code", string.Join(',', request.Codes.Select(Code)))));

        var answers = await Task.WhenAll(searches.Select(async s => (s.What, Result: await client.SearchAsync(s.Type, s.Query, ct).ConfigureAwait(false)))).ConfigureAwait(false);
        var reads = new List<FhirResult<FhirResource>>();
        try
        {
            var (entries, notSeen) = (new List<Entry>(), ImmutableArray.CreateBuilder<string>());
            foreach (var (what, result) in answers)
            {
                if (!result.Got(out var pages, out var failure))
                {
                    notSeen.Add($"{what}: {failure.Sentence}");
                    continue;
                }
                if (!pages.ShowsAbsence) notSeen.Add($"{what}: not every page or entry could be read.");
                entries.AddRange(pages.Entries.Where(e => e.Mode is EntryMode.Match or EntryMode.Include).Select(e => new Entry(e.FullUrl, e.Resource, what)));
            }
            await ReadBookedOrdersAsync(client, entries, reads, notSeen, ct).ConfigureAwait(false);
            var byPatient = ByPatient(client, request.Zone, entries);
            return new([.. byPatient.Where(p => p.Patient != Nobody)], byPatient.FirstOrDefault(p => p.Patient == Nobody) ?? new(Nobody, [], []), notSeen.ToImmutable());
        }
        finally
        {
            foreach (var (_, result) in answers)
                if (result.Got(out var pages, out _)) pages.Dispose();
            foreach (var read in reads)
                if (read.Got(out var order, out _)) order.Dispose();
        }
    }

    /// <summary>The orders that appointments name and no page brought along.</summary>
    private static async Task ReadBookedOrdersAsync(FhirClient client, List<Entry> entries, List<FhirResult<FhirResource>> reads, ImmutableArray<string>.Builder notSeen, CancellationToken ct)
    {
        var here = entries.Where(e => e.Type == "ServiceRequest").Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var wanted = entries.Where(e => e.Type == "Appointment").SelectMany(e => e.Resource.Items("basedOn")).Select(r => r.Text("reference"))
            .Select(r => client.Server.Addresses.TryReadReference(r, out var address) && address.Type == "ServiceRequest" && !here.Contains(address.Id) ? $"ServiceRequest/{address.Id}" : null)
            .OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        if (wanted.Count > MostOrderReads) notSeen.Add($"Only {MostOrderReads} of the {wanted.Count} orders behind appointments were read.");
        reads.AddRange(await Task.WhenAll(wanted.Take(MostOrderReads).Select(r => client.ReadAsync(r, ct))).ConfigureAwait(false));
        foreach (var (read, reference) in reads.Zip(wanted))
        {
            if (read.Got(out var order, out var failure)) entries.Add(new(null, order.Root, reference));
            else notSeen.Add($"{reference}: {failure.Sentence}");
        }
    }

    /// <summary>One order or appointment that was read by itself.</summary>
    public static ImmutableArray<OrdersOfPatient> Of(FhirClient client, FhirElement resource, TimeZoneInfo zone) => ByPatient(client, zone, [new(null, resource, "order")]);

    private static ImmutableArray<OrdersOfPatient> ByPatient(FhirClient client, TimeZoneInfo zone, List<Entry> entries)
    {
        var distinct = entries.Where(e => e.Type is "ServiceRequest" or "Appointment").DistinctBy(e => e.Reference, StringComparer.Ordinal).ToList();
        var reader = new Reader(zone, new References(distinct, oneServer: true));
        var patients = new SortedDictionary<string, (List<OrderRecord> Orders, List<AppointmentRecord> Appointments)>(StringComparer.Ordinal);
        foreach (var entry in distinct)
        {
            foreach (var patient in PatientsOf(client, entry.Resource).DefaultIfEmpty(Nobody))
            {
                if (!patients.TryGetValue(patient, out var records)) patients[patient] = records = ([], []);
                if (entry.Type == "ServiceRequest") records.Orders.Add(new OrderLens(entry, reader).Read());
                else records.Appointments.Add(new AppointmentLens(entry, reader).Read());
            }
        }
        return [.. patients.Select(p => new OrdersOfPatient(p.Key, [.. p.Value.Orders], [.. p.Value.Appointments]))];
    }

    private static IEnumerable<string> PatientsOf(FhirClient client, FhirElement json) =>
        json.Items("participant").Select(p => p.Member("actor")).Prepend(json.Member("subject")).Select(r => r.Text("reference"))
            .Select(r => client.Server.Addresses.TryReadReference(r, out var address) && address.Type == "Patient" ? $"Patient/{address.Id}" : null)
            .OfType<string>().Distinct(StringComparer.Ordinal);
}
