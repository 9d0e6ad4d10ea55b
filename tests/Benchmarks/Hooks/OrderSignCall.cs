using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Benchmarks.Charts;

namespace BiopsyFhir.Benchmarks.Hooks;

/// <summary>An order-sign call with every prefetch template answered from a generated chart; the biopsy order is the draft.</summary>
internal static class OrderSignCall
{
    /// <param name="biopsy">False: the draft is an order for something else, as in nearly all calls of a hospital.</param>
    public static ReadOnlyMemory<byte> Of(ChartSize size, bool biopsy = true)
    {
        var resources = GenerateChart.Resources(size);
        var draft = resources.First(r => (string?)r["resourceType"] == "ServiceRequest");
        draft["status"] = "draft";
        if (!biopsy) draft["code"] = new JsonObject { ["text"] = "Chest X-ray" };
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("hook", "order-sign");
        json.WriteString("hookInstance", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea");
        json.WriteStartObject("context");
        json.WriteString("userId", "Practitioner/dr-1");
        json.WriteString("patientId", GenerateChart.Patient.Split('/')[1]);
        Bundle(json, "draftOrders", "collection", [draft]);
        json.WriteEndObject();
        json.WriteStartObject("prefetch");
        foreach (var key in PrefetchKey.All)
        {
            if (key.Key is PrefetchKey.Patient)
            {
                json.WritePropertyName(key.Key);
                resources.First(r => (string?)r["resourceType"] == "Patient").WriteTo(json);
            }
            else
            {
                // Of the observations, the generated ones are laboratory results; of the orders, there is the draft only.
                var wanted = key.Key is "weight" or "height" or "socialHistory" or PrefetchKey.ServiceRequests ? [] : resources.Where(r => (string?)r["resourceType"] == key.Type);
                Bundle(json, key.Key, "searchset", wanted);
            }
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void Bundle(Utf8JsonWriter json, string name, string type, IEnumerable<JsonObject> resources)
    {
        json.WriteStartObject(name);
        json.WriteString("resourceType", "Bundle");
        json.WriteString("type", type);
        json.WriteStartArray("entry");
        foreach (var resource in resources)
        {
            json.WriteStartObject();
            json.WriteString("fullUrl", $"{GenerateChart.Server}/{resource["resourceType"]}/{resource["id"]}");
            json.WritePropertyName("resource");
            resource.WriteTo(json);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
