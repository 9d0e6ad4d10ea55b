using System.Text.Json.Nodes;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>What is broken in an entry.</summary>
public enum Broken { Status, Code, Date, Value, Unit, Reference, Rules, Source }

/// <summary>One thing broken in one entry.</summary>
internal static class Corruption
{
    /// <returns>Null when the entry has nothing to break.</returns>
    public static GeneratedChart? Of(GeneratedChart chart, int index, int pick)
    {
        var broken = Ways(chart.Resources[index]).ToList();
        return broken.Count == 0 ? null : chart.With(index, broken[pick % broken.Count].Resource);
    }

    /// <summary>The chart with the entry broken in every way of a kind.</summary>
    public static IEnumerable<GeneratedChart> All(GeneratedChart chart, int index, Broken what) =>
        Ways(chart.Resources[index]).Where(w => w.What == what).Select(w => chart.With(index, w.Resource));

    public static IEnumerable<(Broken What, JsonObject Resource)> Ways(JsonObject resource) =>
        Attempts(resource).Where(a => a.Resource is not null).Select(a => (a.What, a.Resource!));

    private static IEnumerable<(Broken What, JsonObject? Resource)> Attempts(JsonObject resource)
    {
        var isPatient = (string?)resource["resourceType"] == "Patient";
        yield return (Broken.Status, Replaced(resource, "status", 17));
        yield return (Broken.Status, Replaced(resource, "status", "??"));
        if (resource.ContainsKey("status")) yield return (Broken.Status, Edit.Without(resource, "status"));
        yield return (Broken.Status, Replaced(resource, "clinicalStatus", new JsonObject { ["coding"] = "??" }));
        yield return (Broken.Status, Replaced(resource, "verificationStatus", 3));
        foreach (var code in new[] { "code", "medicationCodeableConcept" })
        {
            yield return (Broken.Code, Replaced(resource, code, 17));
            yield return (Broken.Code, Replaced(resource, code, new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:oid:1.2.3" }) }));
        }
        if (resource.ContainsKey("medicationCodeableConcept"))
        {
            yield return (Broken.Code, Edit.Set(resource, "medicationCodeableConcept", new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:oid:1.2.3", ["code"] = "0000" }) }));
            yield return (Broken.Reference, Edit.Copy(resource, r => { r.Remove("medicationCodeableConcept"); r["medicationReference"] = new JsonObject { ["reference"] = "Medication/nowhere" }; }));
        }
        foreach (var date in new[] { "authoredOn", "dateAsserted", "whenHandedOver", "effectiveDateTime", "onsetDateTime", "performedDateTime", "birthDate" })
        {
            yield return (Broken.Date, Replaced(resource, date, "soon"));
            yield return (Broken.Date, Replaced(resource, date, "2026-13-41"));
        }
        if (resource["effectivePeriod"] is JsonObject) yield return (Broken.Date, Edit.Copy(resource, r => r["effectivePeriod"]!["end"] = "the other day"));
        if (resource["valueQuantity"] is JsonObject)
        {
            yield return (Broken.Value, Edit.Copy(resource, r => r["valueQuantity"]!["value"] = "many"));
            yield return (Broken.Value, Edit.Copy(resource, r => r["valueQuantity"]!["value"] = 9e27));
            yield return (Broken.Value, Edit.Copy(resource, r => r["valueQuantity"]!.AsObject().Remove("value")));
            yield return (Broken.Value, Edit.Without(resource, "valueQuantity"));
            // An INR has no unit (evidence 3.8).
            if ((string?)resource["valueQuantity"]!["code"] != "{INR}") yield return (Broken.Unit, Edit.Copy(resource, r => { var q = r["valueQuantity"]!.AsObject(); q.Remove("unit"); q.Remove("code"); }));
            foreach (var unit in new[] { "wibble", "[degF]", "g/L", "mmol/L" })
                if ((string?)resource["valueQuantity"]!["code"] is { } own && own != unit && !(own == "g/dL" && unit == "g/L"))
                    yield return (Broken.Unit, Edit.Copy(resource, r => { var q = r["valueQuantity"]!; q["unit"] = unit; q["code"] = unit; }));
        }
        if (resource["subject"] is not null) yield return (Broken.Reference, Edit.Set(resource, "subject", new JsonObject { ["reference"] = "Patient/somebody-else" }));
        if (isPatient) yield return (Broken.Code, Replaced(resource, "gender", 3));
        yield return (Broken.Rules, Edit.Set(resource, "implicitRules", "http://example.org/rules"));
        yield return (Broken.Rules, Edit.Set(resource, "modifierExtension", new JsonArray(new JsonObject { ["url"] = "http://example.org/not", ["valueBoolean"] = true })));
        if (isPatient) yield break;
        yield return (Broken.Source, new JsonObject { ["response"] = new JsonObject { ["status"] = "500 Internal Server Error" } });
        yield return (Broken.Source, Edit.Set(Resources.Of("OperationOutcome", "x"), "issue", new JsonArray(new JsonObject { ["severity"] = "error", ["code"] = "exception", ["diagnostics"] = "could not be read" })));
    }

    private static JsonObject? Replaced(JsonObject resource, string member, JsonNode value) => resource.ContainsKey(member) ? Edit.Set(resource, member, value) : null;
}
