using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Fhir.WriteBack;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// The write ledger in our database: each call is one transaction under one lock, on this node and on all others, because a begin
/// holds the whole series and not only its own key.
/// </summary>
public sealed class WriteLedger(IDbContextFactory<ServiceDb> databases, ServiceOptions options, TimeProvider clock) : IWriteLedger
{
    private string? _holder;

    /// <summary>The same ledger, whose holds end with the run of this intent, however that one ends.</summary>
    public WriteLedger HeldBy(WriteIntent intent) => new(databases, options, clock) { _holder = intent.Id };

    public async ValueTask<LedgerBegin> BeginAsync(LedgerKey key, TimeSpan holdFor, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.WriteLedger, ct);
        var now = clock.GetUtcNow();
        var series = await db.WriteLedger.Where(r => r.SeriesKey == key.Series || r.CreationKey == key.Key).ToListAsync(ct);
        var row = series.Find(r => r.CreationKey == key.Key);
        if (row is { Completed: true }) return new LedgerBegin.Done(Entry(row));
        var heldUntil = series.Select(r => r.HeldUntil).DefaultIfEmpty(DateTimeOffset.UnixEpoch).Max();
        if (heldUntil > now) return new LedgerBegin.HeldByAnother(heldUntil);

        var known = row is not null;
        if (row is null) db.WriteLedger.Add(row = new WriteLedgerRow { CreationKey = key.Key, SeriesKey = key.Series });
        (row.ConfirmedAt, row.HeldUntil, row.HeldBy) = (key.ConfirmedAt, now + holdFor, _holder);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return known ? new LedgerBegin.BegunBefore() : new LedgerBegin.Began();
    }

    public async ValueTask CompleteAsync(LedgerKey key, string? reference, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.WriteLedger, ct);
        var row = await db.WriteLedger.SingleOrDefaultAsync(r => r.CreationKey == key.Key, ct);
        if (row is null) db.WriteLedger.Add(row = new WriteLedgerRow { CreationKey = key.Key, SeriesKey = key.Series, ConfirmedAt = key.ConfirmedAt });
        else if (!row.Completed || row.ConfirmedAt < key.ConfirmedAt) row.ConfirmedAt = key.ConfirmedAt;
        (row.Completed, row.HeldUntil, row.Reference) = (true, DateTimeOffset.UnixEpoch, reference ?? row.Reference);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public async ValueTask LetGoAsync(string key, bool nothingWritten, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.WriteLedger, ct);
        if (await db.WriteLedger.SingleOrDefaultAsync(r => r.CreationKey == key && !r.Completed, ct) is not { } row) return;
        if (nothingWritten) db.WriteLedger.Remove(row);
        else row.HeldUntil = DateTimeOffset.UnixEpoch;
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public async ValueTask<IReadOnlyList<LedgerEntry>> FindSeriesAsync(string series, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return [.. (await db.WriteLedger.AsNoTracking().Where(r => r.SeriesKey == series).ToListAsync(ct)).Select(Entry)];
    }

    private static LedgerEntry Entry(WriteLedgerRow row) => new(row.CreationKey, row.SeriesKey, row.ConfirmedAt, row.Completed, row.Reference);
}
