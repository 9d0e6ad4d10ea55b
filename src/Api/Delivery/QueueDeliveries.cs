using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Delivery;

/// <summary>A message's words and in whose name it goes; kept encrypted until it is sent.</summary>
/// <param name="Policies">What its Provenance rests on: the policy of the plan and the patient's text, as URIs.</param>
/// <param name="AuthorSigned">The author signed the dates in it; not so of the word that they no longer count.</param>
public sealed record DeliveryPayload(string Text, string Title, string Author, string? AuthorName, ImmutableArray<string>? Policies = null, bool AuthorSigned = true)
{
    /// <summary>The row that it was queued in: what, to whom, at which EHR. Null in rows of a version before.</summary>
    public string? Row { get; init; }
}

/// <summary>
/// Puts deliveries into the table that is the queue. Every method works in the transaction of the given context, so that a receipt and
/// what follows from it are there together or not at all.
/// </summary>
public sealed class QueueDeliveries(IDataProtectionProvider protection, EducationOptions settings, Facility facility, TimeProvider clock)
{
    private readonly IDataProtector _protector = protection.CreateProtector("delivery");

    private QuietHours Quiet => new(settings.QuietFrom, settings.QuietUntil);

    /// <summary>The general leaflet, as soon as the hour allows.</summary>
    public Task AddLeafletAsync(ServiceDb db, string ehr, string patient, string order, DateOnly? biopsy, CancellationToken cancel) =>
        InsertAsync(db, new()
        {
            Id = Hash(ehr, patient, order, "leaflet"),
            EhrId = ehr,
            Patient = patient,
            OrderRef = order,
            Kind = "leaflet",
            BiopsyDate = Iso(biopsy),
            DueAt = DeliveryTimes.Soonest(clock.GetUtcNow(), Quiet, facility.Zone),
        }, cancel);

    /// <summary>The reminders of a signed plan; those of an earlier plan for the same order that have not gone out are superseded.</summary>
    public async Task AddRemindersAsync(ServiceDb db, string ehr, string patient, SignedPlan plan, HandoutText text, CancellationToken cancel)
    {
        var (now, biopsy) = (clock.GetUtcNow(), plan.Readiness.Snapshot.Biopsy);
        var order = biopsy.Order ?? Iso(biopsy.Date)!;
        var ids = new List<string>();
        foreach (var reminder in Reminders.From(plan, text, facility))
        {
            var due = DeliveryTimes.At(reminder.Day, settings.ReminderTime, Quiet, facility.Zone);
            var expires = LocalTime.At(reminder.LastDay.AddDays(1), TimeOnly.MinValue, facility.Zone);
            if (expires <= now) continue; // it could only come too late
            var kind = reminder.Kind switch { ReminderKind.Hold => "reminder-hold", ReminderKind.Tests => "reminder-tests", _ => "reminder-after" };
            var row = Sealed(new()
            {
                Id = Hash(ehr, patient, order, kind, Iso(reminder.Day)!, reminder.Text),
                EhrId = ehr,
                Patient = patient,
                OrderRef = order,
                Kind = kind,
                BiopsyDate = Iso(biopsy.Date),
                Language = text.Language,
                DueAt = due > now ? due : DeliveryTimes.Soonest(now, Quiet, facility.Zone),
                ExpiresAt = expires,
            }, new(reminder.Text, text.Words["title"], plan.Signer.Reference, plan.Signer.Name, [ProvenanceJson.PolicyOf(plan.Readiness.Policy), ProvenanceJson.PolicyOf(text)]));
            ids.Add(row.Id);
            await InsertAsync(db, row, cancel);
        }
        await db.Deliveries.Where(d => d.EhrId == ehr && d.Patient == patient && d.OrderRef == order && d.State == "queued" && d.Kind != "leaflet" && !ids.Contains(d.Id))
            .ExecuteUpdateAsync(End("superseded", "a later plan was signed", now), cancel);
    }

