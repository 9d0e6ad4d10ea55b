using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;

namespace BiopsyFhir.Api.Tests.Sweep;

/// <summary>The worked patients as the files of a Bulk Data export.</summary>
public static class PatientsAsExport
{
    /// <summary>One file for each type; ids made the patient's own; 200 patients without a marrow order among them.</summary>
    public static void Write(string folder, Action<List<JsonObject>>? change = null)
    {
        Directory.CreateDirectory(folder);
        using var stream = typeof(WorkedPatients).Assembly.GetManifestResourceStream("worked-patients.json")!;
        var all = new List<JsonObject>();
        foreach (var patient in JsonNode.Parse(stream)!.AsArray())
        {
            var own = patient!["bundle"]!["entry"]!.AsArray().Select(e => e!["resource"]!.DeepClone().AsObject()).ToList();
            change?.Invoke(own);
            foreach (var resource in own) all.Add(OfOne(resource, patient["id"]!.ToString()));
        }
        for (var i = 0; i < 200; i++)
        {
            all.Add(JsonNode.Parse($$"""{"resourceType":"Patient","id":"other{{i}}"}""")!.AsObject());
            all.Add(JsonNode.Parse($$"""{"resourceType":"ServiceRequest","id":"s{{i}}","status":"active","intent":"order","code":{"text":"Chest x-ray"},"subject":{"reference":"Patient/other{{i}}"} }""")!.AsObject());
        }
        foreach (var type in all.GroupBy(r => r["resourceType"]!.ToString()))
            File.WriteAllLines(Path.Combine(folder, $"{type.Key}.ndjson"), type.Select(r => r.ToJsonString()));
    }

    private static JsonObject OfOne(JsonObject resource, string who)
    {
        resource["id"] = $"{who}-{resource["id"]}";
        Walk(resource);
        return resource;

        void Walk(JsonNode? node)
        {
            if (node is JsonArray list)
                foreach (var item in list) Walk(item);
            if (node is not JsonObject members) return;
            foreach (var (name, value) in members.ToList())
            {
                if (name == "reference" && value is JsonValue && value.ToString().Split('/') is [var type, var id]) members[name] = $"{type}/{who}-{id}";
                else Walk(value);
            }
        }
    }
}
