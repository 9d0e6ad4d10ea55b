using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>No input throws. Good resources are broken in every place, and nonsense is built from nothing; the seed makes a failure repeatable.</summary>
public class AnyInputTests
{
    private const string Good = """
        {"resourceType":"Bundle","type":"collection","link":[{"relation":"self","url":"x"}],"entry":[
        {"fullUrl":"https://e.org/Patient/p","resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12","identifier":[{"system":"s","value":"v"}],"deceasedBoolean":false,
          "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse","extension":[{"url":"value","valueCodeableConcept":{"coding":[{"code":"female-typical"}]}}]}]}},
        {"resource":{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order","doNotPerform":false,"subject":{"reference":"Patient/p"},"medicationReference":{"reference":"#m","display":"d"},
          "contained":[{"resourceType":"Medication","id":"m","status":"active","code":{"coding":[{"system":"s","code":"c","display":"d"}],"text":"t"},"form":{"text":"f"},"ingredient":[{"isActive":true,"itemReference":{"reference":"Medication/x"}},{"itemCodeableConcept":{"text":"i"}}]}],
          "authoredOn":"2026-01-01","dosageInstruction":[{"text":"t","asNeededBoolean":true,"route":{"text":"r"},"timing":{"code":{"text":"BID"},"repeat":{"boundsPeriod":{"start":"2026-01-01","end":"2026-02-01"},"frequency":1,"period":1,"periodUnit":"d","timeOfDay":["08:00:00"],"when":["HS"]}},"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg","code":"mg"},"rateQuantity":{"value":1}}]}],
          "reasonCode":[{"text":"r"}],"reasonReference":[{"reference":"Condition/1"}],"note":[{"text":"n"}]}},
        {"resource":{"resourceType":"MedicationAdministration","id":"a","status":"completed","medicationCodeableConcept":{"text":"h"},"effectivePeriod":{"start":"2026-01-01","end":"2026-01-02"},"dosage":{"dose":{"value":1}}}},
        {"resource":{"resourceType":"Observation","id":"1","status":"final","code":{"text":"c"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-01-01T10:00:00Z","issued":"2026-01-01T10:00:00Z","valueQuantity":{"value":1.5,"comparator":"<","unit":"u","code":"u","system":"s"},
          "interpretation":[{"coding":[{"code":"H"}]}],"referenceRange":[{"low":{"value":1},"high":{"value":2},"text":"t"}],"hasMember":[{"reference":"#o"}],"contained":[{"resourceType":"Observation","id":"o","code":{"text":"x"},"hasMember":[{"reference":"#o"}]}],
          "component":[{"code":{"text":"c"},"valueCodeableConcept":{"text":"v"}}],"specimen":{"reference":"Specimen/s"},"method":{"text":"m"}}},
        {"resource":{"resourceType":"Specimen","id":"s","type":{"text":"t"},"collection":{"collectedPeriod":{"start":"2026-01-01"}},"condition":[{"text":"c"}]}},
        {"resource":{"resourceType":"DiagnosticReport","id":"1","status":"final","code":{"text":"c"},"conclusionCode":[{"text":"a"},{"text":"b"}],"result":[{"reference":"Observation/1"}],"presentedForm":[{"title":"t"}]}},
        {"resource":{"resourceType":"Condition","id":"1","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"c"},"onsetAge":{"value":60,"code":"a"},"abatementPeriod":{"end":"2026"},"bodySite":[{"text":"b"}]}},
        {"resource":{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"c"},"type":"allergy","reaction":[{"manifestation":[{"text":"m"}],"severity":"mild"}]}},
        {"resource":{"resourceType":"Procedure","id":"1","status":"completed","code":{"text":"c"},"performedDateTime":"2020","reasonReference":[{"reference":"Condition/1"}]}},
        {"resource":{"resourceType":"Device","id":"1","patient":{"reference":"Patient/p"},"type":{"text":"t"},"deviceName":[{"name":"n"}]}},
        {"resource":{"resourceType":"ServiceRequest","id":"1","status":"active","intent":"order","code":{"text":"marrow biopsy"},"occurrenceTiming":{"event":["2026-03-18"]},"bodySite":[{"text":"b"}]}},
        {"resource":{"resourceType":"Appointment","id":"1","status":"booked","start":"2026-03-18T10:00:00Z","participant":[{"actor":{"reference":"Patient/p"}}],"basedOn":[{"reference":"ServiceRequest/1"}]}},
        {"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","details":{"text":"d"}}]}}]}
        """;