    /// <summary>The biopsy moved or was cancelled: what has not gone out stays here, and who was told dates is told that they no longer count.</summary>
    public async Task WithdrawAsync(ServiceDb db, string ehr, string patient, string order, string state, string why, HandoutTexts texts, bool allowUnreviewed, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        // Rows of reminders exist only after a signature: then the patient holds a sheet with dates.
        var told = await db.Deliveries.AsNoTracking().Where(d => d.EhrId == ehr && d.Patient == patient && d.OrderRef == order && d.Payload != null && d.State == "queued" && d.Kind != "withdrawal")
            .OrderByDescending(d => d.CreatedAt).FirstOrDefaultAsync(cancel);
        await db.Deliveries.Where(d => d.EhrId == ehr && d.Patient == patient && d.OrderRef == order && d.State == "queued" && d.Kind != "leaflet" && d.Kind != "withdrawal")
            .ExecuteUpdateAsync(End(state, why, now), cancel);
        if (told is null || texts.Choose(told.Language, allowUnreviewed).Text is not { } text) return;
        var payload = Unprotect(told.Payload!);
        await InsertAsync(db, Sealed(new()
        {
            Id = Hash(ehr, patient, order, "withdrawal", told.BiopsyDate ?? "", $"{told.CreatedAt.ToUnixTimeMilliseconds()}"),
            EhrId = ehr,
            Patient = patient,
            OrderRef = order,
            Kind = "withdrawal",
            BiopsyDate = told.BiopsyDate,
            Language = text.Language,
            DueAt = DeliveryTimes.Soonest(now, Quiet, facility.Zone),
        }, payload with { Text = text.Words["withdrawn"], Title = text.Words["title"], Policies = [ProvenanceJson.PolicyOf(text)], AuthorSigned = false }), cancel);
    }

    /// <summary>Nobody can tell whether the biopsy still stands: nothing goes out, nothing is thrown away, and a person sees it.</summary>
    public Task HoldBackAsync(ServiceDb db, string ehr, string patient, string order, string why, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return db.Deliveries.Where(d => d.EhrId == ehr && d.Patient == patient && d.OrderRef == order && d.State == "queued" && d.Reference == null && d.Kind != "leaflet" && d.Kind != "withdrawal")
            .ExecuteUpdateAsync(row => row.SetProperty(d => d.State, "failed").SetProperty(d => d.Reason, why).SetProperty(d => d.EndedAt, now), cancel);
    }

    /// <summary>Whether the row is as it was queued. Who can change rows could else have one patient's message written to another, or at another EHR.</summary>
    public bool IsAsQueued(DeliveryRow row) => row.Payload is { } payload
        ? Unprotect(payload).Row is not { } named || named == Named(row)
        : row.Kind == "leaflet" && row.Id == Hash(row.EhrId, row.Patient, row.OrderRef ?? "", "leaflet");

    private static string Named(DeliveryRow row) => $"{row.Id} {row.Kind} {row.Patient} {row.OrderRef} {row.EhrId}";

    public DeliveryPayload Unprotect(string payload) => JsonSerializer.Deserialize<DeliveryPayload>(_protector.Unprotect(payload))!;

    private DeliveryRow Sealed(DeliveryRow row, DeliveryPayload payload)
    {
        row.Payload = _protector.Protect(JsonSerializer.Serialize(payload with { Row = Named(row) }));
        return row;
    }

    /// <summary>Enqueued twice it is one delivery; what was called back and is wanted again, because a date moved to and fro, goes out after all.</summary>
    private Task<int> InsertAsync(ServiceDb db, DeliveryRow row, CancellationToken cancel) => db.Database.ExecuteSqlAsync(
        $"""
        INSERT INTO delivery (id, ehr_id, patient, order_ref, kind, state, biopsy_date, language, payload, due_at, expires_at, attempts, lease_until, created_at)
        VALUES ({row.Id}, {row.EhrId}, {row.Patient}, {row.OrderRef}, {row.Kind}, 'queued', {row.BiopsyDate}, {row.Language}, {row.Payload}, {row.DueAt.ToUnixTimeMilliseconds()},
          {(row.ExpiresAt is { } at ? at.ToUnixTimeMilliseconds() : (long?)null)}, 0, 0, {clock.GetUtcNow().ToUnixTimeMilliseconds()})
        ON CONFLICT (id) DO UPDATE SET state = 'queued', payload = excluded.payload, due_at = excluded.due_at, expires_at = excluded.expires_at, created_at = excluded.created_at,
          attempts = 0, lease_until = 0, reason = NULL, ended_at = NULL
        WHERE delivery.state IN ('superseded', 'withdrawn')
        """, cancel);

    /// <summary>What is in the chart already, and only lacks its Provenance or its print, has been sent.</summary>
    private static Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<DeliveryRow>> End(string state, string why, DateTimeOffset at) => row => row
        .SetProperty(d => d.State, d => d.Reference == null ? state : "sent").SetProperty(d => d.Reason, d => d.Reference == null ? why : d.Reason).SetProperty(d => d.EndedAt, at).SetProperty(d => d.Payload, (string?)null);

    internal static string? Iso(DateOnly? day) => day?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static string Hash(params string[] parts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Select(p => $"{p.Length}:{p}")))));
}
