using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// The last look before something is sent: without its keys a resource could never be found again, and vendors drop or refuse silently
/// what breaks their rules. A fault here is a defect of ours; it becomes a failed receipt, not a bad resource.
/// </summary>
internal static class CheckDraft
{
    /// <summary>The JSON, or the sentence for the receipt: a defect in one resource must not take the others with it.</summary>
    public static (ReadOnlyMemory<byte> Json, string? Fault) Build(Func<ReadOnlyMemory<byte>> author, Func<ReadOnlyMemory<byte>, string?> check)
    {
        string? fault;
        ReadOnlyMemory<byte> json = default;
        try
        {
            json = author();
            fault = check(json);
        }
        catch (Exception e)
        {
            fault = $"its content could not be made ({e.GetType().Name})";
        }

        return (json, fault is null ? null : $"it was not sent: {fault}; a defect of this service");
    }

    public static string? Fault(ReadOnlyMemory<byte> json, Rung.Write rung)
    {
        if (FhirJson.Parse(json) is not JsonRead.Ok(var document))
            return "it is not JSON";
        using (document)
        {
            var root = document.RootElement;
            var keys = rung.Draft.Keys;
            if (!root.IsA(rung.Kind.ResourceType()))
                return $"it is not a {rung.Kind.ResourceType()}";
            if (!OurCopies.Carries(root, keys.CreationSystem, keys.Creation) || !OurCopies.Carries(root, keys.SeriesSystem, keys.Series))
                return "it does not carry both of our identifiers";
            return rung.Kind.IsDocument() ? DocumentFault(root, rung.Quirks) : null;
        }
    }

    public static string? Fault(ReadOnlyMemory<byte> json, DraftKind kind, string tagSystem, string tag)
    {
        if (FhirJson.Parse(json) is not JsonRead.Ok(var document))
            return "it is not JSON";
        using (document)
        {
            if (!document.RootElement.IsA(kind.ResourceType()))
                return $"it is not a {kind.ResourceType()}";
            return OurCopies.IsTagged(document.RootElement, tagSystem, tag) ? null : "it does not carry our tag";
        }
    }

    private static string? DocumentFault(FhirElement root, Quirks quirks)
    {
        var attachments = root.Items("content").Select(c => c.Member("attachment")).ToList();
        if (attachments.Count == 0)
            return "it has no attachment";
        if (attachments.Count > 1)
            return "it has several attachments, and US Core 3.1.0 takes one";
        if (attachments.Any(a => Format(a.Text("contentType")) is not { } format || !quirks.DocumentFormats.Contains(format)))
            return "it has an attachment of a type that the EHR does not take";
        if (quirks.AuthorRequired && !root.Items("author").Any(a => a.Text("reference") is { } r && r.Contains("Practitioner/", StringComparison.Ordinal)))
            return "it names no Practitioner as author";
        if (quirks.PeriodEndRequired && PeriodEnd(root)?.Contains('T') != true)
            return "it has no context.period.end with a time";
        return quirks.OneCoding && root.Member("type").Items("coding").Count() != 1 ? "its type has not exactly one coding" : null;
    }

    private static string? PeriodEnd(FhirElement root) =>
root.Member("context").Member("period").Text("end");

    private static DocumentFormat? Format(string? contentType) => contentType?.Split(';')[0].Trim() switch
    {
        "application/pdf" => DocumentFormat.Pdf,
        "text/html" => DocumentFormat.Html,
        "text/plain" => DocumentFormat.Text,
        _ => null,
    };
}
