using BiopsyFhir.Domain;
using BiopsyFhir.Fhir;
using BiopsyFhir.Fhir.Tests.Writing;

namespace BiopsyFhir.Peers.Tests.Fhir;

/// <summary>Everything the service writes, in plain, bare and hostile forms; each validator is asked about the same.</summary>
internal static class WrittenCases
{
    private static readonly WriteContext Full = new("Patient/1", "ServiceRequest/2", "Encounter/3", "Practitioner/7", "Dr. <b>Test</b> & Söhne", "BiopsyFhir 0.1.0", "create-key", "series-key");
    private static readonly WriteContext Bare = Full with { Order = null, Encounter = null, AuthorName = null };

    private static SignedPlan Plain => Plans.With(Plans.Hold("apixaban"), Plans.Test());

    private static SignedPlan Hostile => Plans.With(Plans.Hold("<script>alert(1)</script> & \u0001 \"'") with { Detail = "]]> <!-- -- &nbsp; 漢字 😀" });

    private static SignedPlan Provisional => Plans.With(
        Plans.Hold("rivaroxaban") with { Provisional = true, Severity = Severity.Critical, Action = FindingAction.AskSpecialist },
        Plans.Hold("warfarin") with { LastDoseDate = new(2026, 3, 1), ResumeDate = null });

    private static Attachment Html => new("text/html;charset=utf-8", "en", "<!doctype html><title>x</title>"u8.ToArray(), "Your biopsy");

    private static Attachment Pdf => new("application/pdf", "en", "%PDF-1.7\n"u8.ToArray(), "Your biopsy");

    public static Dictionary<string, Func<byte[]>> All => new()
    {
        ["care plan"] = () => CarePlanJson.Write(Plain, Full),
        ["care plan without order, encounter and name"] = () => CarePlanJson.Write(Plain, Bare),
        ["care plan with hostile words"] = () => CarePlanJson.Write(Hostile, Full),
        ["care plan with a provisional hold"] = () => CarePlanJson.Write(Provisional, Full),
        ["care plan that replaces earlier ones"] = () => CarePlanJson.Write(Plain, Full, "CarePlan/4", "CarePlan/5"),
        ["care plan without findings"] = () => CarePlanJson.Write(Plans.With(), Full),
        ["education as PDF"] = () => DocumentJson.Write(DocumentKind.EducationPrint, Pdf, "Handout", Plans.At, Full, transforms: "DocumentReference/4"),
        ["education that replaces an earlier one"] = () => DocumentJson.Write(DocumentKind.Education, Html, "Handout", Plans.At, Full, replaces: ["DocumentReference/5", "DocumentReference/6"]),
        ["education without order and encounter"] = () => DocumentJson.Write(DocumentKind.Education, Html, "Handout", Plans.At, Bare),
        ["plan as a note"] = () => DocumentJson.Write(DocumentKind.PlanNote, Html, "Plan", Plans.At, Full),
        ["message to staff"] = () => StaffMessageJson.Communication(Plain, Full),
        ["message to staff without order"] = () => StaffMessageJson.Communication(Hostile, Bare),
        ["task to staff"] = () => StaffMessageJson.Task(Plain, Full),
        ["message to the patient"] = () => PatientMessageJson.Write("Your biopsy (English)", Plans.At, Full, "DocumentReference/5"),
        ["message to the patient without a document"] = () => PatientMessageJson.Write("Your biopsy (English)", Plans.At, Bare, null),
        ["audit event"] = () => AuditEventJson.Write(Plain, Full, "CarePlan/1", "key"),
        ["provenance"] = () => ProvenanceJson.Write(Plain, Full, ["CarePlan/1", "DocumentReference/2"], null),
        ["provenance of what goes out by itself"] = () => ProvenanceJson.OfAutomation(["urn:biopsyfhir:education-text:es:1.0"], Plans.At, Full with { Author = null, AuthorName = null }, ["DocumentReference/1"], "key"),
        ["provenance of a reminder"] = () => ProvenanceJson.OfAutomation(["urn:biopsyfhir:policy:P1:1.0:sha256:ab", "urn:biopsyfhir:education-text:es:1.0"], Plans.At, Full, ["Communication/1"], "key"),
        ["provenance with a key"] = () => ProvenanceJson.Write(Plain, Bare, ["CarePlan/1"], "key"),
    };
}
