using System.Globalization;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>Small FHIR resources, as EHRs send them.</summary>
internal static class Resources
{
    public const string Subject = "Patient/p";
    public const string Ucum = "http://unitsofmeasure.org";

    public static JsonObject Patient(string? birth, string? gender)
    {
        var patient = Of("Patient", "p");
        if (birth is not null) patient["birthDate"] = birth;
        if (gender is not null) patient["gender"] = gender;
        return patient;
    }

    public static JsonObject Of(string type, string id) => new() { ["resourceType"] = type, ["id"] = id };

    private static JsonObject About(string type, string id, string owner = "subject")
    {
        var resource = Of(type, id);
        resource[owner] = new JsonObject { ["reference"] = Subject };
        return resource;
    }

    public static JsonObject Concept(string? system, string? code, string? text)
    {
        var concept = new JsonObject();
        if (code is not null) concept["coding"] = new JsonArray(new JsonObject { ["system"] = system, ["code"] = code });
        if (text is not null) concept["text"] = text;
        return concept;
    }

    public static JsonObject Medicine(string type, string id, JsonObject product, string status, string? date)
    {
        var medicine = About(type, id);
        medicine["status"] = status;
        if (type == "MedicationRequest") medicine["intent"] = "order";
        medicine["medicationCodeableConcept"] = product;
        if (date is not null) medicine[type switch { "MedicationRequest" => "authoredOn", "MedicationDispense" => "whenHandedOver", _ => "dateAsserted" }] = date;
        return medicine;
    }

    public static JsonObject Dosage(decimal dose, string unit, int times, string? text, bool asNeeded) => new()
    {
        ["text"] = text,
        ["asNeededBoolean"] = asNeeded,
        ["timing"] = new JsonObject { ["repeat"] = new JsonObject { ["frequency"] = times, ["period"] = 1, ["periodUnit"] = "d" } },
        ["doseAndRate"] = new JsonArray(new JsonObject { ["doseQuantity"] = new JsonObject { ["value"] = dose, ["unit"] = unit } }),
    };

    public static JsonObject Result(string id, JsonObject code, string? date, JsonObject value)
    {
        var result = About("Observation", id);
        result["status"] = "final";
        result["code"] = code;
        if (date is not null) result["effectiveDateTime"] = date;
        result["valueQuantity"] = value;
        return result;
    }

    public static JsonObject Quantity(decimal value, string unit) => new() { ["value"] = value, ["unit"] = unit, ["system"] = Ucum, ["code"] = unit };

    public static JsonObject Condition(string id, JsonObject code, string clinical, string? onset)
    {
        var condition = About("Condition", id);
        condition["clinicalStatus"] = Concept("http://terminology.hl7.org/CodeSystem/condition-clinical", clinical, null);
        condition["verificationStatus"] = Concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", null);
        condition["code"] = code;
        if (onset is not null) condition["onsetDateTime"] = onset;
        return condition;
    }

    public static JsonObject Procedure(string id, string text, string? date)
    {
        var procedure = About("Procedure", id);
        procedure["status"] = "completed";
        procedure["code"] = Concept(null, null, text);
        if (date is not null) procedure["performedDateTime"] = date;
        return procedure;
    }

    public static JsonObject Allergy(string id, string text)
    {
        var allergy = About("AllergyIntolerance", id, "patient");
        allergy["clinicalStatus"] = Concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", null);
        allergy["code"] = Concept(null, null, text);
        return allergy;
    }

    public static JsonObject Order(string id, string? reason, DateOnly day)
    {
        var order = About("ServiceRequest", id);
        order["status"] = "active";
        order["intent"] = "order";
        order["code"] = Concept(null, null, "Bone marrow biopsy");
        order["occurrenceDateTime"] = Iso(day);
        if (reason is not null) order["reasonCode"] = new JsonArray(Concept(null, null, reason));
        return order;
    }

    public static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
