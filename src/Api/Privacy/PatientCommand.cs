using System.Text.Encodings.Web;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Privacy;

/// <summary>
/// <c>-- export-patient EHR PATIENT FILE</c> and <c>-- erase-patient EHR PATIENT</c>: what this service holds about one patient, and its
/// end. Neither touches the chart in the EHR; that is the hospital's record, with rules of its own.
/// </summary>
public static class PatientCommand
{
    public const string Usage = """
        export-patient EHR PATIENT FILE                    writes what is held about one patient of an EHR into a new file, as JSON
        erase-patient EHR PATIENT [--yes] [--with-queued]  says what would be erased; --yes: erases it. --with-queued: also what she still waits for
        """;

    private static readonly string[] Flags = ["--yes", "--with-queued"];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsAsked(string[] args) => args is ["export-patient" or "erase-patient", ..];

    /// <returns>0: done. 1: it could not be done, and nothing was changed. 2: the command line makes no sense. 78: settings have faults.</returns>
    public static async Task<int> RunAsync(string[] args, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        var words = CommandOptions.Words(args, Flags);
        var export = args[0] is "export-patient";
        if (words.Count != (export ? 3 : 2) || Id(words[1]) is not { } id)
        {
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        var (ehr, patient) = (options.Ehrs.FirstOrDefault(e => e.Id.Equals(words[0], StringComparison.OrdinalIgnoreCase))?.Id ?? words[0], $"Patient/{id}");
        return await DatabaseCommand.RunAsync(options, faults, clock, errors, async services =>
        {
            var protection = services.GetRequiredService<IDataProtectionProvider>();
            await using var db = await services.GetRequiredService<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
            var issuer = options.Ehrs.FirstOrDefault(e => e.Id == ehr)?.Issuer;
            if (issuer is null) await errors.WriteLineAsync($"{ehr} is not in Ehrs: the keys of what was delivered to its patients cannot be found.");
            var held = await HeldAboutPatient.FindAsync(db, protection, ehr, issuer, patient, CancellationToken.None);
            if (held.SessionsUnread > 0) await errors.WriteLineAsync($"{held.SessionsUnread} sessions cannot be opened with the configured certificate; they may be hers, and end within a day.");
            var audit = services.GetRequiredService<AuditTrail>();
            return export ? await ExportAsync(held, protection, audit, words[2], output, errors)
                : await EraseAsync(db, held, audit, args.Contains("--yes"), args.Contains("--with-queued"), output, errors);
        });
    }

    private static string? Id(string text) => text.Replace("Patient/", "", StringComparison.Ordinal) is { Length: > 0 } id && TokenResponse.IsId(id) ? id : null;

    private static async Task<int> ExportAsync(HeldAboutPatient held, IDataProtectionProvider protection, AuditTrail audit, string file, TextWriter output, TextWriter errors)
    {
        if (File.Exists(file))
        {
            await errors.WriteLineAsync($"{file} is there already. Give a new name.");
            return 1;
        }
        await audit.RecordAsync(new("export-patient", "operator", "done", held.EhrId, null, held.Patient), CancellationToken.None);
        DataFolder.CreatePrivate(file);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(Content(held, protection), Json) + "\n");
        await output.WriteLineAsync($"{file}: {Sum(held)}. It is for her, or for whoever acts for her; only its owner can read it here.");
        return 0;
    }

