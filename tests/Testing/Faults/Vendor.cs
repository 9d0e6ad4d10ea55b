using System.Text.Json.Nodes;

namespace BiopsyFhir.Testing.Faults;

/// <summary>
/// How the R4 servers of large vendors differ from the specification's text, as far as public threads and pages tell.
/// They are likenesses for tests, not descriptions of a product.
/// </summary>
public static class Vendor
{
    /// <summary>
    /// CarePlan and ServiceRequest are read and search only; DocumentReference and Communication take few fields; a
    /// create answers 201 without a body. (cerner/fhir.cerner.com: CarePlan, DocumentReference, Communication pages.)
    /// </summary>
    public static IReadOnlyList<Rule> OracleLike() =>
    [
        .. Fault.TypeNotWritable("CarePlan"),
        .. Fault.TypeNotWritable("ServiceRequest"),
        Fields("DocumentReference", OracleDocumentFault),
        Fields("Communication", OracleCommunicationFault),
        .. NoTransaction(),
        Fault.EmptyCreated(),
    ];

    /// <summary>
    /// <c>_include</c> of Medication is ignored, MedicationStatement is 404 (CDCgov/dibbs-query-connector pull 998);
    /// no public thread shows CarePlan create working.
    /// </summary>
    public static IReadOnlyList<Rule> EpicLike() =>
    [
        Fault.ParameterIgnored("MedicationRequest", "_include"),
        .. Fault.TypeNotServed("MedicationStatement"),
        .. Fault.TypeNotWritable("CarePlan"),
        .. NoTransaction(),
    ];

    /// <summary>Encounter cannot be written (athenahealth/apiserver-athenaFlex issue 351); neither care plans nor documents are announced for writing.</summary>
    public static IReadOnlyList<Rule> AthenaLike() =>
    [
        .. Fault.TypeNotWritable("Encounter"),
        .. Fault.TypeNotWritable("CarePlan"),
        .. Fault.TypeNotWritable("DocumentReference"),
        .. NoTransaction(),
    ];

    private static IEnumerable<Rule> NoTransaction() =>
    [
        Rule.Answering("no transactions", request => request.IsTransaction, _ => ProxyResponse.Refusal(405, "not-supported", "transactions are not supported")),
        Rule.Changing("no transactions announced", request => request.Type == "metadata", answer =>
        {
            if (answer.Status != 200 || answer.Json is not JsonObject statement) return answer;
            statement["rest"]![0]!.AsObject().Remove("interaction");
            return answer.WithJson(statement);
        }),
    ];

    private static Rule Fields(string type, Func<JsonNode, string?> fault) => new($"fields of {type}", request => request.IsCreate && request.Type == type,
        (request, next) => fault(request.Json!) is { } text ? Task.FromResult(ProxyResponse.Refusal(422, "business-rule", text)) : next(request));

    private static string? OracleDocumentFault(JsonNode document)
    {
        if ((string?)document["docStatus"] != "final") return "docStatus must be final";
        if (document["type"]?["coding"] is not JsonArray { Count: 1 }) return "type takes exactly one coding: LOINC or proprietary";
        if (document["author"] is not JsonArray { Count: 1 } author || !StartsWith(author[0]?["reference"], "Practitioner/")) return "author must be one Practitioner";
        if (document["content"] is not JsonArray { Count: 1 } content) return "exactly one content is taken";
        var attachment = content[0]?["attachment"];
        if (attachment?["data"] is null) return "content.attachment.data must be inline";
        if ((string?)attachment["contentType"] is not ("application/pdf" or "text/plain;charset=utf-8" or "text/html;charset=utf-8"))
            return "content.attachment.contentType is not taken";
        if (document["context"]?["period"]?["end"] is null) return "context.period.end is required";
        if (document["context"]?["encounter"] is not JsonArray { Count: 1 }) return "context.encounter takes exactly one Encounter";
        foreach (var (name, date) in new[] { ("date", document["date"]), ("context.period.start", document["context"]?["period"]?["start"]), ("context.period.end", document["context"]?["period"]?["end"]) })
            if (date is not null && !((string?)date ?? "").Contains('T'))
                return $"{name} needs a time";
        return null;
    }

    private static string? OracleCommunicationFault(JsonNode communication)
    {
        if ((string?)communication["status"] != "completed") return "status must be completed";
        if (!StartsWith(communication["sender"]?["reference"], "Practitioner/")) return "sender must be a Practitioner";
        if (communication["recipient"] is not JsonArray { Count: > 0 } recipients) return "recipient is required";
        return recipients.All(recipient => StartsWith(recipient?["reference"], "Practitioner/") || StartsWith(recipient?["reference"], "Group/"))
            ? null
            : "recipients are Practitioner or Group only";
    }

    private static bool StartsWith(JsonNode? node, string prefix) =>
        ((string?)node)?.StartsWith(prefix, StringComparison.Ordinal) ?? false;
}
