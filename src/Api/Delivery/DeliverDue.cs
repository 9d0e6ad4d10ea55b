using System.Security.Cryptography;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.WriteBack;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Delivery;

/// <summary>
/// Takes what is due under a lease, sends it, and records the outcome with its receipts in one transaction. Workers on several machines
/// take different rows; a worker that dies leaves a lease that runs out, and the write-back's own keys keep the second try from
/// writing twice.
/// </summary>
public sealed class DeliverDue(IDbContextFactory<ServiceDb> databases, SendDelivery send, ServiceOptions options, AuditTrail audit, TimeProvider clock, ILogger<DeliverDue> log)
{
    private const int AtOnce = 4;

    /// <summary>Two rounds, each of at most <see cref="SendDelivery.PerDelivery"/>: no lease runs out under a worker that lives.</summary>
    private const int Batch = 2 * AtOnce;
    public const int MostAttempts = 10;
    public static readonly TimeSpan Lease = (2 * SendDelivery.PerDelivery) + TimeSpan.FromSeconds(30);
    private int _runsHere;

    private const string TakeAlone = """
        UPDATE delivery SET lease_until = {0} WHERE id IN
          (SELECT id FROM delivery WHERE state = 'queued' AND due_at <= {1} AND lease_until < {1} ORDER BY due_at, id LIMIT {2}) RETURNING *
        """;

    private const string TakeSkippingLocked = """
        UPDATE delivery SET lease_until = {0} WHERE id IN
          (SELECT id FROM delivery WHERE state = 'queued' AND due_at <= {1} AND lease_until < {1} ORDER BY due_at, id LIMIT {2} FOR UPDATE SKIP LOCKED) RETURNING *
        """;

    /// <summary>One run on this machine: while it works through a long queue, later ticks of the schedule add nothing here.</summary>
    public async Task RunHereAsync(CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _runsHere, 1) == 1) return;
        try
        {
            await RunAsync(cancel);
        }
        finally
        {
            Volatile.Write(ref _runsHere, 0);
        }
    }

    /// <returns>How many were taken.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var taken = 0;
        while (!cancel.IsCancellationRequested && await TakeAsync(cancel) is { Count: > 0 } rows)
        {
            taken += rows.Count;
            await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (row, stop) => await DeliverAsync(row, stop));
        }
        return taken;
    }

    private async Task<List<DeliveryRow>> TakeAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        // SQLite has one writer; PostgreSQL skips the rows that another worker is about to take.
        return await db.Deliveries.FromSqlRaw(options.Database.Provider is DatabaseProvider.Postgres ? TakeSkippingLocked : TakeAlone, now + (long)Lease.TotalMilliseconds, now, Batch)
            .AsNoTracking().ToListAsync(cancel);
    }

    private async Task DeliverAsync(DeliveryRow row, CancellationToken cancel)
    {
        SendResult result;
        if (row.ExpiresAt < clock.GetUtcNow()) result = new SendResult.NotPossible("it could only have come too late", []);
        else
        {
            try
            {
                result = await send.SendAsync(row, cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                // The message may hold what was sent.
                log.LogError("Delivery {Id} failed: {Kind}", row.Id, e.GetType().Name);
                result = new SendResult.TryAgain($"an unexpected {e.GetType().Name}", []);
            }
        }
        await RecordAsync(row, result, cancel);
    }

    private async Task RecordAsync(DeliveryRow row, SendResult result, CancellationToken cancel)
    {
        var (now, reference) = (clock.GetUtcNow(), (string?)null);
        await using (var db = await databases.CreateDbContextAsync(cancel))
        {
            await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Deliveries, cancel);
            // It may have been withdrawn meanwhile; what has reached the chart is then still said.
            if (await db.Deliveries.SingleOrDefaultAsync(d => d.Id == row.Id, cancel) is not { } current) return;
            current.Attempts++;
            current.LeaseUntil = DateTimeOffset.UnixEpoch;
            switch (result)
            {
                case SendResult.Sent sent:
                    EndAsSent(sent.Without, sent.Reference);
                    break;
                case SendResult.TryAgain again when again.Reference is not null && (current.State != "queued" || current.Attempts >= MostAttempts):
                    EndAsSent(again.Why, again.Reference);
                    break;
                case SendResult.NotPossible not when current.State == "queued":
                    // In the chart since an earlier attempt, which left its print or its Provenance to this one.
                    if (current.Reference is not null) EndAsSent(current.Reason, current.Reference);
                    else (current.State, current.Reason, current.EndedAt) = (row.ExpiresAt < now ? "given-up" : "failed", not.Why, now);
                    break;
                case SendResult.TryAgain again when current.State == "queued":
                    (current.Reason, current.Reference) = (again.Why, again.Reference ?? current.Reference);
                    current.DueAt = now + DeliveryTimes.Backoff(current.Attempts, RandomNumberGenerator.GetInt32(1_000_000) / 1e6);
                    if (current.Attempts < MostAttempts) break;
                    if (current.Reference is not null) EndAsSent(again.Why, current.Reference);
                    else (current.State, current.EndedAt) = ("given-up", now);
                    break;
            }

            void EndAsSent(string? without, string? reference) =>
                (current.State, current.Reason, current.Reference, current.EndedAt, current.Payload) = ("sent", without, reference, now, null);
            db.WriteReceipts.AddRange(result.Receipts.Select(r => new WriteReceiptRow
            {
                EhrId = row.EhrId,
                AskedBy = row.Id,
                Kind = r.Kind.ResourceType(),
                Part = r.Kind.Slug(),
                State = r.StateName,
                Reference = r.Reference,
                Reason = r.Reason,
                At = r.At,
            }));
            await db.SaveChangesAsync(cancel);
            await transaction.CommitAsync(cancel);
            if (current.State == "sent") reference = current.Reference;
            Instruments.Delivered(row.EhrId, row.Kind, current.State);
            Instruments.Wrote(row.EhrId, result.Receipts);
        }
        if (reference is not null) await audit.RecordAsync(new("deliver", "automation", "done", row.EhrId, row.Id, reference), cancel);
    }
}
