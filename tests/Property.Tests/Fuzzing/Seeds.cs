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

    public static IEnumerable<byte[]> All() => Own().Concat(Documents()).Concat(Samples());

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

    /// <summary>What an authorization server and a CDS client publish or send.</summary>
    private static IEnumerable<byte[]> Documents() => new[]
    {
        """{"issuer":"https://ehr.example.org/auth","jwks_uri":"https://ehr.example.org/auth/jwks","authorization_endpoint":"https://ehr.example.org/auth/authorize","token_endpoint":"https://ehr.example.org/auth/token","introspection_endpoint":"https://ehr.example.org/auth/introspect","revocation_endpoint":"auth/revoke","grant_types_supported":["authorization_code","client_credentials"],"code_challenge_methods_supported":["S256"],"scopes_supported":["launch","patient/*.rs"],"token_endpoint_auth_methods_supported":["client_secret_basic","private_key_jwt"],"capabilities":["launch-ehr","launch-standalone"],"authorization_response_iss_parameter_supported":true}""",
        """{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server","security":{"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[{"url":"authorize","valueUri":"https://ehr.example.org/auth/authorize"},{"url":"token","valueUri":"https://ehr.example.org/auth/token"}]}]},"resource":[{"type":"CarePlan","interaction":[{"code":"create"}],"conditionalCreate":true,"searchParam":[{"name":"identifier","type":"token"}]}]}]}""",
        """{"access_token":"a-token","token_type":"Bearer","expires_in":300,"scope":"launch patient/*.rs","patient":"p","encounter":"e","refresh_token":"r","need_patient_banner":false,"intent":"review","smart_style_url":"https://ehr.example.org/style.json","fhirContext":[{"reference":"ServiceRequest/o"},{"canonical":"https://example.org/q","role":"launch"}]}""",
        """{"keys":[{"kty":"EC","crv":"P-384","kid":"ec-1","use":"sig","alg":"ES384","x":"7QxyYvHeSUD412ZzemXy2bOUBb3yHGnn6ZBu5PYvXs4kWr-DnmZINIKy3qcQZhSZ","y":"T0g68gWdQSCL8ihPvrzqDUITYJTJSABDeLlHtZPjMrsUCNdpNvVy0oy_X8amTKF-"},{"kty":"RSA","kid":"rsa-1","alg":"RS384","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw","e":"AQAB"}]}""",
        """{"hook":"order-sign","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/d","patientId":"p","draftOrders":{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/p"},"occurrenceDateTime":"2026-03-18"}}]}},"prefetch":{"patient":{"resourceType":"Patient","id":"p","birthDate":"1954-02-01"},"medicationRequests":{"resourceType":"Bundle","type":"searchset","total":1,"link":[{"relation":"next","url":"https://ehr.example.org/fhir/MedicationRequest?page=2"}],"entry":[{"resource":{"resourceType":"MedicationRequest","id":"w","status":"active","intent":"order","authoredOn":"2026-01-10","medicationCodeableConcept":{"text":"Warfarin 5 mg"},"subject":{"reference":"Patient/p"}}}]},"laboratory":null,"conditions":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","diagnostics":"no"}]}}}""",
        """{"feedback":[{"card":"4e0a3a1e-3283-4575-ab82-028d55fe2719","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00Z","overrideReason":{"reason":{"code":"other","system":"https://example.org"},"userComment":"no"}},{"card":"4e0a3a1e-3283-4575-ab82-028d55fe2718","outcome":"accepted","outcomeTimestamp":"2026-03-11T09:00:00+01:00","acceptedSuggestions":[{"id":"1"}]}]}""",
    }.Select(Encoding.UTF8.GetBytes);

    private static IEnumerable<byte[]> Samples()
    {
        if (!SharedData.Exists) yield break;
        foreach (var folder in new[] { "data/malformed", "data/odd", "data/patients", "data/cdshooks", "data/smart" })
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