    private static object Content(HeldAboutPatient held, IDataProtectionProvider protection) => new
    {
        held.EhrId,
        held.Patient,
        sessions = held.Sessions.Select(s => new { s.Row.CreatedAt, s.Row.LastUsedAt, s.Row.ExpiresAt, s.Row.EndedAt, s.Row.EndReason, s.Context.Encounter, user = s.Context.FhirUser, s.Context.UserName, s.Context.GrantedScope, tokens = "held encrypted, not shown" }),
        deliveries = held.Deliveries.Select(d => new { d.Id, d.Kind, d.State, d.OrderRef, d.BiopsyDate, d.Language, d.DueAt, d.Attempts, d.Reason, d.Reference, d.CreatedAt, d.EndedAt, d.SeenOn, words = HeldAboutPatient.Words(protection, d)?.Text }),
        biopsies = held.Biopsies.Select(b => new { b.OrderRef, b.BiopsyDate, b.Open, b.SeenAt }),
        receipts = held.Receipts.Select(r => new { r.Kind, r.State, r.Reference, r.Reason, r.At }),
        ledger = held.Ledger.Select(l => new { l.CreationKey, l.SeriesKey, l.ConfirmedAt, l.Completed, l.Reference }),
        audit = new { pseudonym = held.Pseudonym, rows = held.Audit.Select(r => new { r.Number, r.At, r.Action, r.Actor, r.Target, r.Outcome }) },
    };

    private static async Task<int> EraseAsync(ServiceDb db, HeldAboutPatient held, AuditTrail audit, bool yes, bool withQueued, TextWriter output, TextWriter errors)
    {
        if (held.Nothing)
        {
            await output.WriteLineAsync("Nothing is held about this patient.");
            return 0;
        }
        if (held.UnderWay.Count > 0)
        {
            await errors.WriteLineAsync("A signed plan of this patient is being written. Try again when that is done; nothing was erased.");
            return 1;
        }
        if (held.StillToCome.Count > 0 && !withQueued)
        {
            foreach (var line in held.StillToCome) await errors.WriteLineAsync($"still to come: {line}");
            await errors.WriteLineAsync("She would not be told. Wait until it has been, or give --with-queued and tell her; nothing was erased.");
            return 1;
        }
        if (!yes)
        {
            await output.WriteLineAsync($"Would erase {Sum(held)}. With --yes it is done.");
            return 0;
        }
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            var (sessions, deliveries, receipts, keys) = (held.Sessions.Select(s => s.Row.Id).ToList(), held.Deliveries.Select(d => d.Id).ToList(), held.Receipts.Select(r => r.Id).ToList(), held.Ledger.Select(l => l.CreationKey).ToList());
            await db.Sessions.Where(s => sessions.Contains(s.Id)).ExecuteDeleteAsync();
            await db.Deliveries.Where(d => deliveries.Contains(d.Id)).ExecuteDeleteAsync();
            await db.BiopsyWatch.Where(b => b.EhrId == held.EhrId && b.Patient == held.Patient).ExecuteDeleteAsync();
            await db.WriteReceipts.Where(r => receipts.Contains(r.Id)).ExecuteDeleteAsync();
            await db.WriteLedger.Where(l => keys.Contains(l.CreationKey)).ExecuteDeleteAsync();
            await db.Worklist.Where(w => w.EhrId == held.EhrId).ExecuteDeleteAsync(); // one encrypted list of everybody; it is read anew
            await transaction.CommitAsync();
        }
        // The trail says that she was erased, under the name that from then on means nobody.
        await audit.RecordAsync(new("erase-patient", "operator", "done", held.EhrId, null, held.Patient), CancellationToken.None);
        await db.AuditPatients.Where(r => r.EhrId == held.EhrId && r.Patient == held.Patient).ExecuteDeleteAsync();
        await output.WriteLineAsync($"Erased {Sum(held)}. The rows of the audit trail stay, under a pseudonym that means nobody any more."
            + (held.AuditByName > 0 ? $" {held.AuditByName} of them are older than the pseudonyms and name her." : "")
            + " What is in her chart is untouched, and what the EHR still shows as a biopsy to come is seen again at the next look. Backups made before hold her data until they are removed.");
        return 0;
    }

    private static string Sum(HeldAboutPatient held) =>
        $"{held.Sessions.Count} sessions, {held.Deliveries.Count} messages, {held.Biopsies.Count} biopsies, {held.Receipts.Count} receipts, {held.Ledger.Count} keys of written resources, {held.Audit.Count} rows of the audit trail";
}
