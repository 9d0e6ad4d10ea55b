using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Benchmarks.Charts;

/// <summary>
/// An invented patient as an EHR sends her: identifiers, meta, category, performers, reference ranges and displays that nobody reads,
/// old orders beside those in use, a result series over four years. The same size gives the same bytes, always.
/// Reused by whatever needs a large chart: hooks, load, malformed input.
/// </summary>
internal static class GenerateChart
{
    public const string Server = "https://ehr.example.org/fhir";
    public const string Patient = "Patient/bench";

    /// <summary>The day of the question; results and orders go back from here.</summary>
    public static readonly DateOnly AsOf = new(2026, 3, 11);
    public static readonly DateOnly ProcedureDay = new(2026, 3, 18);

    /// <summary>Every resource, the Patient first; the biopsy order and the rest that does not grow with the size follow.</summary>
    public static IReadOnlyList<JsonObject> Resources(ChartSize size) =>
    [
        ThePatient(),
        BiopsyOrder(),
        .. Enumerable.Range(0, 5).Select(Allergy),
        .. Enumerable.Range(0, 3).Select(Procedure),
        .. Enumerable.Range(0, size.Medications).Select(Medication),
        .. Enumerable.Range(0, size.Results).Select(Result),
        .. Enumerable.Range(0, size.Conditions).Select(Condition),
    ];

    /// <summary>A searchset of them, as UTF-8.</summary>
    public static ReadOnlyMemory<byte> Bundle(ChartSize size) => Bundle(Resources(size));

    public static ReadOnlyMemory<byte> Bundle(IEnumerable<JsonObject> resources)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("type", "searchset");
            json.WriteStartArray("entry");
            foreach (var resource in resources)
            {
                json.WriteStartObject();
                json.WriteString("fullUrl", $"{Server}/{resource["resourceType"]}/{resource["id"]}");
                json.WritePropertyName("resource");
                resource.WriteTo(json);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.WrittenMemory;
    }

    private static JsonObject ThePatient()
    {
        var patient = Of("Patient", "bench", "us-core-patient");
        patient["active"] = true;
        patient["name"] = new JsonArray(new JsonObject { ["use"] = "official", ["family"] = "Example", ["given"] = new JsonArray("Bench") });
        patient["gender"] = "female";
        patient["birthDate"] = "1951-07-02";
        patient["address"] = new JsonArray(new JsonObject { ["city"] = "Sample", ["country"] = "US" });
        return patient;
    }

    private static JsonObject BiopsyOrder()
    {
        var order = About("ServiceRequest", "biopsy", "us-core-servicerequest");
        order["status"] = "active";
        order["intent"] = "order";
        order["code"] = Concept(null, null, "Bone marrow biopsy");
        order["occurrenceDateTime"] = Iso(ProcedureDay) + "T09:00:00-05:00";
        order["reasonCode"] = new JsonArray(Concept("http://hl7.org/fhir/sid/icd-10-cm", "D64.9", "Anemia, unspecified"));
        return order;
    }

