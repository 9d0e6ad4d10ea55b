using System.Text.Json;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>A resource of ours as it stands in the EHR.</summary>
internal static class Charted
{
    public static string Type(JsonElement resource) => resource.GetProperty("resourceType").GetString()!;

    public static string Reference(JsonElement resource) => $"{Type(resource)}/{resource.GetProperty("id").GetString()}";

    /// <summary>What must be there only once: our identifiers, or the tag of a Provenance or AuditEvent.</summary>
    public static IEnumerable<string> Keys(JsonElement resource)
    {
        var all = resource.TryGetProperty("identifier", out var identifiers)
            ? identifiers.EnumerateArray().Select(identifier => (System: identifier.GetProperty("system").GetString()!, Value: identifier.GetProperty("value").GetString()))
            : resource.GetProperty("meta").GetProperty("tag").EnumerateArray().Select(tag => (System: tag.GetProperty("system").GetString()!, Value: tag.GetProperty("code").GetString()));
        return all.Where(key => key.System.StartsWith("urn:biopsyfhir:", StringComparison.Ordinal)).Select(key => $"{key.System}|{key.Value}");
    }
}
