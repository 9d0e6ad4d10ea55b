using System.Text;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>One policy as Library: the composed document itself, every source, what belongs to it, and the names that conditions use.</summary>
internal static class LibraryJson
{
    /// <summary>Variables in the conditions of a PlanDefinition.</summary>
    private static readonly (string Name, string Type, string Words)[] Variables =
    [
        ("creatinineClearance", "decimal", "Creatinine clearance by Cockcroft and Gault with the actual weight, in mL/min, unrounded. Empty when it cannot be worked out: then the engine takes the second band as provisional."),
        ("doseClass", "string", "therapeutic or prophylactic; prevention or analgesic for aspirin. A dose that cannot be read counts as therapeutic."),
    ];

    public static PublishedResource Of(Policy policy, IEnumerable<PublishedResource> parts, PublishContext context)
    {
        using var json = new ResourceJson("Library");
        var (id, status) = (PublishedId.Of(policy.Id), context.StatusOf(policy));
        var identifier = ProvenanceJson.PolicyOf(policy); // the same name that stands on everything written by it
        var (name, title) = (PublishedId.Name($"BoneMarrowBiopsyPolicy-{policy.Id}"), $"Bone marrow biopsy policy {policy.Id}: {policy.Name}");
        json.Head(context, "Library", id, identifier, policy.Version, name, title, status,
                $"Policy {policy.Id} ({policy.Name}), version {policy.Version}, {policy.Hash}, on preset {policy.Preset}. The content is the composed policy document as the rules read it.")
            .Concept("type", "http://terminology.hl7.org/CodeSystem/library-type", "asset-collection", "Asset Collection")
            .List("relatedArtifact", policy.Citations.Values.Select(citation => (Action)(() => json.Citation(citation)))
                .Concat(parts.Select(part => (Action)(() => json.Text("type", "composed-of").Text("resource", part.Url)))), write => write())
            .List("parameter", Variables, v => json.Text("name", v.Name).Text("use", "in").Number("min", 0).Text("max", "1").Text("documentation", v.Words).Text("type", v.Type))
            .One("content", () => json.Text("contentType", "application/json").Text("data", Convert.ToBase64String(Encoding.UTF8.GetBytes(policy.Document))).Text("title", "The composed policy document"));
        return json.Published(context, "Library", id, identifier, policy.Version, name, title, status);
    }
}
