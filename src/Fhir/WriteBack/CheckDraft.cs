using System.Text.Json;
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
        var (document, broken) = FhirJson.Parse(json);
        using (document)
        {
            if (document is null)
                return broken;
            var root = document.RootElement;
            var keys = rung.Draft.Keys;
            if (!FhirJson.IsResource(root, rung.Kind.ResourceType()))
                return $"it is not a {rung.Kind.ResourceType()}";
            if (!OurCopies.Carries(root, keys.CreationSystem, keys.Creation) || !OurCopies.Carries(root, keys.SeriesSystem, keys.Series))
                return "it does not carry both of our identifiers";
            return rung.Kind.IsDocument() ? DocumentFault(root, rung.Quirks) : null;
        }
    }

    public static string? Fault(ReadOnlyMemory<byte> json, DraftKind kind, string tagSystem, string tag)
    {
        var (document, broken) = FhirJson.Parse(json);
        using (document)
        {
            if (document is null)
                return broken;
            if (!FhirJson.IsResource(document.RootElement, kind.ResourceType()))
                return $"it is not a {kind.ResourceType()}";
            return OurCopies.IsTagged(document.RootElement, tagSystem, tag) ? null : "it does not carry our tag";
        }
    }

    private static string? DocumentFault(JsonElement root, Quirks quirks)
    {
        var attachments = FhirJson.Items(root, "content").Select(c => c.TryGetProperty("attachment", out var a) ? a : default).ToList();
        if (attachments.Count == 0)
            return "it has no attachment";
        if (quirks.OneAttachment && attachments.Count > 1)
            return "it has several attachments where the EHR takes one";
        if (attachments.Any(a => Format(FhirJson.Text(a, "contentType")) is not { } format || !quirks.DocumentFormats.Contains(format)))
            return "it has an attachment of a type that the EHR does not take";
        if (quirks.AuthorRequired && !FhirJson.Items(root, "author").Any(a => FhirJson.Text(a, "reference") is { } r && r.Contains("Practitioner/", StringComparison.Ordinal)))
            return "it names no Practitioner as author";
        if (quirks.PeriodEndRequired && PeriodEnd(root)?.Contains('T') != true)
            return "it has no context.period.end with a time";
        return quirks.OneCoding && (!root.TryGetProperty("type", out var type) || FhirJson.Items(type, "coding").Count() != 1) ? "its type has not exactly one coding" : null;
    }

    private static string? PeriodEnd(JsonElement root) =>
        root.TryGetProperty("context", out var context) && context.ValueKind == JsonValueKind.Object && context.TryGetProperty("period", out var period) ? FhirJson.Text(period, "end") : null;

    private static DocumentFormat? Format(string? contentType) => contentType?.Split(';')[0].Trim() switch
    {
        "application/pdf" => DocumentFormat.Pdf,
        "text/html" => DocumentFormat.Html,
        "text/plain" => DocumentFormat.Text,
        _ => null,
    };
}
