using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir;

/// <summary>That this clinician, through this service, added a resource to the chart: for the EHR's own audit trail, where it takes one.</summary>
public static class AuditEventJson
{
    /// <param name="target">Reference, or urn:uuid inside a transaction.</param>
    /// <param name="tag">Key as meta.tag: R4 gives AuditEvent no identifier.</param>
    public static byte[] Write(SignedPlan plan, WriteContext context, string target, string tag)
    {
        using var json = new ResourceJson("AuditEvent");
        json.Object("meta", () => json.One("tag", () => json.Text("system", "urn:biopsyfhir:auditevent").Text("code", tag)))
            .Object("type", () => Coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation"))
            .One("subtype", () => Coding("http://hl7.org/fhir/restful-interaction", "create", "create"))
            .Text("action", "C")
            .Text("recorded", CarePlanJson.Instant(plan.SignedAt))
            .Text("outcome", "0")
            .List("agent", [true, false], clinician =>
            {
                if (clinician) json.Reference("who", context.Author, context.AuthorName);
                else json.Object("who", () => json.Text("type", "Device").Text("display", context.Device));
                json.Flag("requestor", clinician);
            })
            .Object("source", () => json.Object("observer", () => json.Text("type", "Device").Text("display", context.Device)))
            .List("entity", [target, context.Patient], what => json.Reference("what", what));
        return json.Done();

        void Coding(string system, string code, string display) => json.Text("system", system).Text("code", code).Text("display", display);
    }
}
