using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Worklist;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Delivery;

/// <summary>
/// Looks at the orders and bookings of an EHR and compares them with what was seen before: a new biopsy gets the general leaflet at
/// once; a new date or a cancellation withdraws what rested on the old one. Run by poll and by notification alike: a notification only
/// says that it is time to look, so nothing in it has to be believed.
/// </summary>
public sealed class WatchOrders(EhrRegistry registry, EhrCharts ehrs, PolicyShelf policies, HandoutShelf handouts, QueueDeliveries queue, UpcomingBiopsies upcoming, IDbContextFactory<ServiceDb> databases,
    EducationOptions settings, Facility facility, ServiceOptions options, TimeProvider clock, ILogger<WatchOrders> log)
{
    private static readonly TimeSpan PerLook = TimeSpan.FromSeconds(60);

    private sealed record Seen(string Patient, string Order, DateOnly? Date);

    public Task LookAtAllAsync(CancellationToken cancel) => EachEhr.DoAsync(registry.All, LookAsync, log, cancel);

    /// <returns>Whether everything could be looked at.</returns>
    public async Task<bool> LookAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var today = PartialDate.Instant(now, facility.Zone);
        using var deadline = Deadline.After(PerLook, clock);
        var client = ehrs.ForBackend(ehr).Within(deadline);
        var found = await upcoming.FindAsync(client, today.Last, cancel);
        if (!found.NotSeen.IsEmpty) log.LogWarning("{Ehr}: {Count} of the orders or searches for them failed or came short", ehr.Id, found.NotSeen.Length);

        var seen = found.Biopsies.Select(b => BiopsyOf(b, today)).OfType<Seen>().ToList();
        foreach (var biopsy in seen) await NoteAsync(ehr, biopsy, found.Complete, now, cancel);
        await NoteGoneAsync(ehr, client, seen, found.Complete, now, today, cancel);
        return found.Complete;
    }

    private Seen? BiopsyOf(UpcomingBiopsy upcoming, PartialDate today)
    {
        if (FindBiopsy.From(new(), upcoming.Records, today, facility, policies.Default.Catalogue.Biopsies) is BiopsyFound.Ok({ Order: { } order } biopsy)) return new(upcoming.Patient, order, biopsy.Date);
        // Ordered without a day: the general leaflet does not need one.
        return upcoming.Pending.Orders.FirstOrDefault(o => o.Occurs is not { IsFull: true }) is { } undated ? new(upcoming.Patient, undated.Reference, null) : null;
    }

    /// <param name="complete">Without every search, an appointment may be one whose order was not found, and a date may stand where we could not look.</param>
    private async Task NoteAsync(EhrOptions ehr, Seen biopsy, bool complete, DateTimeOffset now, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Deliveries, cancel);
        var row = await db.BiopsyWatch.FindAsync([ehr.Id, biopsy.Patient, biopsy.Order], cancel);
        var date = QueueDeliveries.Iso(biopsy.Date);
        if (row is { Open: true } && row.BiopsyDate == date) return;
        if (!complete && (row is null ? !biopsy.Order.StartsWith("ServiceRequest/", StringComparison.Ordinal) : date is null)) return;
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

    /// <summary>What was open and is not among the found is looked at one by one: it may have moved out of the days looked at, or been cancelled.</summary>
    private async Task NoteGoneAsync(EhrOptions ehr, FhirClient client, List<Seen> seen, bool complete, DateTimeOffset now, PartialDate today, CancellationToken cancel)
    {
        List<BiopsyWatchRow> open;
        await using (var db = await databases.CreateDbContextAsync(cancel))
            open = await db.BiopsyWatch.AsNoTracking().Where(w => w.EhrId == ehr.Id && w.Open).ToListAsync(cancel);
        foreach (var row in open.Where(w => !seen.Any(s => s.Patient == w.Patient && s.Order == w.OrderRef)))
        {
            var read = await client.ReadAsync(row.OrderRef, cancel);
            string? status = null;
            if (read.Got(out var order, out var failure))
            {
                using (order)
                {
                    status = order.Root.StatusCode("status");
                    if (upcoming.In(client, order.Root).Where(b => b.Patient == row.Patient).Select(b => BiopsyOf(b, today)).OfType<Seen>().FirstOrDefault() is { } still)
                    {
                        await NoteAsync(ehr, still, complete, now, cancel);
                        continue;
                    }
                }
            }
            if (failure is FhirFailure.Gone || status is "revoked" or "cancelled" or "entered-in-error" or "noshow") await CloseAsync(row, now, $"the biopsy is {status ?? "deleted"}", cancel);
            else if (status is "completed" or "fulfilled") await CloseAsync(row, now, null, cancel);
            // "No such resource" may also be a right that was taken away: not a cancellation, and no reason to go on reminding.
            else if (failure is FhirFailure.NotFound) await HoldBackAsync(row, cancel);
        }
    }

    /// <param name="cancelled">Why it will not be carried out; null when it was.</param>
    private async Task CloseAsync(BiopsyWatchRow row, DateTimeOffset now, string? cancelled, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Deliveries, cancel);
        await db.BiopsyWatch.Where(w => w.EhrId == row.EhrId && w.Patient == row.Patient && w.OrderRef == row.OrderRef)
            .ExecuteUpdateAsync(w => w.SetProperty(r => r.Open, false).SetProperty(r => r.SeenAt, now), cancel);
        if (cancelled is not null) await queue.WithdrawAsync(db, row.EhrId, row.Patient, row.OrderRef, "withdrawn", cancelled, handouts.Texts, settings.AllowUnreviewed, cancel);
        await transaction.CommitAsync(cancel);
    }

    private async Task HoldBackAsync(BiopsyWatchRow row, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await queue.HoldBackAsync(db, row.EhrId, row.Patient, row.OrderRef, "the order cannot be found in the EHR any more: look whether the biopsy still stands, then try again", cancel);
    }
}