    private static readonly string[] s_strange =
    [
        "null", "true", "\"\"", "\" \"", "0", "-1", "1e400", "1e-400", "123456789012345678901234567890", "[]", "{}", "[null]", "[[]]", "[{}]", "\"#\"", "\"/\"", "\"Patient/\"",
        "\"9999-99-99\"", "\"2026-02-30\"", "\"0000\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "{\"reference\":\"#\"}", "{\"reference\":\"https://\"}", "{\"reference\":7}", "{\"coding\":{\"code\":5}}",
        "{\"coding\":[{\"display\":\"only words\"}]}", "{\"value\":\"x\"}", "{\"extension\":7}", "\"Bundle\"", "\"Medication\"", "\"urn:uuid:x\"", "{\"resourceType\":\"Bundle\",\"entry\":[{}]}", "\"/_history/\"", "\"://\"",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Broken_resources_never_throw(int seed)
    {
        var random = new Random(seed);
        var places = Places(JsonNode.Parse(Good)!).ToList();
        Assert.True(places.Count > 200, "the good Bundle is read");
        for (var i = 0; i < 1500; i++)
        {
            var bundle = JsonNode.Parse(Good)!;
            var all = Places(bundle).ToList();
            for (var broken = random.Next(1, 4); broken > 0; broken--) Break(all[random.Next(all.Count)], random);
            ReadsWithoutException(bundle.ToJsonString());
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Nonsense_under_known_names_never_throws(int seed)
    {
        var random = new Random(seed);
        var names = Places(JsonNode.Parse(Good)!).Select(p => p.Name).OfType<string>().Distinct().ToArray();
        var types = new[] { "Patient", "Observation", "MedicationRequest", "Condition", "DiagnosticReport", "Appointment", "Device", "ServiceRequest", "AllergyIntolerance", "Procedure" };
        for (var i = 0; i < 1500; i++)
        {
            var resources = Enumerable.Range(0, 4).Select(n =>
            {
                var resource = Nonsense(random, names, 5) as JsonObject ?? [];
                resource["resourceType"] = n == 0 ? "Patient" : types[random.Next(1, types.Length)];
                return new JsonObject { ["resource"] = resource };
            });
            ReadsWithoutException(new JsonObject { ["entry"] = new JsonArray([.. resources]) }.ToJsonString());
        }
    }

    private static void ReadsWithoutException(string json)
    {
        try
        {
            if (FhirJson.Parse(Encoding.UTF8.GetBytes(json)) is not JsonRead.Ok(var document)) return;
            using (document)
            {
                var content = Bundles.Read(document.RootElement);
                ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = Charts.NewYork });
                ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = Charts.NewYork, Patient = "Patient/p" });
            }
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.GetType().Name} {e.Message}\n{e.StackTrace}\n{json}");
        }
    }

    private sealed record Place(JsonNode Parent, string? Name, int Index);

    private static IEnumerable<Place> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Places(m.Value).Prepend(new(members, m.Key, -1))),
        JsonArray list => list.SelectMany((item, i) => Places(item).Prepend(new(list, null, i))),
        _ => [],
    };

    private static void Break(Place place, Random random)
    {
        var strange = JsonNode.Parse(s_strange[random.Next(s_strange.Length)]);
        switch (place.Parent)
        {
            case JsonObject members when random.Next(4) == 0: members.Remove(place.Name!); break;
            case JsonObject members: members[place.Name!] = strange; break;
            case JsonArray list when place.Index < list.Count: list[place.Index] = strange; break;
        }
    }

    private static JsonNode? Nonsense(Random random, string[] names, int depth) => (depth > 0 ? random.Next(6) : 0) switch
    {
        0 or 1 => JsonNode.Parse(s_strange[random.Next(s_strange.Length)]),
        2 => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => Nonsense(random, names, depth - 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(7)).Select(_ => names[random.Next(names.Length)]).Distinct().Select(n => KeyValuePair.Create(n, Nonsense(random, names, depth - 1)))),
    };
}
