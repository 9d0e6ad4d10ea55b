using BiopsyFhir.Fhir.WriteBack;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// The write ledger on the database. Each call is one atomic step there: inserts and conditional updates decide, not a look before,
/// so that two nodes with the same confirmation write once.
/// </summary>
public sealed class WriteLedger(IDbContextFactory<ServiceDb> databases, TimeProvider clock) : IWriteLedger
{
    public async ValueTask<LedgerBegin> BeginAsync(LedgerKey key, TimeSpan holdFor, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        while (true)
        {
            var now = clock.GetUtcNow();
            var until = now + holdFor;
            var confirmed = key.ConfirmedAt.ToUniversalTime();
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO write_ledger (creation_key, series_key, confirmed_at, completed, held_until, reference)
                VALUES ({key.Key}, {key.Series}, {confirmed.ToUnixTimeMilliseconds()}, {false}, {until.ToUnixTimeMilliseconds()}, NULL)
                ON CONFLICT DO NOTHING
                """, ct);
            if (inserted is 1) return new LedgerBegin.Began();

            var taken = await db.WriteLedger.Where(r => r.CreationKey == key.Key && !r.Completed && r.HeldUntil <= now)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.HeldUntil, until).SetProperty(r => r.ConfirmedAt, confirmed), ct);
            if (taken is 1) return new LedgerBegin.BegunBefore();

            var found = await db.WriteLedger.AsNoTracking().FirstOrDefaultAsync(r => r.CreationKey == key.Key, ct);
            if (found is { Completed: true }) return new LedgerBegin.Done(Entry(found));
            if (found is not null) return new LedgerBegin.HeldByAnother(found.HeldUntil);
            // Forgotten between the insert and the look: begin again.
        }
    }

    public async ValueTask CompleteAsync(LedgerKey key, string? reference, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var none = DateTimeOffset.UnixEpoch;
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO write_ledger (creation_key, series_key, confirmed_at, completed, held_until, reference)
            VALUES ({key.Key}, {key.Series}, {key.ConfirmedAt.ToUnixTimeMilliseconds()}, {true}, {none.ToUnixTimeMilliseconds()}, {reference})
            ON CONFLICT (creation_key) DO UPDATE SET confirmed_at = excluded.confirmed_at, completed = excluded.completed,
              held_until = excluded.held_until, reference = excluded.reference
            """, ct);
    }

    public async ValueTask LetGoAsync(string key, bool nothingWritten, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var begun = db.WriteLedger.Where(r => r.CreationKey == key && !r.Completed);
        if (nothingWritten) await begun.ExecuteDeleteAsync(ct);
        else await begun.ExecuteUpdateAsync(set => set.SetProperty(r => r.HeldUntil, DateTimeOffset.UnixEpoch), ct);
    }

    public async ValueTask<IReadOnlyList<LedgerEntry>> FindSeriesAsync(string series, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return [.. (await db.WriteLedger.AsNoTracking().Where(r => r.SeriesKey == series).OrderBy(r => r.ConfirmedAt).ThenBy(r => r.CreationKey).ToListAsync(ct)).Select(Entry)];
    }

    private static LedgerEntry Entry(WriteLedgerRow row) => new(row.CreationKey, row.SeriesKey, row.ConfirmedAt, row.Completed, row.Reference);
}
