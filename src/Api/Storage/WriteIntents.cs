using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Domain;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>A confirmation under way. It is there from the signature until its receipts are kept.</summary>
public sealed class WriteIntentRow : IEntityTypeConfiguration<WriteIntentRow>
{
    public string Id { get; set; } = "";
    public string SessionId { get; set; } = "";

    /// <summary>Encrypted <see cref="Confirmation"/>.</summary>
    public string Confirmation { get; set; } = "";

    /// <summary>The process that carries it out.</summary>
    public string Node { get; set; } = "";

    /// <summary>While in the future, that process is believed to be alive.</summary>
    public DateTimeOffset HeldUntil { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<WriteIntentRow> builder) => builder.ToTable("write_intent").HasKey(r => r.Id);
}

/// <summary>What a clinician confirmed, as it takes to sign the same plan again.</summary>
/// <param name="Settings">Of the assessment, by the names of the review form.</param>
/// <param name="PlanKey">Creation key of the plan: what is signed again must come to the same.</param>
public sealed record Confirmation(IReadOnlyDictionary<string, string> Settings, IReadOnlyList<Decision> Decisions, string Language, DateTimeOffset SignedAt, string PlanKey);

public sealed record WriteIntent(string Id, string SessionId, Confirmation Confirmation);

/// <summary>
/// Confirmations under way, so that one that is cut off by the end of the process is carried on by the next. A process keeps its own
/// alive by renewing them; with SQLite there is one process only, so whatever another one left behind is abandoned.
/// </summary>
public sealed class WriteIntents(IDbContextFactory<ServiceDb> databases, ServiceOptions options, IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>A process that has not renewed for this long is dead, and what it held is free.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly IDataProtector _protector = protection.CreateProtector("write-intent");
    private readonly string _node = Secrets.New();

    public async Task<WriteIntent> RecordAsync(string sessionId, Confirmation confirmation, CancellationToken ct)
    {
        var row = new WriteIntentRow
        {
            Id = Secrets.New(),
            SessionId = sessionId,
            Confirmation = _protector.Protect(JsonSerializer.Serialize(confirmation)),
            Node = _node,
            HeldUntil = clock.GetUtcNow() + Lease,
            CreatedAt = clock.GetUtcNow(),
        };
        await using var db = await databases.CreateDbContextAsync(ct);
        db.WriteIntents.Add(row);
        await db.SaveChangesAsync(ct);
        return new(row.Id, sessionId, confirmation);
    }

    public async Task<bool> AnyAsync(string sessionId, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.WriteIntents.AnyAsync(r => r.SessionId == sessionId, ct);
    }

    /// <summary>Renews until it is disposed.</summary>
    public IAsyncDisposable KeepAlive(WriteIntent intent) => new Renewal(ct => RenewAsync(intent.Id, clock.GetUtcNow() + Lease, ct), clock);

    /// <summary>To be taken up again after a pause: the EHR could not be asked.</summary>
    public Task PostponeAsync(WriteIntent intent, TimeSpan pause) => RenewAsync(intent.Id, clock.GetUtcNow() + pause, CancellationToken.None);

    /// <summary>One that its process left behind, now ours, with everything it held in the ledger set free; null when there is none.</summary>
    public async Task<WriteIntent?> TakeUpAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        var alone = options.Database.Provider is DatabaseProvider.Sqlite;
        var left = await db.WriteIntents.AsNoTracking().Where(r => r.HeldUntil < now || (alone && r.Node != _node)).OrderBy(r => r.CreatedAt).FirstOrDefaultAsync(ct);
        if (left is null) return null;
        var mine = await db.WriteIntents.Where(r => r.Id == left.Id && r.Node == left.Node && r.HeldUntil == left.HeldUntil)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Node, _node).SetProperty(r => r.HeldUntil, now + Lease), ct);
        if (mine == 0) return await TakeUpAsync(ct); // another node was quicker with this one
        await db.WriteLedger.Where(r => r.HeldBy == left.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.HeldUntil, DateTimeOffset.UnixEpoch), ct);
        return new(left.Id, left.SessionId, JsonSerializer.Deserialize<Confirmation>(_protector.Unprotect(left.Confirmation))!);
    }

    /// <summary>Keeps the receipts and forgets the intent, both or neither.</summary>
    /// <param name="also">What follows from the receipts, in the same transaction.</param>
    public async Task DoneAsync(WriteIntent intent, IEnumerable<WriteReceiptRow> receipts, Func<ServiceDb, Task>? also = null)
    {
        await using var db = await databases.CreateDbContextAsync();
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Deliveries, CancellationToken.None);
        db.WriteReceipts.AddRange(receipts);
        db.WriteIntents.RemoveRange(db.WriteIntents.Where(r => r.Id == intent.Id));
        await db.SaveChangesAsync();
        if (also is not null) await also(db);
        await transaction.CommitAsync();
    }

    /// <summary>Receipts of the last confirmation of a session, in order; none when there was none.</summary>
    public async Task<IReadOnlyList<WriteReceiptRow>> LastReceiptsAsync(string sessionId, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var all = await db.WriteReceipts.AsNoTracking().Where(r => r.AskedBy == sessionId && r.Confirmation != null).OrderBy(r => r.Id).ToListAsync(ct);
        return [.. all.Where(r => r.Confirmation == all[^1].Confirmation)];
    }

    private async Task RenewAsync(string id, DateTimeOffset until, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await db.WriteIntents.Where(r => r.Id == id && r.Node == _node).ExecuteUpdateAsync(set => set.SetProperty(r => r.HeldUntil, until), ct);
    }

    private sealed class Renewal : IAsyncDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly Task _renewing;

        public Renewal(Func<CancellationToken, Task> renew, TimeProvider clock) => _renewing = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(Lease / 6, clock);
            try
            {
                while (await timer.WaitForNextTickAsync(_over.Token)) await renew(_over.Token);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The database is away: the lease runs out, and who takes the intent up looks at the EHR before writing.
            }
            catch (OperationCanceledException)
            {
                // Done.
            }
        });

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _renewing;
            _over.Dispose();
        }
    }
}
