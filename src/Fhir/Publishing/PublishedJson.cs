using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>The parts that published resources share: their head, sources, codes and durations.</summary>
internal static class PublishedJson
{
    public const string Rule = "urn:biopsyfhir:rule";
    public const string SeverityCode = "urn:biopsyfhir:severity";
    public const string ActionCode = "urn:biopsyfhir:action";
    private const string Ucum = "http://unitsofmeasure.org";

    /// <summary>The members that make an artefact findable, in the order of the R4 definition.</summary>
    public static ResourceJson Head(this ResourceJson json, PublishContext context, string type, string id, string identifier, string version, string name, string title, string status, string description) =>
        json.Text("id", id)
            .Narrative(new Narrative().Paragraph(title).Paragraph(description).ToString())
            .Text("url", context.Url(type, id))
            .One("identifier", () => json.Text("system", "urn:ietf:rfc:3986").Text("value", identifier))
            .Text("version", version).Text("name", name).Text("title", title)
            .Text("status", status).Flag("experimental", context.Experimental)
            .Text("publisher", "BiopsyFhir").Text("description", description);

    /// <summary>Sources as relatedArtifact (or documentation): key as label, how far it was verified as display.</summary>
    public static ResourceJson Citations(this ResourceJson json, string member, IEnumerable<string> keys, Policy policy) =>
        json.List(member, keys.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(key => policy.Citations[key]), citation => json.Citation(citation));

    public static ResourceJson Citation(this ResourceJson json, Citation citation) =>
        json.Text("type", "citation").Text("label", citation.Key).Text("display", $"Verification {citation.Verification}: {Words(citation.Verification)}")
            .Text("citation", citation.Text).Text("url", citation.Url);

    public static string Words(Verification verification) => verification switch
    {
        Verification.V => "seen in the source",
        Verification.V2 => "seen in a copy",
        Verification.V2w => "seen in a weak copy",
        Verification.U => "unverified",
        _ => "our default, no guideline number",
    };

    public static ResourceJson Codes(this ResourceJson json, params IEnumerable<(string System, string Code)> codes) =>
        json.List("code", codes, code => json.One("coding", () => json.Text("system", code.System).Text("code", code.Code)));

    /// <summary>Duration in days or hours, by UCUM.</summary>
    public static ResourceJson Duration(this ResourceJson json, string name, decimal value, string unit) =>
        json.Object(name, () => json.Decimal("value", value).Text("unit", unit).Text("system", Ucum).Text("code", unit));

    /// <summary>FHIR's four priorities for our five severities.</summary>
    public static string Priority(Severity severity) => severity switch
    {
        Severity.Critical => "stat",
        Severity.High => "asap",
        Severity.Moderate => "urgent",
        _ => "routine",
    };

    /// <summary>Results of the value set, at most so many days before the biopsy.</summary>
    public static void ResultInput(this ResourceJson json, PublishContext context, string analyte, int? days)
    {
        json.Text("type", "Observation").One("codeFilter", () => json.Text("path", "code").Text("valueSet", context.Url("ValueSet", RecognitionLists.ResultId(analyte))));
        if (days is { } window) json.One("dateFilter", () => json.Text("path", "effective").Duration("valueDuration", window, "d"));
    }

    public static PublishedResource Published(this ResourceJson json, PublishContext context, string type, string id, string identifier, string version, string name, string title, string status)
    {
        var bytes = json.Done();
        return new(type, id, context.Url(type, id), name, title, version, status, identifier, bytes, PublishedId.Hash(bytes));
    }
}
