using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Delivery;

/// <summary>
/// Looks at the orders and bookings of an EHR and compares them with what was seen before: a new biopsy gets the general leaflet at
/// once; a new date or a cancellation withdraws what rested on the old one. Run by poll and by notification alike: a notification only
/// says that it is time to look, so nothing in it has to be believed.
/// </summary>
public sealed class WatchOrders(EhrRegistry registry, EhrCharts ehrs, PolicyShelf policies, HandoutShelf handouts, QueueDeliveries queue, IDbContextFactory<ServiceDb> databases,
    EducationOptions settings, WorklistOptions list, Facility facility, ServiceOptions options, TimeProvider clock, ILogger<WatchOrders> log)
{
    private static readonly TimeSpan PerLook = TimeSpan.FromSeconds(60);

    private sealed record Seen(string Patient, string Order, DateOnly? Date);

    public async Task LookAtAllAsync(CancellationToken cancel)
    {
        foreach (var ehr in registry.All.Where(e => e.BackendClientId is not null)) await LookAsync(ehr, cancel);
    }

    public async Task LookAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var (now, catalogue) = (clock.GetUtcNow(), policies.Default.Catalogue.Biopsies);
        var today = PartialDate.Instant(now, facility.Zone);
        using var deadline = Deadline.After(PerLook, clock);
        var client = ehrs.ForBackend(ehr).Within(deadline);
        var found = await FindOrders.FromAsync(client, new()
        {
            Codes = [.. catalogue.OrderCodes.Distinct()],
            From = today.Last,
            Until = today.Last.AddDays(list.Days),
            Zone = facility.Zone,
        }, cancel);
        if (!found.NotSeen.IsEmpty) log.LogWarning("{Ehr}: {Count} of the searches for orders failed or came short", ehr.Id, found.NotSeen.Length);

        var seen = found.Patients.Select(p => BiopsyOf(p, today, catalogue)).OfType<Seen>().ToList();
        foreach (var biopsy in seen) await NoteAsync(ehr, biopsy, now, cancel);
        await NoteGoneAsync(ehr, client, seen, now, cancel);
    }

    private Seen? BiopsyOf(OrdersOfPatient patient, PartialDate today, BiopsyCatalogue catalogue)
    {
        var chart = new Chart { Person = new(patient.Patient, null, Sex.Unknown), Orders = patient.Orders, Appointments = patient.Appointments };
        if (FindBiopsy.From(new(), chart, today, facility, catalogue) is BiopsyFound.Ok({ Order: { } order } biopsy)) return new(patient.Patient, order, biopsy.Date);
        // Ordered without a day: the general leaflet does not need one.
        var pending = FindBiopsy.Pending(new(), chart, catalogue);
        return pending.Orders.FirstOrDefault(o => o.Occurs is not { IsFull: true }) is { } undated ? new(patient.Patient, undated.Reference, null) : null;
    }

    private async Task NoteAsync(EhrOptions ehr, Seen biopsy, DateTimeOffset now, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Deliveries, cancel);
        var row = await db.BiopsyWatch.FindAsync([ehr.Id, biopsy.Patient, biopsy.Order], cancel);
        var date = QueueDeliveries.Iso(biopsy.Date);
        if (row is { Open: true } && row.BiopsyDate == date) return;
        if (row is null)
        {
            db.BiopsyWatch.Add(row = new() { EhrId = ehr.Id, Patient = biopsy.Patient, OrderRef = biopsy.Order });
            await queue.AddLeafletAsync(db, ehr.Id, biopsy.Patient, biopsy.Order, biopsy.Date, cancel);
        }
        else if (row.BiopsyDate is not null && row.BiopsyDate != date)
            await queue.WithdrawAsync(db, ehr.Id, biopsy.Patient, biopsy.Order, "superseded", $"the biopsy moved from {row.BiopsyDate} to {date ?? "no date"}", handouts.Texts, settings.AllowUnreviewed, cancel);
        (row.BiopsyDate, row.Open, row.SeenAt) = (date, true, now);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>What was open and is not among the found is looked at one by one: only its own status says that it was cancelled.</summary>
    private async Task NoteGoneAsync(EhrOptions ehr, FhirClient client, List<Seen> seen, DateTimeOffset now, CancellationToken cancel)
    {
        List<BiopsyWatchRow> open;
        await using (var db = await databases.CreateDbContextAsync(cancel))
            open = await db.BiopsyWatch.AsNoTracking().Where(w => w.EhrId == ehr.Id && w.Open).ToListAsync(cancel);
        foreach (var row in open.Where(w => !seen.Any(s => s.Patient == w.Patient && s.Order == w.OrderRef)))
        {
            var read = await client.ReadAsync(row.OrderRef, cancel);
            string? status = null;
            if (read.Got(out var order, out var failure))
                using (order) status = order.Root.StatusCode("status");
            var gone = failure is FhirFailure.NotFound || status is "revoked" or "cancelled" or "entered-in-error" or "noshow";
            if (!gone && status is not ("completed" or "fulfilled")) continue; // undated, or out of reach just now
            await using var db = await databases.CreateDbContextAsync(cancel);
            await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Deliveries, cancel);
            await db.BiopsyWatch.Where(w => w.EhrId == row.EhrId && w.Patient == row.Patient && w.OrderRef == row.OrderRef)
                .ExecuteUpdateAsync(w => w.SetProperty(r => r.Open, false).SetProperty(r => r.SeenAt, now), cancel);
            if (gone) await queue.WithdrawAsync(db, row.EhrId, row.Patient, row.OrderRef, "withdrawn", $"the biopsy is {status ?? "gone"}", handouts.Texts, settings.AllowUnreviewed, cancel);
            await transaction.CommitAsync(cancel);
        }
    }
}
