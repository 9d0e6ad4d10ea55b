using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Notify;

/// <summary>The history Bundle that the Subscriptions R5 Backport guide (1.1, "Notifications for FHIR R4") sends.</summary>
internal static class NotificationBundle
{
    public static JsonObject Of(StoredResource subscription, SubscriptionTerms terms, string fhirBase, string type, long events, StoredResource? focus, DateTimeOffset now)
    {
        var parameters = new JsonArray(
            Parameter("subscription", "valueReference", new JsonObject { ["reference"] = $"{fhirBase}/{subscription.Key}" }),
            Parameter("topic", "valueCanonical", terms.Topic),
            Parameter("status", "valueCode", type == "handshake" ? "requested" : "active"),
            Parameter("type", "valueCode", type),
            Parameter("events-since-subscription-start", "valueString", $"{events}"));
        if (focus is not null)
        {
            var happened = new JsonArray(
                Parameter("event-number", "valueString", $"{events}"),
                Parameter("timestamp", "valueInstant", $"{focus.LastUpdated.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}"));
            if (terms.Content != "empty") happened.Add(Parameter("focus", "valueReference", new JsonObject { ["reference"] = $"{fhirBase}/{focus.Key}" }));
            parameters.Add(new JsonObject { ["name"] = "notification-event", ["part"] = happened });
        }
        var status = new JsonObject
        {
            ["resourceType"] = "Parameters",
            ["id"] = Opaque.New(),
            ["meta"] = new JsonObject { ["profile"] = new JsonArray("http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4") },
            ["parameter"] = parameters,
        };
        var entries = new JsonArray(new JsonObject
        {
            ["fullUrl"] = $"urn:uuid:{Uuid(status["id"]!.GetValue<string>())}",
            ["resource"] = status,
            ["request"] = new JsonObject { ["method"] = "GET", ["url"] = $"{subscription.Key}/$status" },
            ["response"] = new JsonObject { ["status"] = "200" },
        });
        if (focus is not null && terms.Content != "empty") entries.Add(Entry(focus, fhirBase, terms.Content == "full-resource"));
        return new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "history",
            ["timestamp"] = $"{now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
            ["entry"] = entries,
        };
    }

    private static JsonObject Entry(StoredResource focus, string fhirBase, bool whole)
    {
        var entry = new JsonObject { ["fullUrl"] = $"{fhirBase}/{focus.Key}" };
        if (whole) entry["resource"] = FhirJson.Read(focus.Json);
        entry["request"] = new JsonObject { ["method"] = focus.Version == 1 ? "POST" : "PUT", ["url"] = focus.Version == 1 ? focus.Key.Type : $"{focus.Key}" };
        entry["response"] = new JsonObject { ["status"] = focus.Version == 1 ? "201" : "200" };
        return entry;
    }

    private static JsonObject Parameter(string name, string kind, JsonNode? value) => new() { ["name"] = name, [kind] = value };

    private static string Uuid(string hex) => Guid.ParseExact(hex, "N").ToString("D");
}
