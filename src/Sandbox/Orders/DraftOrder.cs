using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Orders;

/// <summary>Orders on their way from draft to active.</summary>
internal static class DraftOrder
{
    /// <summary>What a clinician may well order for the day of a biopsy: one that thins the blood and should be noticed, and one that does not.</summary>
    public static readonly IReadOnlyList<(string Key, string Text)> Medicines =
    [
        ("ketorolac", "Ketorolac 30 mg IV once"),
        ("enoxaparin", "Enoxaparin 40 mg SC once daily"),
        ("apixaban", "Apixaban 5 mg oral twice daily"),
        ("acetaminophen", "Acetaminophen 1 g oral as needed"),
    ];

    /// <summary>Soon enough for the seeded platelet counts, a day old, to count.</summary>
    private const int DaysAhead = 6;

    /// <returns>Null when there is no such medicine here.</returns>
    public static JsonObject? Medicine(string key, DateOnly on, string patient, string? encounter, DateTimeOffset now)
    {
        if (Medicines.FirstOrDefault(m => m.Key == key) is not { Text: { } text }) return null;
        var order = new JsonObject
        {
            ["resourceType"] = "MedicationRequest",
            ["id"] = "draft-2",
            ["status"] = "draft",
            ["intent"] = "order",
            ["medicationCodeableConcept"] = new JsonObject { ["text"] = text },
            ["subject"] = new JsonObject { ["reference"] = $"Patient/{patient}" },
            ["authoredOn"] = $"{now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}",
            ["requester"] = new JsonObject { ["reference"] = AuthorizeEndpoint.DemoUser },
            ["dosageInstruction"] = new JsonArray(new JsonObject
            {
                ["text"] = text,
                ["timing"] = new JsonObject { ["event"] = new JsonArray($"{on:yyyy-MM-dd}") },
            }),
        };
        if (encounter is not null) order["encounter"] = new JsonObject { ["reference"] = $"Encounter/{encounter}" };
        return order;
    }

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
            ["occurrenceDateTime"] = $"{now.UtcDateTime.AddDays(DaysAhead):yyyy-MM-dd}",
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
