using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Delivery;

/// <summary>
/// Asks the EHR now and then whether a message has been seen. R4 has one place for it, <c>Communication.received</c>; for a document
/// there is none. What the EHR does not record stays "not known": never "seen", and never "not seen".
/// </summary>
public sealed class LookWhetherSeen(EhrRegistry registry, EhrCharts ehrs, CapabilitiesShelf capabilities, IDbContextFactory<ServiceDb> databases, Facility facility, TimeProvider clock, ILogger<LookWhetherSeen> log)
{
    /// <summary>Messages of one EHR asked about in one round; those that were asked about longest ago come first.</summary>
    public const int Most = 50;

    /// <summary>A message that nobody opened by then is no longer asked about.</summary>
    public static readonly TimeSpan HowLong = TimeSpan.FromDays(14);

    private static readonly TimeSpan PerRound = TimeSpan.FromSeconds(60);

    public Task LookAsync(CancellationToken cancel) => EachEhr.DoAsync(registry.All, LookAsync, log, cancel);

    private async Task LookAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancel);
        var since = now - HowLong;
        var messages = await db.Deliveries.AsNoTracking()
            .Where(d => d.EhrId == ehr.Id && d.State == "sent" && d.SeenOn == null && d.EndedAt > since && d.Reference!.StartsWith("Communication/"))
            .OrderBy(d => d.SeenAskedAt).ThenBy(d => d.Id).Take(Most).Select(d => new { d.Id, d.Reference }).ToListAsync(cancel);
        if (messages.Count == 0) return;
        using var deadline = Deadline.After(PerRound, clock);
        var client = ehrs.ForBackend(ehr).Within(deadline);
        if (await capabilities.GetAsync(ehr, client, cancel) is not { } announced || !announced.May("Communication", Interaction.Read)) return;
        foreach (var message in messages)
        {
            var read = await client.ReadAsync(message.Reference!, cancel);
            DateOnly? seen = null;
            if (read.Got(out var communication, out var failure))
                using (communication) seen = SeenOn(communication, facility.Zone);
            else if (failure is FhirFailure.Unavailable or FhirFailure.Busy or FhirFailure.TimedOut or FhirFailure.Unauthorised) return; // the next round asks again
            await db.Deliveries.Where(d => d.Id == message.Id)
                .ExecuteUpdateAsync(row => row.SetProperty(d => d.SeenOn, QueueDeliveries.Iso(seen)).SetProperty(d => d.SeenAskedAt, now), cancel);
        }
    }

    /// <summary>Only a whole day counts: "in March" says nothing that helps.</summary>
    private static DateOnly? SeenOn(FhirResource communication, TimeZoneInfo zone) =>
        communication.Root.StatusCode("status") is not "entered-in-error" && FhirDates.Read(communication.Root.Text("received"), zone) is { IsFull: true } received ? received.First : null;
}
