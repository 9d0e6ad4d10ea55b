using BiopsyFhir.Fhir;
using BiopsyFhir.Fhir.Tests.Writing;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Peers.Tests.Fhir;

/// <summary>A confirmed plan with everything that could be written of it, by the writers that the service uses.</summary>
internal static class Confirmed
{
    private static readonly Dictionary<DocumentFormat, Attachment> Renderings = new()
    {
        [DocumentFormat.Html] = new("text/html;charset=utf-8", "en", "<!doctype html><title>Before your biopsy</title>"u8.ToArray(), "Before your biopsy"),
        [DocumentFormat.Pdf] = new("application/pdf", "en", "%PDF-1.7\n"u8.ToArray(), "Before your biopsy"),
        [DocumentFormat.Text] = new("text/plain;charset=utf-8", "en", "Before your biopsy"u8.ToArray(), "Before your biopsy"),
    };

    /// <param name="issuer">FHIR base of the EHR.</param>
    /// <param name="drug">What is held: another one makes another plan for the same order.</param>
    public static WriteBackRequest Plan(string issuer, string drug = "apixaban", int hour = 0)
    {
        var plan = Plans.With(Plans.Hold(drug), Plans.Test());
        plan = plan with { SignedAt = plan.SignedAt.AddHours(hour) };
        Draft Of(DraftKind kind, Func<WriteContext, BuildInput, byte[]> write)
        {
            var keys = Keys.For(kind, issuer, "Patient/p", "ServiceRequest/2", System.Text.Encoding.UTF8.GetBytes(drug));
            return new Draft(keys, input => write(Context(keys), input)) { Formats = kind.IsDocument() ? [.. Renderings.Keys] : [], HasAuthor = true };
        }
        return new WriteBackRequest("Patient/p", plan.SignedAt,
        [
            Of(DraftKind.CarePlan, (context, input) => CarePlanJson.Write(plan, context, input.Replaces)),
            Of(DraftKind.NoteDocument, (context, input) => DocumentJson.Write(DocumentKind.PlanNote, Renderings[input.Format!.Value], "Plan", plan.SignedAt, context, input.Replaces)),
            Of(DraftKind.StaffCommunication, (context, _) => StaffMessageJson.Communication(plan, context)),
            Of(DraftKind.StaffTask, (context, _) => StaffMessageJson.Task(plan, context)),
            Of(DraftKind.EducationDocument, (context, input) => DocumentJson.Write(DocumentKind.Education, Renderings[input.Format!.Value], "Handout", plan.SignedAt, context, input.Replaces)) with { Formats = [DocumentFormat.Html] },
            Of(DraftKind.EducationPrint, (context, input) => DocumentJson.Write(DocumentKind.EducationPrint, Renderings[input.Format!.Value], "Handout", plan.SignedAt, context, input.Replaces,
                input.Written.GetValueOrDefault(DraftKind.EducationDocument))) with { Formats = [DocumentFormat.Pdf] },
            Of(DraftKind.PatientCommunication, (context, input) => PatientMessageJson.Write("Before your biopsy", plan.SignedAt, context, input.Written.GetValueOrDefault(DraftKind.EducationDocument))),
        ],
        [
            new Companion(DraftKind.Provenance, input => ProvenanceJson.Write(plan, Context(null), [input.Target], input.Tag)),
            new Companion(DraftKind.AuditEvent, input => AuditEventJson.Write(plan, Context(null), input.Target, input.Tag)),
        ]);
    }

    private static WriteContext Context(DraftKeys? keys) =>
        new("Patient/p", "ServiceRequest/2", "Encounter/3", "Practitioner/7", "Dr. Test", "BiopsyFhir 0.1.0", keys?.Creation ?? "", keys?.Series ?? "");
}
