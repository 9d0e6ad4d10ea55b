using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.WriteBack;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.WriteBack;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Review;

/// <summary>A signed plan -> drafts -> write-back -> receipts, the audit trail included. Used by the pages and by their JSON twin.</summary>
public sealed class ConfirmPlan(EhrCharts ehrs, CapabilitiesShelf capabilities, HandoutShelf handouts, PrintHandout print, IWriteLedger ledger,
    IDbContextFactory<ServiceDb> databases, AuditTrail audit, TimeProvider clock)
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
        var planned = await PlanAsync(session, plan, handout, print.WhyOff is null ? ReadOnlyMemory<byte>.Empty : null, ct);
        return [.. planned.Purposes.Select(p => p.Rungs.OfType<Rung.Write>().FirstOrDefault() is { } write
            ? $"{Words(p.Purpose)}: {write.Kind.ResourceType()}{(write.Format is { } format ? $" ({format})" : "")}. {Sentence(write.Reason)}"
            : $"{Words(p.Purpose)}: {(p.Purpose == Purpose.PatientMessage ? "not sent" : "a file to download")}. {Sentence(string.Join("; ", p.Rungs.Select(r => $"{r.Kind.ResourceType()}: {r.Reason}")))}")];
    }

    /// <summary>Writes and keeps the receipts. Not tied to the browser's request: a closed page does not cut a write in two.</summary>
    public async Task<Written> WriteAsync(SmartSession session, SignedPlan plan, string language)
    {
        var (handout, why) = HandoutOf(plan, language);
        var (pdf, noPdf) = await PrintAsync(handout);
        var planned = await PlanAsync(session, plan, handout, pdf, CancellationToken.None);
        var outcome = await new RunWriteBack(ehrs.For(session), ledger, clock).RunAsync(planned, CancellationToken.None);
        await using var db = await databases.CreateDbContextAsync();
        db.WriteReceipts.AddRange(outcome.Receipts.Select(r => new WriteReceiptRow
        {
            EhrId = session.Ehr.Id,
            AskedBy = session.Id,
            Kind = r.Kind.ResourceType(),
            State = r.StateName,
            Reference = r.Reference,
            Reason = r.Reason,
            At = r.At,
        }));
        await db.SaveChangesAsync();
        foreach (var receipt in outcome.Receipts.Where(r => r.IsThere))
            await audit.RecordAsync(new AuditEntry("write", session.Actor, "done", session.Ehr.Id, session.Id, receipt.Reference), CancellationToken.None);
        return new(plan, outcome, handout is null ? null : HandoutHtml.Render(handout, new()), why, noPdf);
    }

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
        var target = new WriteTarget(session.Issuer, session.Patient, session.EncounterId is { } e ? $"Encounter/{e}" : null, session.UserReference!, plan.Signer.Name, Device);
        return PlanWriteBack.For(DraftsOf.Plan(plan, handout, pdf, target), announced, session.Granted, quirks);
    }

    private static string Words(Purpose purpose) => purpose switch
    {
        Purpose.Plan => "Plan",
        Purpose.Education => "Handout",
        _ => "Message to the patient",
    };

    private static string Sentence(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..] + ".";
}
