using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir;

/// <summary>
/// Who and what stands behind a written resource: the device as author, the clinician as attester, the policy version.
/// There is no signature element: the clinician holds no key here (contract section 6).
/// </summary>
public static class ProvenanceJson
{
    private const string ParticipantType = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

    /// <param name="targets">References, or urn:uuid inside a transaction.</param>
    /// <param name="tag">Key as meta.tag where no transaction is to be had; null otherwise.</param>
    public static byte[] Write(SignedPlan plan, WriteContext context, IReadOnlyList<string> targets, string? tag)
    {
        var policy = plan.Readiness.Policy;
        using var json = new ResourceJson("Provenance");
        json.Object("meta", () =>
            {
                json.Strings("profile", ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance"]);
                json.List<string>("tag", tag is null ? [] : [tag], t => json.Text("system", "urn:biopsyfhir:provenance").Text("code", t));
            })
            .References("target", targets)
            .Text("recorded", CarePlanJson.Instant(plan.SignedAt))
            .Strings("policy", [$"urn:biopsyfhir:policy:{policy.Id}:{policy.Version}:{policy.Hash}"])
            .List("agent", [true, false], device =>
            {
                if (device)
                    json.Concept("type", ParticipantType, "author", "Author").Object("who", () => json.Text("type", "Device").Text("display", context.Device));
                else
                    json.Concept("type", ParticipantType, "attester", "Attester").Reference("who", context.Author, context.AuthorName);
            });
        return json.Done();
    }
}
