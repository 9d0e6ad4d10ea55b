using System.Collections.Immutable;
using System.Text;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.WriteBack;

/// <summary>Where a signed plan is written, and in whose name.</summary>
/// <param name="Issuer">FHIR base of the EHR.</param>
/// <param name="Patient">Patient/id.</param>
/// <param name="Author">fhirUser reference, relative where it is on this EHR.</param>
public sealed record WriteTarget(string Issuer, string Patient, string? Encounter, string Author, string? AuthorName, string Device);

/// <summary>A signed plan and its handout -> the drafts that the write-back ladder chooses from.</summary>
public static class DraftsOf
{
    /// <param name="handout">Null when the handout cannot be published; then only the plan is written, and the page says why.</param>
    /// <param name="pdf">The printed handout, where there is a printer.</param>
    public static WriteBackRequest Plan(SignedPlan plan, Handout? handout, ReadOnlyMemory<byte>? pdf, WriteTarget target)
    {
        var biopsy = plan.Readiness.Snapshot.Biopsy;
        var order = biopsy.Order is { } o && o.StartsWith("ServiceRequest/", StringComparison.Ordinal) ? o : null;
        var orderOrDate = order ?? $"{biopsy.Date:yyyy-MM-dd}";
        var content = Encoding.UTF8.GetBytes(ContentOf(plan));
        DraftKeys KeysOf(DraftKind kind, string? extra = null, string? part = null) =>
            Keys.For(kind, target.Issuer, target.Patient, orderOrDate, extra is null ? content : [.. content, .. Encoding.UTF8.GetBytes(extra)], part);
        WriteContext Context(DraftKeys keys) => new(target.Patient, order, target.Encounter, target.Author, target.AuthorName, target.Device, keys.Creation, keys.Series);

        var isPractitioner = target.Author.Contains("Practitioner/", StringComparison.Ordinal);
        var (care, note, message, task) = (KeysOf(DraftKind.CarePlan), KeysOf(DraftKind.NoteDocument), KeysOf(DraftKind.StaffCommunication), KeysOf(DraftKind.StaffTask));
        var drafts = ImmutableArray.CreateBuilder<Draft>();
        drafts.Add(new(care, input => CarePlanJson.Write(plan, Context(care), input.Replaces)) { HasAuthor = isPractitioner });
        drafts.Add(new(note, input => DocumentJson.Write(DocumentKind.PlanNote, NoteOf(plan), PlanWords.Title(plan), plan.SignedAt, Context(note), input.Replaces))
        {
            Formats = [DocumentFormat.Text],
            HasAuthor = isPractitioner,
        });
        drafts.Add(new(message, _ => StaffMessageJson.Communication(plan, Context(message))) { HasAuthor = isPractitioner });
        drafts.Add(new(task, _ => StaffMessageJson.Task(plan, Context(task))) { HasAuthor = isPractitioner });
        if (handout is not null)
        {
            var (text, title) = ($"{handout.Text.Language} {handout.Text.Version}", $"{handout.Text.Words["title"]} ({handout.Text.Name})");
            var (page, print, word) = (KeysOf(DraftKind.EducationDocument, text), KeysOf(DraftKind.EducationPrint, text), KeysOf(DraftKind.PatientCommunication, text));
            drafts.Add(new(page, input => DocumentJson.Write(DocumentKind.Education, PageOf(handout), title, plan.SignedAt, Context(page), input.Replaces))
            {
                Formats = [DocumentFormat.Html],
                HasAuthor = isPractitioner,
            });
            if (pdf is { } printed)
                drafts.Add(new(print, input => DocumentJson.Write(DocumentKind.EducationPrint, PrintOf(handout, printed), title, plan.SignedAt, Context(print), input.Replaces,
                    input.Written.GetValueOrDefault(DraftKind.EducationDocument)))
                {
                    Formats = [DocumentFormat.Pdf],
                    HasAuthor = isPractitioner,
                });
            drafts.Add(new(word, input => PatientMessageJson.Write(title, plan.SignedAt, Context(word),
                input.Written.GetValueOrDefault(DraftKind.EducationDocument) ?? input.Written.GetValueOrDefault(DraftKind.EducationPrint)))
            {
                HasAuthor = isPractitioner,
            });
        }
        return new(target.Patient, plan.SignedAt, drafts.ToImmutable(),
        [
            new Companion(DraftKind.Provenance, input => ProvenanceJson.Write(plan, Context(care), [input.Target], input.Tag)),
            new Companion(DraftKind.AuditEvent, input => AuditEventJson.Write(plan, Context(care), input.Target, input.Tag)),
        ]);
    }

    /// <summary>What the plan says, without who signed and when: the same decisions again are the same resource.</summary>
    private static string ContentOf(SignedPlan plan)
    {
        var text = new StringBuilder().Append(plan.Readiness.Policy.Hash).Append('\n').Append(plan.Readiness.Snapshot.Biopsy).Append('\n');
        foreach (var item in plan.Items)
            text.Append(item.Key).Append('|').Append(item.Choice).Append('|').Append(item.Reason).Append('|').Append(item.LastDoseDate).Append('|')
                .Append(item.LastDoseAt).Append('|').Append(item.ResumeDate).Append('|').Append(item.Finding.TestDueDate).Append('|').Append(item.Finding.Title).Append('\n');
        foreach (var unjudged in plan.Readiness.NotJudged) text.Append(unjudged.What).Append('|').Append(unjudged.Why).Append('\n');
        return text.ToString();
    }

    private static Attachment NoteOf(SignedPlan plan) =>
        new("text/plain;charset=utf-8", "en", Encoding.UTF8.GetBytes(PlanWords.AsText(plan)), PlanWords.Title(plan));

    private static Attachment PageOf(Handout handout) =>
        new("text/html;charset=utf-8", handout.Text.Language, Encoding.UTF8.GetBytes(HandoutHtml.Render(handout, new())), handout.Text.Words["title"]);

    private static Attachment PrintOf(Handout handout, ReadOnlyMemory<byte> pdf) =>
        new("application/pdf", handout.Text.Language, pdf, handout.Text.Words["title"]);
}
