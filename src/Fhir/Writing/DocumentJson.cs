using System.Security.Cryptography;

namespace BiopsyFhir.Fhir;

/// <summary>One rendering of a document.</summary>
/// <param name="ContentType">text/html;charset=utf-8, application/pdf, text/plain;charset=utf-8.</param>
/// <param name="Language">BCP 47, for example es.</param>
public sealed record Attachment(string ContentType, string Language, ReadOnlyMemory<byte> Data, string Title);

/// <summary>What a document is: LOINC type from the verified list.</summary>
public sealed record DocumentKind(string Key, string Loinc, string Display)
{
    /// <summary>The patient's handout.</summary>
    public static DocumentKind Education { get; } = new("education", "34895-3", "Education note");

    /// <summary>Its printed form, as a document of its own.</summary>
    public static DocumentKind EducationPrint { get; } = Education with { Key = "education-print" };

    /// <summary>The plan as a note, where the EHR takes no CarePlan.</summary>
    public static DocumentKind PlanNote { get; } = new("note", "18776-5", "Plan of care note");
}

/// <summary>
/// DocumentReference, US Core 3.1.0. It always carries what the strictest vendor asks for: one author, one type coding,
/// docStatus final, context.period with a time, inline data.
/// </summary>
public static class DocumentJson
{
    /// <param name="at">When it was signed; date and context period.</param>
    /// <param name="attachment">The one rendering: US Core 3.1.0 takes one content.</param>
    /// <param name="replaces">References of the versions that this one replaces.</param>
    /// <param name="transforms">Reference of the document that this one renders in another format, if any.</param>
    public static byte[] Write(DocumentKind kind, Attachment attachment, string summary, DateTimeOffset at, WriteContext context,
        IEnumerable<string>? replaces = null, string? transforms = null)
    {
        using var json = new ResourceJson("DocumentReference");
        json.Profile("http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference")
            .Narrative(new Narrative().Paragraph(summary).ToString())
            .Identifiers(kind.Key, context)
            .Text("status", "current")
            .Text("docStatus", "final")
            .Concept("type", "http://loinc.org", kind.Loinc, kind.Display)
            .One("category", () => json.Coding("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note", "Clinical Note"))
            .Reference("subject", context.Patient)
            .Text("date", CarePlanJson.Instant(at))
            .One("author", () => json.Text("reference", context.Author).Text("display", context.AuthorName ?? (context.Author is null ? context.Device : null)))
            .List("relatesTo", (replaces ?? []).Select(r => (Code: "replaces", Target: r)).Concat(transforms is null ? [] : [("transforms", transforms)]),
                r => json.Text("code", r.Code).Reference("target", r.Target))
            .Text("description", summary)
            .One("content", () => json.Object("attachment", () => Attachment(json, attachment, at)))
            .Object("context", () => json
                .References("encounter", [context.Encounter])
                .Object("period", () => json.Text("start", CarePlanJson.Instant(at)).Text("end", CarePlanJson.Instant(at)))
                .References("related", [context.Order]));
        return json.Done();
    }

    /// <summary>R4 wants the SHA-1 of the data (Attachment.hash); it guards against damage, not against an attacker.</summary>
    private static void Attachment(ResourceJson json, Attachment attachment, DateTimeOffset at)
    {
#pragma warning disable CA5350 // SHA-1 is what Attachment.hash is defined to hold (FHIR R4, datatypes, Attachment).
        var hash = SHA1.HashData(attachment.Data.Span);
#pragma warning restore CA5350
        json.Text("contentType", attachment.ContentType)
            .Text("language", attachment.Language)
            .Text("data", Convert.ToBase64String(attachment.Data.Span))
            .Number("size", attachment.Data.Length)
            .Text("hash", Convert.ToBase64String(hash))
            .Text("title", attachment.Title)
            .Text("creation", CarePlanJson.Instant(at));
    }
}
