using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>One thing that happened, for the audit trail.</summary>
/// <param name="Action">Short verb: <c>launch</c>, <c>view</c>, <c>write</c>, <c>sign-out</c> …</param>
/// <param name="Outcome"><c>done</c>, <c>refused</c> or <c>failed</c>, with a short reason at most; no payload, no name.</param>
public sealed record AuditEntry(string Action, string Actor, string Outcome, string? EhrId = null, string? SessionId = null, string? Target = null);

/// <summary>Appends to the audit trail, one writer at a time across all nodes, each row chained to the one before.</summary>
public sealed class AuditTrail(IDbContextFactory<ServiceDb> databases, ServiceOptions options, TimeProvider clock)
{
    private static readonly string Beginning = new('0', 64);

    public async Task RecordAsync(AuditEntry entry, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Audit, cancel);
        var last = await db.Audit.AsNoTracking().OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancel);
        var row = new AuditRow
        {
            Number = (last?.Number ?? 0) + 1,
            // Whole milliseconds, as stored: the hash must come out the same when the row is read back.
            At = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()),
            Action = entry.Action,
            Actor = entry.Actor,
            Outcome = entry.Outcome,
            EhrId = entry.EhrId,
            SessionId = entry.SessionId,
            Target = entry.Target,
            PreviousHash = last?.Hash ?? Beginning,
        };
        row.Hash = HashOf(row);
        db.Audit.Add(row);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        Instruments.Audited(entry);
    }

    /// <returns>The number of the first row that does not follow from the one before; null when the chain holds.</returns>
    public async Task<long?> FirstBreakAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var (number, hash) = (0L, Beginning);
        await foreach (var row in db.Audit.AsNoTracking().OrderBy(r => r.Number).AsAsyncEnumerable().WithCancellation(cancel))
        {
            number++;
            if (row.Number != number || row.PreviousHash != hash || row.Hash != HashOf(row)) return number;
            hash = row.Hash;
        }
        return null;
    }

    private static string HashOf(AuditRow row)
    {
        // Length before each part: no two different rows may join to the same text.
        var text = new StringBuilder();
        foreach (var part in new[]
        {
            row.Number.ToString(CultureInfo.InvariantCulture), row.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            row.Action, row.Actor, row.Outcome, row.EhrId, row.SessionId, row.Target, row.PreviousHash,
        })
            text.Append(part?.Length ?? -1).Append(':').Append(part).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
