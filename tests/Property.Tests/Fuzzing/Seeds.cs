using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Property.Tests.Patients;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>Small Bundles to begin with: our own, and public samples where they are at hand.</summary>
internal static class Seeds
{
    private const int LargestSample = 24 * 1024;

    public static IEnumerable<byte[]> All() => Own().Concat(Samples());

    private static IEnumerable<byte[]> Own()
    {
        var d0 = new DateOnly(2026, 3, 18);
        JsonObject[] common =
        [
            Resources.Patient("1954-01-12", "female"),
            Resources.Order("o", "Unexplained anaemia", d0),
        ];
        yield return Bundle(common);
        yield return Bundle([
            .. common,
            Resources.Result("platelets", Coding("777-3"), "2026-03-15", Resources.Quantity(182, "10*3/uL")),
            Resources.Result("hb", Coding("718-7"), "2026-03-15", Resources.Quantity(9, "g/dL")),
            Resources.Result("inr", Coding("6301-6"), "2026-03-15", Resources.Quantity(2, "{INR}")),
            Resources.Result("crea", Coding("2160-0"), "2026-03-15", Resources.Quantity(1, "mg/dL")),
            Parsed("""{"resourceType":"MedicationRequest","id":"w","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"11289","display":"Warfarin"}]},"subject":{"reference":"Patient/p"},"authoredOn":"2026-01-02","dosageInstruction":[{"text":"5 mg daily","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg"}}]}]}"""),
            Parsed("""{"resourceType":"MedicationStatement","id":"a","status":"active","medicationReference":{"reference":"Medication/x"},"subject":{"reference":"Patient/p"},"effectivePeriod":{"start":"2025-02"}}"""),
            Parsed("""{"resourceType":"Medication","id":"x","code":{"text":"Apixaban 5 mg tablet"}}"""),
        ]);
        yield return Bundle([
            .. common,
            Resources.Result("platelets", Coding("777-3"), "2026-03-15", Resources.Quantity(220, "10*3/uL")),
            Parsed("""{"resourceType":"MedicationRequest","id":"v","status":"active","intent":"order","medicationCodeableConcept":{"text":"Amlodipine 5 mg tablet"},"subject":{"reference":"Patient/p"},"authoredOn":"2026-01-02"}"""),
            Parsed("""{"resourceType":"Condition","id":"c","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"text":"Atrial fibrillation"},"subject":{"reference":"Patient/p"},"onsetDateTime":"2020-05-05"}"""),
            Parsed("""{"resourceType":"AllergyIntolerance","id":"l","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Chlorhexidine"},"patient":{"reference":"Patient/p"}}"""),
            Parsed("""{"resourceType":"Procedure","id":"s","status":"completed","code":{"text":"Coronary stent"},"subject":{"reference":"Patient/p"},"performedDateTime":"2026-01-05"}"""),
        ]);
        yield return Bundle([
            .. common,
            Parsed("""{"resourceType":"DiagnosticReport","id":"d","status":"final","code":{"text":"CBC"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-03-15","result":[{"reference":"#r1"}],"contained":[{"resourceType":"Observation","id":"r1","status":"final","code":{"text":"Platelets"},"valueQuantity":{"value":44,"unit":"10*3/uL"}}]}"""),
            Parsed("""{"resourceType":"Observation","id":"panel","status":"final","code":{"text":"CBC panel"},"subject":{"reference":"Patient/p"},"effectivePeriod":{"start":"2026-03-14T08:00:00Z","end":"2026-03-14T09:00:00+02:00"},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"valueQuantity":{"value":8.1,"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL","comparator":"<"}},{"code":{"coding":[{"system":"http://loinc.org","code":"2276-4"}]},"valueString":"< 5 ng/mL"},{"code":{"text":"Vitamin B12"},"dataAbsentReason":{"text":"hemolysed"}}],"referenceRange":[{"low":{"value":12,"unit":"g/dL"},"text":"12-16"}]}"""),
            Parsed("""{"resourceType":"MedicationAdministration","id":"h","status":"completed","medicationCodeableConcept":{"text":"Enoxaparin 40 mg"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-03-10T20:00:00-05:00","dosage":{"dose":{"value":40,"unit":"mg"},"route":{"text":"subcutaneous"}}}"""),
            Parsed("""{"resourceType":"Appointment","id":"b","status":"booked","description":"Bone marrow biopsy","start":"2026-03-18T09:00:00Z","participant":[{"actor":{"reference":"Patient/p"},"status":"accepted"}]}"""),
            Parsed("""{"resourceType":"Device","id":"v1","type":{"text":"Mechanical heart valve"},"status":"active","patient":{"reference":"Patient/p"}}"""),
        ]);
    }

    private static IEnumerable<byte[]> Samples()
    {
        if (!SharedData.Exists) yield break;
        foreach (var folder in new[] { "data/malformed", "data/odd", "data/patients", "data/cdshooks" })
            foreach (var file in Directory.GetFiles(SharedData.Path(folder), "*.json").Order(StringComparer.Ordinal).Where(f => new FileInfo(f).Length <= LargestSample))
                yield return File.ReadAllBytes(file);
        foreach (var folder in Directory.GetDirectories(SharedData.Path("clinical/cases")).Order(StringComparer.Ordinal))
            if (File.Exists(Path.Combine(folder, "bundle.json"))) yield return File.ReadAllBytes(Path.Combine(folder, "bundle.json"));
    }

    private static byte[] Bundle(IEnumerable<JsonObject> resources) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["resourceType"] = "Bundle",
        ["type"] = "collection",
        ["entry"] = new JsonArray([.. resources.Select(r => (JsonNode)new JsonObject { ["fullUrl"] = $"https://ehr.example.org/fhir/{r["resourceType"]}/{r["id"]}", ["resource"] = r.DeepClone() })]),
    }.ToJsonString());

    private static JsonObject Coding(string loinc) => Parsed($$"""{"coding":[{"system":"http://loinc.org","code":"{{loinc}}"}]}""");

    private static JsonObject Parsed(string json) => (JsonObject)JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = 64 })!;
}
