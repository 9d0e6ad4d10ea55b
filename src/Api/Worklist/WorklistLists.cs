using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Worklist;

/// <summary>The newest list of one EHR, and who reads it now.</summary>
public sealed class WorklistListRow : IEntityTypeConfiguration<WorklistListRow>
{
    public string EhrId { get; set; } = "";

    /// <summary>Encrypted; null until it has been read once.</summary>
    public string? List { get; set; }
    public DateTimeOffset? ReadAt { get; set; }

    /// <summary>When somebody last looked at it.</summary>
    public DateTimeOffset AskedAt { get; set; }
    public string? Worker { get; set; }

    /// <summary>While in the future, <see cref="Worker"/> reads it.</summary>
    public DateTimeOffset LeaseUntil { get; set; }

    public void Configure(EntityTypeBuilder<WorklistListRow> builder) => builder.ToTable("worklist").HasKey(r => r.EhrId);
}

/// <summary>
/// The lists in the database, which all machines show: each EHR is read by one machine at a time, and one that dies leaves its EHR to
/// the next when its lease is over.
/// </summary>
public sealed class WorklistLists(IDbContextFactory<ServiceDb> databases, IDataProtectionProvider protection, TimeProvider clock)
{
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>Lists that nobody has looked at for so long are neither read again nor kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private static readonly TimeSpan s_noteOften = TimeSpan.FromMinutes(1);

    private readonly IDataProtector _protector = protection.CreateProtector("worklist");
    private readonly string _worker = $"{Environment.MachineName}-{Environment.ProcessId}-{clock.GetTimestamp()}";

    /// <returns>The lists of those of these EHRs that have been read, and the EHRs that some machine reads now.</returns>
    public async Task<(ImmutableArray<EhrList> Lists, ImmutableArray<string> BeingRead)> NewestAsync(IReadOnlyCollection<string> ehrs, CancellationToken cancel)
    {
        var rows = await RowsAsync(ehrs, cancel);
        var now = clock.GetUtcNow();
        return ([.. rows.Select(r => Opened(r.List)).OfType<EhrList>()], [.. rows.Where(r => r.LeaseUntil > now).Select(r => r.EhrId)]);
    }

    /// <summary>Somebody looks.</summary>
    public async Task AskedAsync(IReadOnlyCollection<string> ehrs, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        var noted = now - s_noteOften;
        var known = await db.Worklist.Where(r => ehrs.Contains(r.EhrId)).Select(r => r.EhrId).ToListAsync(cancel);
        await db.Worklist.Where(r => ehrs.Contains(r.EhrId) && r.AskedAt < noted).ExecuteUpdateAsync(row => row.SetProperty(r => r.AskedAt, now), cancel);
        foreach (var ehr in ehrs.Except(known))
            await db.Database.ExecuteSqlAsync($"INSERT INTO worklist (ehr_id, asked_at, lease_until) VALUES ({ehr}, {now.ToUnixTimeMilliseconds()}, 0) ON CONFLICT (ehr_id) DO NOTHING", cancel);
    }

    /// <returns>Of these EHRs, those that somebody looks at and whose list is as old as that, or was never read.</returns>
    public async Task<ImmutableArray<string>> DueAsync(IReadOnlyCollection<string> ehrs, TimeSpan age, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return [.. (await RowsAsync(ehrs, cancel)).Where(r => r.AskedAt > now - Kept && r.LeaseUntil <= now && (r.ReadAt is not { } at || at <= now - age)).Select(r => r.EhrId)];
    }

    /// <returns>False: another machine reads it.</returns>
    public async Task<bool> TryTakeAsync(string ehr, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var (now, until) = (clock.GetUtcNow().ToUnixTimeMilliseconds(), (clock.GetUtcNow() + Lease).ToUnixTimeMilliseconds());
        return await db.Database.ExecuteSqlAsync($"""
            INSERT INTO worklist (ehr_id, asked_at, worker, lease_until) VALUES ({ehr}, {now}, {_worker}, {until})
            ON CONFLICT (ehr_id) DO UPDATE SET worker = excluded.worker, lease_until = excluded.lease_until WHERE worklist.lease_until <= {now}
            """, cancel) == 1;
    }

    public async Task RenewAsync(string ehr, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var until = clock.GetUtcNow() + Lease;
        await db.Worklist.Where(r => r.EhrId == ehr && r.Worker == _worker).ExecuteUpdateAsync(row => row.SetProperty(r => r.LeaseUntil, until), cancel);
    }

    /// <summary>The list, and the lease given back. Nothing, when another machine has taken over meanwhile: its list is the newer.</summary>
    public async Task SaveAsync(EhrList list, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var (text, at, over) = (_protector.Protect(JsonSerializer.Serialize(list)), (DateTimeOffset?)list.At, DateTimeOffset.UnixEpoch);
        await db.Worklist.Where(r => r.EhrId == list.Ehr && r.Worker == _worker)
            .ExecuteUpdateAsync(row => row.SetProperty(r => r.List, text).SetProperty(r => r.ReadAt, at).SetProperty(r => r.LeaseUntil, over), cancel);
    }

    public async Task ReleaseAsync(string ehr, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var over = DateTimeOffset.UnixEpoch;
        await db.Worklist.Where(r => r.EhrId == ehr && r.Worker == _worker).ExecuteUpdateAsync(row => row.SetProperty(r => r.LeaseUntil, over), cancel);
    }

    /// <returns>Null for one that was not read yet, or that keys since lost or another version of us wrote: it is read anew.</returns>
    private EhrList? Opened(string? list)
    {
        try
        {
            return list is null ? null : JsonSerializer.Deserialize<EhrList>(_protector.Unprotect(list));
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            return null;
        }
    }

    private async Task<List<WorklistListRow>> RowsAsync(IReadOnlyCollection<string> ehrs, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        return await db.Worklist.AsNoTracking().Where(r => ehrs.Contains(r.EhrId)).ToListAsync(cancel);
    }
}
