using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>What the server says about itself; written from the same table that it works from.</summary>
internal static class Capabilities
{
    public static byte[] Statement(SandboxAddresses at, SandboxOptions options, DateTimeOffset now) => FhirJson.Write(new JsonObject
    {
        ["resourceType"] = "CapabilityStatement",
        ["status"] = "active",
        ["date"] = $"{now.UtcDateTime:yyyy-MM-dd}",
        ["kind"] = "instance",
        ["software"] = new JsonObject { ["name"] = "BiopsyFhir sandbox EHR (demo, invented patients)" },
        ["implementation"] = new JsonObject { ["description"] = "In-memory demo EHR", ["url"] = at.Fhir },
        ["fhirVersion"] = "4.0.1",
        ["format"] = new JsonArray("application/fhir+json", "json"),
        ["patchFormat"] = new JsonArray("application/json-patch+json"),
        ["rest"] = new JsonArray(new JsonObject
        {
            ["mode"] = "server",
            ["security"] = Security(at),
            ["resource"] = new JsonArray([.. ResourceTypes.All.Values.Select(t => Resource(t, options.ReadOnlyTypes.Contains(t.Name)))]),
            ["interaction"] = Codes("transaction", "batch"),
        }),
    });

    private static JsonObject Security(SandboxAddresses at) => new()
    {
        ["extension"] = new JsonArray(new JsonObject
        {
            ["url"] = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            ["extension"] = new JsonArray(
                new JsonObject { ["url"] = "authorize", ["valueUri"] = at.Authorize },
                new JsonObject { ["url"] = "token", ["valueUri"] = at.Token },
                new JsonObject { ["url"] = "introspect", ["valueUri"] = $"{at.Issuer}/introspect" },
                new JsonObject { ["url"] = "revoke", ["valueUri"] = $"{at.Issuer}/revoke" }),
        }),
        ["service"] = new JsonArray(new JsonObject
        {
            ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/restful-security-service", ["code"] = "SMART-on-FHIR" }),
        }),
    };

    private static JsonObject Resource(ResourceType type, bool readOnly)
    {
        var resource = new JsonObject
        {
            ["type"] = type.Name,
            ["interaction"] = readOnly ? Codes("read", "vread", "history-instance", "search-type")
                : Codes("read", "vread", "history-instance", "search-type", "create", "update", "patch", "delete"),
            ["versioning"] = "versioned-update", // a stale If-Match is refused
            ["readHistory"] = true,
            ["updateCreate"] = false,
            ["conditionalCreate"] = !readOnly,
            ["conditionalRead"] = "not-match",
            ["referencePolicy"] = new JsonArray("literal", "enforced"),
        };
        var includes = type.Parameters.Where(p => p.Kind == ParameterKind.Reference).Select(p => (JsonNode)$"{type.Name}:{p.Name}").ToArray();
        if (includes is not []) resource["searchInclude"] = new JsonArray(includes);
        var revIncludes = ResourceTypes.All.Values.SelectMany(t => t.Parameters.Where(p => t.Name == "Provenance" && p.Name == "target").Select(p => (JsonNode)$"{t.Name}:{p.Name}")).ToArray();
        resource["searchRevInclude"] = new JsonArray(revIncludes);
        resource["searchParam"] = new JsonArray([.. type.Parameters.Select(p => new JsonObject
        {
            ["name"] = p.Name,
            ["type"] = p.Kind == ParameterKind.Text ? "string" : p.Kind.ToString().ToLowerInvariant(),
        })]);
        return resource;
    }

    private static JsonArray Codes(params string[] codes) => new([.. codes.Select(c => new JsonObject { ["code"] = c })]);
}
