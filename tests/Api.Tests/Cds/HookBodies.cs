using System.Text.Json.Nodes;
using BiopsyFhir.Api.Cds;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Calls and resources that tests put together. The service's clock stands at 2026-03-11.</summary>
public static class HookBodies
{
    public static JsonObject Call(string hook, params (string Name, JsonNode Value)[] context)
    {
        var all = new JsonObject { ["userId"] = "Practitioner/doc-1", ["patientId"] = HookWorld.Patient };
        foreach (var (name, value) in context) all[name] = value;
        return new() { ["hook"] = hook, ["hookInstance"] = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", ["context"] = all };
    }

    public static JsonObject Sign(params JsonObject[] drafts) => Call("order-sign", ("draftOrders", Collection(drafts)));

    public static JsonObject Select(string selection, params JsonObject[] drafts) =>
        Call("order-select", ("selections", new JsonArray(selection)), ("draftOrders", Collection(drafts)));

    public static JsonObject With(this JsonObject call, string name, JsonNode? value)
    {
        call[name] = value;
        return call;
    }

    public static JsonObject Without(this JsonObject json, string name)
    {
        json.Remove(name);
        return json;
    }

    /// <summary>The EHR's address and a token for it.</summary>
    public static JsonObject WithAccess(this JsonObject call, HookWorld world, string scope = "patient/*.rs") => call
        .With("fhirServer", world.Ehr.FhirBase)
        .With("fhirAuthorization", new JsonObject { ["access_token"] = "hook-access-token", ["token_type"] = "Bearer", ["expires_in"] = 300, ["scope"] = scope, ["subject"] = "cds", ["patient"] = HookWorld.Patient });

    /// <summary>Every template answered: the patient, and nothing found beside what is given.</summary>
    public static JsonObject Prefetch(params (string Key, JsonNode? Value)[] given)
    {
        var all = new JsonObject();
        foreach (var key in PrefetchKey.All) all[key.Key] = key.Key is PrefetchKey.Patient ? Person() : Searchset();
        foreach (var (key, value) in given) all[key] = value;
        return all;
    }

    public static JsonObject Person(string id = HookWorld.Patient) =>
        new() { ["resourceType"] = "Patient", ["id"] = id, ["birthDate"] = "1954-02-01", ["gender"] = "female" };

    /// <param name="day">Null: without a date.</param>
    public static JsonObject Marrow(string? day = "2026-03-18", string id = "draft-1", string status = "draft")
    {
        var order = new JsonObject
        {
            ["resourceType"] = "ServiceRequest",
            ["id"] = id,
            ["status"] = status,
            ["intent"] = "order",
            ["code"] = new JsonObject { ["text"] = "Bone marrow biopsy" },
            ["subject"] = Subject(),
        };
        if (day is not null) order["occurrenceDateTime"] = day;
        return order;
    }

    public static JsonObject Drug(string name, string id, string status = "active") => new()
    {
        ["resourceType"] = "MedicationRequest",
        ["id"] = id,
        ["status"] = status,
        ["intent"] = "order",
        ["authoredOn"] = "2026-01-10",
        ["medicationCodeableConcept"] = new JsonObject { ["text"] = name },
        ["subject"] = Subject(),
    };

    public static JsonObject Platelets(int value, string day, string id) => new()
    {
        ["resourceType"] = "Observation",
        ["id"] = id,
        ["status"] = "final",
        ["category"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/observation-category", ["code"] = "laboratory" }) }),
        ["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://loinc.org", ["code"] = "777-3" }) },
        ["subject"] = Subject(),
        ["effectiveDateTime"] = day,
        ["valueQuantity"] = new JsonObject { ["value"] = value, ["unit"] = "10*3/uL", ["system"] = "http://unitsofmeasure.org", ["code"] = "10*3/uL" },
    };

    public static JsonObject Appointment(string day, string id = "appt-1", string status = "proposed") => new()
    {
        ["resourceType"] = "Appointment",
        ["id"] = id,
        ["status"] = status,
        ["description"] = "Bone marrow biopsy",
        ["start"] = $"{day}T09:00:00Z",
        ["participant"] = new JsonArray(new JsonObject { ["actor"] = Subject(), ["status"] = "accepted" }),
    };

    public static JsonObject Outcome() => new()
    {
        ["resourceType"] = "OperationOutcome",
        ["issue"] = new JsonArray(new JsonObject { ["severity"] = "error", ["code"] = "exception" }),
    };

    public static JsonObject Collection(params JsonObject[] resources) => Bundle("collection", resources);

    public static JsonObject Searchset(params JsonObject[] resources) => Bundle("searchset", resources);

    public static JsonObject Next(this JsonObject bundle, string url)
    {
        bundle["link"] = new JsonArray(new JsonObject { ["relation"] = "next", ["url"] = url });
        return bundle;
    }

    private static JsonObject Bundle(string type, JsonObject[] resources)
    {
        var bundle = new JsonObject { ["resourceType"] = "Bundle", ["type"] = type };
        if (resources.Length > 0) bundle["entry"] = new JsonArray([.. resources.Select(r => (JsonNode)new JsonObject { ["resource"] = r.DeepClone() })]);
        return bundle;
    }

    private static JsonObject Subject() => new() { ["reference"] = $"Patient/{HookWorld.Patient}" };
}
