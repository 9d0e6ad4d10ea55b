using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Delivery;

/// <summary>One delivery as it is shown.</summary>
/// <param name="Id">Null for what waits for a signature: there is nothing to deliver yet.</param>
/// <param name="State"><c>waiting-for-signature</c>, <c>queued</c>, <c>sent</c>, <c>failed</c>, <c>given-up</c>, <c>superseded</c>, <c>withdrawn</c>.</param>
/// <param name="SeenOn">YYYY-MM-DD on which it was seen, where the EHR records it; null: not known.</param>
/// <param name="DueAt">When it is sent or tried again; null after the end.</param>
public sealed record DeliveryItem(string? Id, string Ehr, string Patient, string? Order, string Kind, string State, string? BiopsyDate, string Language, DateTimeOffset? DueAt, int Attempts, string? Reason,
    string? Reference, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, string? SeenOn = null);

/// <summary>What is delivered, was, or waits; for the API and the page.</summary>
public sealed class Deliveries(IDbContextFactory<ServiceDb> databases, TimeProvider clock)
{
    public const int Most = 500;
    public static readonly string[] States = ["waiting-for-signature", "queued", "sent", "failed", "given-up", "superseded", "withdrawn"];

    /// <param name="state">One of <see cref="States"/>; null for all. Newest first, at most <see cref="Most"/>.</param>
    public async Task<IReadOnlyList<DeliveryItem>> ListAsync(string? state, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var rows = state == "waiting-for-signature" ? [] : await db.Deliveries.AsNoTracking().Where(d => state == null || d.State == state).OrderByDescending(d => d.CreatedAt).Take(Most).ToListAsync(cancel);
        var waiting = state is null or "waiting-for-signature"
            ? await db.BiopsyWatch.AsNoTracking()
                .Where(w => w.Open && !db.Deliveries.Any(d => d.EhrId == w.EhrId && d.Patient == w.Patient && d.OrderRef == w.OrderRef && d.BiopsyDate == w.BiopsyDate && d.Kind.StartsWith("reminder")))
                .OrderBy(w => w.BiopsyDate).Take(Most).ToListAsync(cancel)
            : [];
        return
        [
            .. waiting.Select(w => new DeliveryItem(null, w.EhrId, w.Patient, w.OrderRef, "handout", "waiting-for-signature", w.BiopsyDate, "", null, 0, "the plan of this biopsy is not signed yet", null, w.SeenAt, null)),
            .. rows.Select(d => new DeliveryItem(d.Id, d.EhrId, d.Patient, d.OrderRef, d.Kind, d.State, d.BiopsyDate, d.Language, d.State == "queued" ? d.DueAt : null, d.Attempts, d.Reason, d.Reference, d.CreatedAt, d.EndedAt, d.SeenOn)),
        ];
    }

    /// <summary>A hash of ours, and not whatever somebody writes into an address: it goes into the audit trail, which forgets nothing.</summary>
    public static bool IsId(string text) => text.Length is 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Tries a failed or given-up delivery again, from the first attempt. False when there is none, or its words are gone.</summary>
    public async Task<bool> ReplayAsync(string id, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        return await db.Deliveries.Where(d => d.Id == id && (d.State == "failed" || d.State == "given-up") && (d.ExpiresAt == null || d.ExpiresAt > now) && (d.Kind == "leaflet" || d.Payload != null))
            .ExecuteUpdateAsync(row => row.SetProperty(d => d.State, "queued").SetProperty(d => d.Attempts, 0).SetProperty(d => d.DueAt, now)
                .SetProperty(d => d.EndedAt, (DateTimeOffset?)null).SetProperty(d => d.Reason, "tried again by hand"), cancel) > 0;
    }
}
