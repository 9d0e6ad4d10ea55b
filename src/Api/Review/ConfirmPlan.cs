using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Api.WriteBack;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Review;

/// <summary>A signed plan -> drafts -> write-back -> receipts, the audit trail included. Used by the pages and by their JSON twin.</summary>
public sealed class ConfirmPlan(EhrCharts ehrs, CapabilitiesShelf capabilities, HandoutShelf handouts, PrintHandout print, WriteLedger ledger,
    WriteIntents intents, QueueDeliveries deliveries, EducationOptions education, AuditTrail audit, Facility facility, TimeProvider clock)
{
    /// <summary>Program and version, as Provenance names it.</summary>
    public static string Device { get; } = $"BiopsyFhir {typeof(ConfirmPlan).Assembly.GetName().Version?.ToString(3)}";

    public (Handout? Handout, string? Why) HandoutOf(SignedPlan plan, string language) => handouts.For(plan, language) switch
    {
        HandoutResult.Ready ready => (ready.Handout, null),
        HandoutResult.Refused refused => (null, string.Join(" ", refused.Why)),
        _ => throw new InvalidOperationException("HandoutResult is a closed set."),
    };

    /// <summary>Where each part would go, and why, in words.</summary>
    public async Task<IReadOnlyList<string>> StepsAsync(SmartSession session, SignedPlan plan, Handout? handout, CancellationToken ct)
    {
        var planned = await PlanAsync(session, plan, handout, print.WhyOff is null ? ReadOnlyMemory<byte>.Empty : (ReadOnlyMemory<byte>?)null, ct);
        return [.. planned.Purposes.Select(p => p.Rungs.OfType<Rung.Write>().FirstOrDefault() is { } write
            ? $"{Words(p.Purpose)}: {write.Kind.ResourceType()}{(write.Format is { } format ? $" ({format})" : "")}. {Sentence(write.Reason)}"
            : $"{Words(p.Purpose)}: {(p.Purpose == Purpose.PatientMessage ? "not sent" : "a file to download")}. {Sentence(string.Join("; ", p.Rungs.Select(r => $"{r.Kind.ResourceType()}: {r.Reason}")))}")];
    }

    /// <summary>Now, at the facility. Whole milliseconds, as the ledger keeps it: a repeat has to compare equal.</summary>
    public DateTimeOffset SigningTime() => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()), facility.Zone);

    /// <summary>Whether a confirmation of this session is being written, here or on another node, or was cut off and will be.</summary>
    public Task<bool> UnderWayAsync(SmartSession session) => intents.AnyAsync(session.Id, CancellationToken.None);

    /// <summary>Keeps what it takes to go on after a crash; from here on the confirmation is not lost.</summary>
    public Task<WriteIntent> RecordAsync(SmartSession session, SignedPlan plan, Func<string, string?> setting, string language)
    {
        var settings = ReviewForm.SettingNames.Select(name => (name, Value: setting(name))).Where(s => s.Value is { Length: > 0 }).ToDictionary(s => s.name, s => s.Value!);
        var decisions = plan.Items.Select(i => new Decision(i.Key, i.Choice, i.Reason, i.Choice == Choice.Change ? i.LastDoseDate : null, i.Choice == Choice.Change ? i.ResumeDate : null));
        return intents.RecordAsync(session.Id, new(settings, [.. decisions], language, plan.SignedAt, KeyOf(session, plan)), CancellationToken.None);
    }

    /// <summary>Two plans with this key say the same.</summary>
    public static string KeyOf(SmartSession session, SignedPlan plan) =>
        DraftsOf.Plan(plan, null, null, Target(session, plan)).Drafts.First(d => d.Kind == DraftKind.CarePlan).Keys.Creation;

    /// <summary>Writes and keeps the receipts. Not tied to the browser's request: a closed page does not cut a write in two.</summary>
    public async Task<Written> WriteAsync(SmartSession session, SignedPlan plan, WriteIntent intent)
    {
        await using var alive = intents.KeepAlive(intent);
        var (handout, why) = HandoutOf(plan, intent.Confirmation.Language);
        var (pdf, noPdf) = await PrintAsync(handout);
        var planned = await PlanAsync(session, plan, handout, pdf, CancellationToken.None);
        var outcome = await new RunWriteBack(ehrs.For(session), ledger.HeldBy(intent), clock).RunAsync(planned, CancellationToken.None);
        Instruments.Wrote(session.Ehr.Id, outcome.Receipts);
        foreach (var receipt in outcome.Receipts.Where(r => r.IsThere))
            await audit.RecordAsync(new AuditEntry("write", session.Actor, "done", session.Ehr.Id, session.Id, receipt.Reference), CancellationToken.None);
        // Receipts and reminders are there together or not at all.
        await intents.DoneAsync(intent, Rows(session.Ehr.Id, intent, outcome), db => handout is not null && education.Automatic && session.Ehr.BackendClientId is not null
            ? deliveries.AddRemindersAsync(db, session.Ehr.Id, session.Patient, plan, handout.Text, CancellationToken.None)
            : Task.CompletedTask);
        return new(plan, outcome, handout is null ? null : HandoutHtml.Render(handout, new()), why, noPdf);
    }

    /// <summary>What the last confirmation of this session came to, as kept: for a page that is opened after this process was started again.</summary>
    public async Task<Written?> LastAsync(SmartSession session)
    {
        var rows = await intents.LastReceiptsAsync(session.Id, CancellationToken.None);
        return rows.Count == 0 ? null : new(null, new([.. rows.Select(Receipt)], []), null, null);
    }

    private static Receipt Receipt(WriteReceiptRow row)
    {
        var kind = Enum.GetValues<DraftKind>().First(k => k.Slug() == row.Part);
        var state = Enum.GetValues<ReceiptState>().First(s => s.Kebab() == row.State);
        return new(Purpose.Plan, kind, state, row.Reason ?? "", row.At) { Reference = row.Reference };
    }

    /// <summary>An interrupted confirmation that will not be carried on: said in a receipt and in the audit trail.</summary>
    public async Task<Written> GiveUpAsync(SmartSession? session, WriteIntent intent, string why)
    {
        var written = Interrupted(why);
        await audit.RecordAsync(new AuditEntry("write", session?.Actor ?? "unidentified user", "failed", session?.Ehr.Id, intent.SessionId), CancellationToken.None);
        await intents.DoneAsync(intent, Rows(session?.Ehr.Id ?? "", intent, written.Outcome));
        return written;
    }

    /// <summary>What the page shows of one that did not go on.</summary>
    public Written Interrupted(string why) =>
        new(null, new([new(Purpose.Plan, DraftKind.CarePlan, ReceiptState.Failed, why, clock.GetUtcNow())], []), null, null);

    private static IEnumerable<WriteReceiptRow> Rows(string ehr, WriteIntent intent, WriteBackOutcome outcome) => outcome.Receipts.Select(r => new WriteReceiptRow
    {
        EhrId = ehr,
        AskedBy = intent.SessionId,
        Kind = r.Kind.ResourceType(),
        Part = r.Kind.Slug(),
        Confirmation = intent.Id,
        State = r.StateName,
        Reference = r.Reference,
        Reason = r.Reason,
        At = r.At,
    });

    /// <summary>The handout as PDF, or why it goes out as HTML alone.</summary>
    private async Task<(ReadOnlyMemory<byte>? Pdf, string? Why)> PrintAsync(Handout? handout) =>
        handout is null ? (null, null) : await print.AsPdfAsync(HandoutHtml.Render(handout, new()), CancellationToken.None) switch
        {
            Printed.Ok(var pdf) => (pdf, null),
            Printed.Off(var why) => (null, why),
            Printed.Failed(var why) => (null, why),
            _ => throw new InvalidOperationException("Printed is a closed set."),
        };

    private async Task<WriteBackPlan> PlanAsync(SmartSession session, SignedPlan plan, Handout? handout, ReadOnlyMemory<byte>? pdf, CancellationToken ct)
    {
        var announced = await capabilities.GetAsync(session.Ehr, ehrs.For(session), ct);
        var (quirks, faults) = Quirks.Read(session.Ehr.ChartQuirks);
        if (quirks is null) throw new InvalidOperationException(string.Join(" ", faults)); // refused at start
        return PlanWriteBack.For(DraftsOf.Plan(plan, handout, pdf, Target(session, plan)), announced, session.Granted, quirks);
    }

    private static WriteTarget Target(SmartSession session, SignedPlan plan) =>
        new(session.Issuer, session.Patient, session.EncounterId is { } e ? $"Encounter/{e}" : null, session.UserReference!, plan.Signer.Name, Device);

    private static string Words(Purpose purpose) => purpose switch
    {
        Purpose.Plan => "Plan",
        Purpose.Education => "Handout",
        _ => "Message to the patient",
    };

    private static string Sentence(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..] + ".";
}
