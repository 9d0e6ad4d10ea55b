using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Firely;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Firely.Tests;

/// <summary>Our lenses and the SDK's classes read the same out of the same public records.</summary>
public sealed class ParityTests
{
    private static readonly string[] Kinds = ["MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Observation"];

    [FactWhen(Needs.SharedData)]
    public void The_public_records_are_read_alike()
    {
        var (compared, differences) = (0, new List<string>());
        foreach (var file in Directory.GetFiles(SharedData.Path("data/patients"), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            foreach (var json in Resources(file))
            {
                if (SecondReading.Of(json) is not { } theirs || Ours(json) is not { } ours) continue;
                compared++;
                if (ours != theirs) differences.Add($"{Path.GetFileName(file)}\n  ours   {ours}\n  theirs {theirs}");
            }
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}\n" + string.Join('\n', differences.Take(20)));
        Assert.True(compared > 1000, $"only {compared} entries were compared");
    }

    [Theory]
    [InlineData("""{"resourceType":"Observation","id":"a","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"effectiveDateTime":"2026-03-01","valueQuantity":{"value":10.20,"unit":"g/dL","code":"g/dL"}}""", "10.2 g/dL")]
    [InlineData("""{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"effectiveDateTime":"2026","valueQuantity":{"value":1e3,"unit":"/uL"}}""", "1000 /uL")]
    public void A_value_is_read_alike(string json, string value)
    {
        Assert.Equal(value, SecondReading.Of(json)!.Value);
        Assert.Equal(SecondReading.Of(json), Ours(json));
    }

    private static IEnumerable<string> Resources(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file), new() { MaxDepth = 256 });
        var root = document.RootElement;
        var entries = root.TryGetProperty("entry", out var list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Where(e => e.TryGetProperty("resource", out _)).Select(e => e.GetProperty("resource")) : [root];
        return [.. entries.Where(r => r.ValueKind is JsonValueKind.Object && r.TryGetProperty("resourceType", out var type) && Kinds.Contains(type.GetString()) && r.TryGetProperty("id", out _)).Select(r => r.GetRawText())];
    }

    /// <summary>Null when our reading says that it must not be interpreted, or keeps no single record of it.</summary>
    private static ReadEntry? Ours(string resource)
    {
        using var element = JsonDocument.Parse(resource);
        var subject = element.RootElement.TryGetProperty("subject", out var s) && s.TryGetProperty("reference", out var r) ? r.GetString()! : "Patient/p";
        var id = subject.Split('/', ':')[^1];
        var full = subject.StartsWith("urn:uuid:", StringComparison.Ordinal) ? $"\"fullUrl\":\"{subject}\"," : "";
        using var document = FhirDocument.Of($$$"""{"resourceType":"Bundle","type":"collection","entry":[{ {{{full}}}"resource":{"resourceType":"Patient","id":"{{{id}}}"} },{"resource":{{{resource}}} }]}""");
        var content = Bundles.Read(document.RootElement);
        if (ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = TimeZoneInfo.Utc }) is not ChartRead.Ok(var chart)) return null;
        if (chart.Medications is [{ CannotInterpret: null } medicine])
            return new(medicine.Reference, medicine.Status, Codes(medicine.Product), medicine.Product.Text, null, Raw(element.RootElement, "authoredOn", "dateAsserted", "effectiveDateTime", "whenHandedOver", "whenPrepared") is { } at && medicine.Authored is { } day ? Same(day, at) : null);
        if (chart.Results is [{ CannotInterpret: null } result])
            return new(result.Reference, result.Status, Codes(result.Code), result.Code.Text,
                result.Value is ResultValue.Quantity q ? string.Create(CultureInfo.InvariantCulture, $"{q.Amount / 1.000000000000000000000000000000000m} {q.UnitCode ?? q.Unit}") : null,
                Raw(element.RootElement, "effectiveDateTime") is { } when && result.Effective is { } effective ? Same(effective, when) : null);
        return null;
    }

    private static string Codes(Concept concept) => string.Join(' ', concept.Codes.Select(c => $"{c.System}|{c.Value}"));

    private static string? Raw(JsonElement resource, params string[] names) =>
        names.Select(n => resource.TryGetProperty(n, out var v) ? v.GetString() : null).FirstOrDefault(v => v is not null);

    /// <summary>Our day, written to the precision of the record; an instant may be another day here than where it was written.</summary>
    private static string Same(PartialDate ours, string written) =>
        ours.At is not null ? written[..10] : ours.ToString();
}
