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
    public static byte[] Write(SignedPlan plan, WriteContext context, IReadOnlyList<string> targets, string? tag) =>
        Write([PolicyOf(plan.Readiness.Policy)], plan.SignedAt, context, targets, tag, because: null);

    /// <summary>Of what went out by itself: the order it went out for is its source, and nobody attests it but who signed the dates in it.</summary>
    /// <param name="policies">Of the plan whose dates it repeats, and of the patient's text; URIs.</param>
    /// <param name="at">When it was written.</param>
    /// <param name="context">With an author where a clinician signed what it says.</param>
    public static byte[] OfAutomation(IReadOnlyList<string> policies, DateTimeOffset at, WriteContext context, IReadOnlyList<string> targets, string? tag) =>
        Write(policies, at, context, targets, tag, because: context.Order);

    public static string PolicyOf(Policy policy) => $"urn:biopsyfhir:policy:{policy.Id}:{policy.Version}:{policy.Hash}";

    /// <summary>The patient's text, by its language and version.</summary>
    public static string PolicyOf(HandoutText text) => $"urn:biopsyfhir:education-text:{text.Language}:{text.Version}";

    private static byte[] Write(IReadOnlyList<string> policies, DateTimeOffset at, WriteContext context, IReadOnlyList<string> targets, string? tag, string? because)
    {
        using var json = new ResourceJson("Provenance");
        json.Object("meta", () =>
            {
                json.Strings("profile", ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance"]);
                json.List<string>("tag", tag is null ? [] : [tag], t => json.Text("system", "urn:biopsyfhir:provenance").Text("code", t));
            })
            .References("target", targets)
            .Text("recorded", CarePlanJson.Instant(at))
            .Strings("policy", policies)
            .List<bool>("agent", context.Author is null ? [true] : [true, false], device =>
            {
                if (device)
                    json.Concept("type", ParticipantType, "author", "Author").Object("who", () => json.Text("type", "Device").Text("display", context.Device));
                else
                    json.Concept("type", ParticipantType, "attester", "Attester").Reference("who", context.Author, context.AuthorName);
            })
            .List<string>("entity", because is null ? [] : [because], order => json.Text("role", "source").Reference("what", order));
        return json.Done();
    }
}
