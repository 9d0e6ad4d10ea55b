using System.Data;
using BiopsyFhir.Api.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace BiopsyFhir.Api.Storage;

/// <summary>A transaction in which we are the only writer of one thing, on this node and on all others.</summary>
public static class WriteLock
{
    /// <summary>Keys of PostgreSQL's advisory locks; any numbers, as long as they differ.</summary>
    public const long Schema = 0x4249_4F50_0001;
    public const long Audit = 0x4249_4F50_0002;
    public const long WriteLedger = 0x4249_4F50_0003;
    public const long Deliveries = 0x4249_4F50_0011;

    public static async Task<IDbContextTransaction> BeginAsync(ServiceDb db, DatabaseProvider provider, long key, CancellationToken cancel)
    {
        if (provider is DatabaseProvider.Sqlite)
        {
            // BEGIN IMMEDIATE: a deferred transaction that reads first cannot become a writer when another one wrote meanwhile.
            await db.Database.OpenConnectionAsync(cancel);
            var immediate = ((SqliteConnection)db.Database.GetDbConnection()).BeginTransaction(IsolationLevel.Serializable, deferred: false);
            return await db.Database.UseTransactionAsync(immediate, cancel)
                ?? throw new InvalidOperationException("the transaction was not taken up");
        }
        var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel);
        await db.Database.ExecuteSqlRawAsync("SELECT pg_advisory_xact_lock({0})", [key], cancel);
        return transaction;
    }
}
