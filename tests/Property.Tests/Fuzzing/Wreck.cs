using System.Text;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>One entry of a Bundle made unreadable, the rest left as it is.</summary>
internal static class Wreck
{
    /// <returns>Null where there is nothing to wreck.</returns>
    public static (byte[] Bytes, string How)? Entry(byte[] input, Random random)
    {
        if (Mutate.Read(input) is not JsonObject root || root["entry"] is not JsonArray { Count: > 0 } entries) return null;
        var at = random.Next(entries.Count);
        var how = Break(entries, at, random);
        return how is null ? null : (Encoding.UTF8.GetBytes(root.ToJsonString()), $"entry {at}: {how}");
    }

    private static string? Break(JsonArray entries, int at, Random random)
    {
        var resource = (entries[at] as JsonObject)?["resource"] as JsonObject;
        if (resource is null || (resource["resourceType"] is JsonValue type && type.TryGetValue<string>(out var name) && name == "Patient")) return null;
        switch (random.Next(9))
        {
            case 0: entries[at] = null; return "the entry is null";
            case 1: entries[at] = 17; return "the entry is a number";
            case 2: entries[at]!["resource"] = "x"; return "the resource is a text";
            case 3: resource["resourceType"] = 17; return "its type is a number";
            case 4: resource.Remove("resourceType"); return "its type is gone";
            case 5: resource["implicitRules"] = "http://example.org/rules"; return "it has implicit rules";
            case 6: resource["modifierExtension"] = new JsonArray(new JsonObject { ["url"] = "http://example.org/not", ["valueBoolean"] = true }); return "it has a modifier that nobody knows";
            case 7 when resource.ContainsKey("status"): resource["status"] = 17; return "its status is a number";
            case 8:
                foreach (var member in new[] { "medicationCodeableConcept", "code" })
                    if (resource[member] is JsonObject)
                    {
                        resource[member] = 17;
                        return $"its {member} is a number";
                    }
                return null;
            default: return null;
        }
    }
}
