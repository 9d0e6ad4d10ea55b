using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Orders;

/// <summary>A marrow order on its way from draft to active.</summary>
internal static class DraftOrder
{
    public static JsonObject Marrow(string patient, string? encounter, DateTimeOffset now)
    {
        var order = new JsonObject
        {
            ["resourceType"] = "ServiceRequest",
            ["id"] = "draft-1",
            ["status"] = "draft",
            ["intent"] = "order",
            ["code"] = new JsonObject
            {
                ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://snomed.info/sct", ["code"] = "234326005", ["display"] = "Bone marrow sampling (procedure)" }),
                ["text"] = "Bone marrow biopsy and aspiration",
            },
            ["subject"] = new JsonObject { ["reference"] = $"Patient/{patient}" },
            ["occurrenceDateTime"] = $"{now.UtcDateTime.AddDays(7):yyyy-MM-dd}",
            ["requester"] = new JsonObject { ["reference"] = AuthorizeEndpoint.DemoUser },
            ["reasonCode"] = new JsonArray(new JsonObject { ["text"] = "Unexplained anaemia" }),
            ["bodySite"] = new JsonArray(new JsonObject { ["text"] = "Posterior iliac crest" }),
        };
        if (encounter is not null) order["encounter"] = new JsonObject { ["reference"] = $"Encounter/{encounter}" };
        return order;
    }

    public static JsonObject Signed(JsonObject draft, DateTimeOffset now)
    {
        var order = (JsonObject)draft.DeepClone();
        order.Remove("id");
        if (order.Text("status") == "draft") order["status"] = "active";
        order["authoredOn"] = $"{now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}";
        return order;
    }
}
