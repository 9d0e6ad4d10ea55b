using System.Security.Cryptography;
using System.Text.Json;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Fhir.WriteBack;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Privacy;

/// <summary>Every row that is about one patient of one EHR. Cards and feedback are not among them: they hold rules and hashes, and nobody can say whose they were.</summary>
public sealed record HeldAboutPatient
{
    public required string EhrId { get; init; }

    /// <value><c>Patient/id</c>.</value>
    public required string Patient { get; init; }

    /// <value>How the audit trail calls her; null where it has no row of hers, or no longer knows.</value>
    public string? Pseudonym { get; init; }
    public required IReadOnlyList<(SessionRow Row, LaunchContext Context)> Sessions { get; init; }
    public required IReadOnlyList<WriteIntentRow> UnderWay { get; init; }
    public required IReadOnlyList<DeliveryRow> Deliveries { get; init; }
    public required IReadOnlyList<BiopsyWatchRow> Biopsies { get; init; }
    public required IReadOnlyList<WriteReceiptRow> Receipts { get; init; }
    public required IReadOnlyList<WriteLedgerRow> Ledger { get; init; }
    public required IReadOnlyList<AuditRow> Audit { get; init; }

    /// <value>Sessions whose context the configured certificate does not open: they may be hers. They end within a day.</value>
    public required int SessionsUnread { get; init; }

    /// <value>Rows of the trail from before it kept pseudonyms; they name her, and cannot be changed.</value>
    public int AuditByName => Audit.Count(r => r.Target?.EndsWith(Patient, StringComparison.Ordinal) is true || r.Actor == Patient);

    public bool Nothing => Sessions.Count + UnderWay.Count + Deliveries.Count + Biopsies.Count + Receipts.Count + Ledger.Count + Audit.Count is 0 && Pseudonym is null;

    /// <summary>What an end would be put to that she waits for.</summary>
    public IReadOnlyList<string> StillToCome =>
    [
        .. Deliveries.Where(d => d.State is "queued").Select(d => $"{d.Kind} for the biopsy of {d.BiopsyDate ?? "no day yet"}, to be sent"),
        .. Biopsies.Where(b => b.Open).Select(b => $"biopsy {b.OrderRef} on {b.BiopsyDate ?? "no day yet"}, watched for changes"),
    ];

    /// <param name="issuer">The EHR's FHIR base, for the keys of what was delivered; null for one that is no longer configured.</param>
    public static async Task<HeldAboutPatient> FindAsync(ServiceDb db, IDataProtectionProvider protection, string ehr, string? issuer, string patient, CancellationToken cancel)
    {
        var protector = protection.CreateProtector("session-context");
        var all = (await db.Sessions.AsNoTracking().Where(s => s.EhrId == ehr).ToListAsync(cancel)).Select(row => (Row: row, Context: Open(protector, row))).ToList();
        var sessions = all.Where(s => s.Context is { } context && $"Patient/{context.Patient}" == patient).Select(s => (s.Row, s.Context!)).ToList();
        var pseudonym = (await db.AuditPatients.AsNoTracking().SingleOrDefaultAsync(r => r.EhrId == ehr && r.Patient == patient, cancel))?.Pseudonym;
        var named = await db.Audit.AsNoTracking().Where(r => r.EhrId == ehr && ((pseudonym != null && (r.Target!.EndsWith(pseudonym) || r.Actor == pseudonym)) || r.Target!.EndsWith(" " + patient) || r.Target == patient || r.Actor == patient)).ToListAsync(cancel);
        var deliveries = await db.Deliveries.AsNoTracking().Where(d => d.EhrId == ehr && d.Patient == patient).ToListAsync(cancel);
        var biopsies = await db.BiopsyWatch.AsNoTracking().Where(b => b.EhrId == ehr && b.Patient == patient).ToListAsync(cancel);

        // A session ends within a day; that it was hers stands in the trail.
        var asked = sessions.Select(s => s.Row.Id).Concat(named.Select(r => r.SessionId)).Concat(deliveries.Select(d => d.Id)).OfType<string>().Distinct().ToList();
        var audit = await db.Audit.AsNoTracking().Where(r => r.SessionId != null && asked.Contains(r.SessionId)).ToListAsync(cancel);
        var receipts = await db.WriteReceipts.AsNoTracking().Where(r => r.EhrId == ehr && asked.Contains(r.AskedBy)).ToListAsync(cancel);
        var (confirmations, series) = (receipts.Select(r => r.Confirmation).OfType<string>().Distinct().ToList(), issuer is null ? [] : Series(issuer, patient, deliveries, biopsies).Distinct().ToList());
        return new()
        {
            EhrId = ehr,
            Patient = patient,
            Pseudonym = pseudonym,
            Sessions = sessions,
            SessionsUnread = all.Count(s => s.Context is null),
            UnderWay = await db.WriteIntents.AsNoTracking().Where(w => asked.Contains(w.SessionId)).ToListAsync(cancel),
            Deliveries = deliveries,
            Biopsies = biopsies,
            Receipts = receipts,
            Ledger = await db.WriteLedger.AsNoTracking().Where(l => (l.HeldBy != null && confirmations.Contains(l.HeldBy)) || series.Contains(l.SeriesKey)).ToListAsync(cancel),
            Audit = [.. named.Concat(audit).DistinctBy(r => r.Number).OrderBy(r => r.Number)],
        };
    }

    /// <summary>Keys of the ledger are hashes, so they are made again from what she has orders for.</summary>
    private static IEnumerable<string> Series(string issuer, string patient, IReadOnlyList<DeliveryRow> deliveries, IReadOnlyList<BiopsyWatchRow> biopsies)
    {
        string Of(DraftKind kind, string order, string? part = null) => Keys.For(kind, issuer, patient, order, [], part).SeriesToken;
        var orders = deliveries.SelectMany(d => new[] { d.OrderRef, d.BiopsyDate }).Concat(biopsies.SelectMany(b => new[] { b.OrderRef, b.BiopsyDate })).OfType<string>().Append("undated").Distinct().ToList();
        foreach (var kind in Enum.GetValues<DraftKind>())
            foreach (var order in orders)
                yield return Of(kind, order);
        foreach (var message in deliveries)
            foreach (var order in orders)
                yield return Of(DraftKind.PatientCommunication, order, $"{message.Kind} {message.Id}");
    }

    private static LaunchContext? Open(IDataProtector protector, SessionRow row)
    {
        try
        {
            return JsonSerializer.Deserialize<LaunchContext>(protector.Unprotect(row.Context));
        }
        catch (Exception e) when (e is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What stands in a message that is still to be sent; null when its words are gone, or cannot be opened.</summary>
    public static DeliveryPayload? Words(IDataProtectionProvider protection, DeliveryRow row)
    {
        try
        {
            return row.Payload is { } payload ? JsonSerializer.Deserialize<DeliveryPayload>(protection.CreateProtector("delivery").Unprotect(payload)) : null;
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            return null;
        }
    }
}