    private static JsonObject Allergy(int n)
    {
        string[] substances = ["Penicillin G", "Sulfonamide", "Adhesive tape", "Peanut", "House dust"];
        var allergy = About("AllergyIntolerance", $"allergy-{n}", "us-core-allergyintolerance", "patient");
        allergy["clinicalStatus"] = Concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active");
        allergy["verificationStatus"] = Concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "confirmed", "Confirmed");
        allergy["code"] = Concept(null, null, substances[n % substances.Length]);
        return allergy;
    }

    private static JsonObject Procedure(int n)
    {
        string[] done = ["Appendectomy", "Colonoscopy", "Cataract surgery"];
        var procedure = About("Procedure", $"procedure-{n}", "us-core-procedure");
        procedure["status"] = "completed";
        procedure["code"] = Concept(null, null, done[n % done.Length]);
        procedure["performedDateTime"] = Iso(AsOf.AddDays(-900 - (n * 400)));
        return procedure;
    }

    /// <summary>Every twelfth order is in use, the others were stopped or completed in the years before.</summary>
    private static JsonObject Medication(int n)
    {
        var (code, name, dose) = Rows.Medicines[n % Rows.Medicines.Length];
        var inUse = n % 12 == 0 || n < 6;
        var written = AsOf.AddDays(inUse ? -20 - (n % 50) : -200 - (n * 17 % 1400));
        var order = About("MedicationRequest", $"order-{n}", "us-core-medicationrequest");
        order["status"] = inUse ? "active" : n % 2 == 0 ? "completed" : "stopped";
        order["intent"] = "order";
        order["category"] = new JsonArray(Concept("http://terminology.hl7.org/CodeSystem/medicationrequest-category", "outpatient", "Outpatient"));
        order["medicationCodeableConcept"] = Concept("http://www.nlm.nih.gov/research/umls/rxnorm", code, name);
        order["encounter"] = Reference($"Encounter/visit-{n % 40}", "Office visit");
        order["authoredOn"] = Iso(written) + "T14:05:00-05:00";
        order["requester"] = Reference($"Practitioner/dr-{n % 7}", "A. Physician, MD");
        order["dosageInstruction"] = new JsonArray(new JsonObject
        {
            ["text"] = $"{dose} by mouth once daily",
            ["timing"] = new JsonObject
            {
                ["repeat"] = new JsonObject
                {
                    ["boundsPeriod"] = inUse ? new JsonObject { ["start"] = Iso(written) } : new JsonObject { ["start"] = Iso(written), ["end"] = Iso(written.AddDays(30)) },
                    ["frequency"] = 1,
                    ["period"] = 1,
                    ["periodUnit"] = "d",
                },
            },
            ["asNeededBoolean"] = false,
            ["route"] = Concept("http://snomed.info/sct", "26643006", "Oral route"),
            ["doseAndRate"] = new JsonArray(new JsonObject { ["doseQuantity"] = new JsonObject { ["value"] = 1, ["unit"] = "tablet" } }),
        });
        order["dispenseRequest"] = new JsonObject { ["numberOfRepeatsAllowed"] = 3, ["quantity"] = new JsonObject { ["value"] = 90, ["unit"] = "tablet" } };
        return order;
    }

    /// <summary>All analytes in turn, a set every five days, the newest set yesterday.</summary>
    private static JsonObject Result(int n)
    {
        var row = Rows.Results[n % Rows.Results.Length];
        var day = AsOf.AddDays(-1 - (n / Rows.Results.Length * 5));
        var result = About("Observation", $"result-{n}", "us-core-observation-lab");
        result["status"] = "final";
        result["category"] = new JsonArray(Concept("http://terminology.hl7.org/CodeSystem/observation-category", row.Vital ? "vital-signs" : "laboratory", row.Vital ? "Vital Signs" : "Laboratory"));
        result["code"] = Concept("http://loinc.org", row.Code, row.Name);
        result["encounter"] = new JsonObject { ["reference"] = $"Encounter/visit-{n % 40}" };
        result["effectiveDateTime"] = Iso(day) + "T07:30:00-05:00";
        result["issued"] = Iso(day) + "T10:12:00-05:00";
        result["performer"] = new JsonArray(Reference("Organization/lab", "Laboratory"));
        result["valueQuantity"] = new JsonObject
        {
            ["value"] = row.Value + (n % 7 * row.Step),
            ["unit"] = row.Unit,
            ["system"] = "http://unitsofmeasure.org",
            ["code"] = row.Unit,
        };
        result["referenceRange"] = new JsonArray(new JsonObject
        {
            ["low"] = new JsonObject { ["value"] = row.Low, ["unit"] = row.Unit },
            ["high"] = new JsonObject { ["value"] = row.High, ["unit"] = row.Unit },
            ["text"] = string.Create(CultureInfo.InvariantCulture, $"{row.Low} - {row.High} {row.Unit}"),
        });
        return result;
    }

    private static JsonObject Condition(int n)
    {
        var (code, name) = Rows.Problems[n % Rows.Problems.Length];
        var condition = About("Condition", $"problem-{n}", "us-core-condition-problems-health-concerns");
        condition["clinicalStatus"] = Concept("http://terminology.hl7.org/CodeSystem/condition-clinical", n % 4 == 3 ? "resolved" : "active", null);
        condition["verificationStatus"] = Concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed");
        condition["category"] = new JsonArray(Concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item"));
        condition["code"] = Concept("http://hl7.org/fhir/sid/icd-10-cm", code, name);
        condition["onsetDateTime"] = Iso(AsOf.AddDays(-400 - (n * 90 % 3000)));
        condition["recordedDate"] = Iso(AsOf.AddDays(-380 - (n * 90 % 3000)));
        return condition;
    }

    private static JsonObject Of(string type, string id, string profile) => new()
    {
        ["resourceType"] = type,
        ["id"] = id,
        ["meta"] = new JsonObject
        {
            ["versionId"] = "3",
            ["lastUpdated"] = "2026-03-10T22:17:04Z",
            ["profile"] = new JsonArray($"http://hl7.org/fhir/us/core/StructureDefinition/{profile}"),
        },
        ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:oid:1.2.840.114350.1.13.0", ["value"] = $"{type}-{id}-0001" }),
    };

    private static JsonObject About(string type, string id, string profile, string owner = "subject")
    {
        var resource = Of(type, id, profile);
        resource[owner] = Reference(Patient, "Example, Bench");
        return resource;
    }

    private static JsonObject Reference(string reference, string display) => new() { ["reference"] = reference, ["display"] = display };

    private static JsonObject Concept(string? system, string? code, string? name)
    {
        var concept = new JsonObject();
        if (code is not null)
        {
            var coding = new JsonObject { ["system"] = system, ["code"] = code };
            if (name is not null) coding["display"] = name;
            concept["coding"] = new JsonArray(coding);
        }
        if (name is not null) concept["text"] = name;
        return concept;
    }

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
