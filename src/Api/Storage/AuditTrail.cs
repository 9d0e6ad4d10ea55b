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

/// <summary>The end of the trail: number and hash of its last row, as it is printed and compared (<c>NUMBER:HASH</c>).</summary>
public sealed record AuditHead(long Number, string Hash)
{
    public static AuditHead Empty { get; } = new(0, new('0', 64));

    /// <returns>Null for a text that is none.</returns>
    public static AuditHead? Read(string text) =>
        text.Split(':') is [var number, { Length: 64 } hash] && hash.All(char.IsAsciiHexDigitLower) && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? new(n, hash) : null;

    public override string ToString() => $"{Number.ToString(CultureInfo.InvariantCulture)}:{Hash}";
}

/// <summary>What a look at the whole trail found.</summary>
/// <param name="Head">Of the rows that are there.</param>
/// <param name="Faults">Empty when it is whole; the first break in the chain, then what was cut off.</param>
public sealed record AuditCheck(AuditHead Head, DateTimeOffset? From, DateTimeOffset? To, IReadOnlyList<string> Faults);

/// <summary>Appends to the audit trail, one writer at a time across all nodes, each row chained to the one before.</summary>
public sealed class AuditTrail(IDbContextFactory<ServiceDb> databases, ServiceOptions options, TimeProvider clock)
{
    public Task RecordAsync(AuditEntry entry, CancellationToken cancel) => RecordAllAsync([entry], cancel);

    /// <summary>In this order, in one transaction and with one wait for the disk: all of them or none.</summary>
    public async Task RecordAllAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancel)
    {
        if (entries.Count is 0) return;
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Audit, cancel);
        var last = await db.Audit.AsNoTracking().OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancel);
        foreach (var entry in entries) db.Audit.Add(last = await AfterAsync(db, last, entry, cancel));
        if (await db.AuditHeads.SingleOrDefaultAsync(cancel) is { } head) (head.Number, head.Hash) = (last!.Number, last.Hash);
        else db.AuditHeads.Add(new() { Id = AuditHeadRow.TheOne, Number = last!.Number, Hash = last.Hash });
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        foreach (var entry in entries) Instruments.Audited(entry);
    }

    private async Task<AuditRow> AfterAsync(ServiceDb db, AuditRow? last, AuditEntry entry, CancellationToken cancel)
    {
        var row = new AuditRow
        {
            Number = (last?.Number ?? 0) + 1,
            // Whole milliseconds, as stored: the hash must come out the same when the row is read back.
            At = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()),
            Action = entry.Action,
            Actor = (await PseudonymousAsync(db, entry.EhrId, entry.Actor, cancel))!, // patients open charts too
            Outcome = entry.Outcome,
            EhrId = entry.EhrId,
            SessionId = entry.SessionId,
            Target = await PseudonymousAsync(db, entry.EhrId, entry.Target, cancel),
            PreviousHash = last?.Hash ?? AuditHead.Empty.Hash,
        };
        row.Hash = HashOf(row);
        return row;
    }

    /// <summary>Where the trail ends now, as the last writer left it.</summary>
    public async Task<AuditHead> HeadAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        return await db.AuditHeads.AsNoTracking().SingleOrDefaultAsync(cancel) is { } head ? new(head.Number, head.Hash) : AuditHead.Empty;
    }

    /// <summary>
    /// Looks at every row. A changed, removed or inserted row breaks the chain. Rows cut off the end do not: those are missing from
    /// <c>audit_head</c>, and, where that was set back too, from an end that was kept elsewhere.
    /// </summary>
    /// <param name="kept">An end that was printed before; null when there is none.</param>
    public async Task<AuditCheck> VerifyAsync(AuditHead? kept, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var stored = await db.AuditHeads.AsNoTracking().SingleOrDefaultAsync(cancel) is { } row ? new AuditHead(row.Number, row.Hash) : null;
        var (faults, head, from, to) = (new List<string>(), AuditHead.Empty, (DateTimeOffset?)null, (DateTimeOffset?)null);
        // Rows that were appended while this one reads come after the end that was read first.
        var (sawStored, sawKept) = (stored is null or { Number: 0 }, kept is null or { Number: 0 });
        await foreach (var next in db.Audit.AsNoTracking().OrderBy(r => r.Number).AsAsyncEnumerable().WithCancellation(cancel))
        {
            if (faults.Count is 0 && Break(next, head) is { } broken) faults.Add(broken);
            head = new(next.Number, next.Hash);
            (from, to) = (from ?? next.At, next.At);
            sawStored |= head == stored;
            sawKept |= head == kept;
        }
        if (!sawStored) faults.Add($"row {stored!.Number}, with which the trail ended, is {Missing(stored, head)}");
        if (!sawKept) faults.Add($"row {kept!.Number} of the end that was kept is {Missing(kept, head)}");
        return new(head, from, to, faults);
    }

    private static string Missing(AuditHead wanted, AuditHead head) => wanted.Number > head.Number ? $"gone: the last one here is {head.Number}" : "another one now";

    private static string? Break(AuditRow row, AuditHead before) =>
        row.Number != before.Number + 1 ? $"row {before.Number + 1} is missing"
        : row.PreviousHash != before.Hash ? $"row {row.Number} does not follow from the one before"
        : row.Hash != HashOf(row) ? $"row {row.Number} was changed"
        : null;

    /// <summary><c>Patient/id</c> at the end of the text becomes that patient's pseudonym at this EHR; it is made with her first row.</summary>
    private static async Task<string?> PseudonymousAsync(ServiceDb db, string? ehr, string? text, CancellationToken cancel)
    {
        if (ehr is null || text?.Split(' ') is not [.. var before, { } patient] || !patient.StartsWith("Patient/", StringComparison.Ordinal)) return text;
        var known = await db.AuditPatients.FindAsync([ehr, patient], cancel);
        if (known is null) db.AuditPatients.Add(known = new() { EhrId = ehr, Patient = patient, Pseudonym = $"patient-{Smart.Secrets.New()[..22]}" });
        return string.Join(' ', [.. before, known.Pseudonym]);
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
