using System.Text.Json;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Pages;

/// <summary>A resource on one line of the chart: enough to recognise it, in the words it came with.</summary>
internal static class ResourceLine
{
    private static readonly string[] Titles = ["title", "description", "code", "medicationCodeableConcept", "medicationReference", "type", "vaccineCode", "criteria", "class"];
    private static readonly string[] Values = ["valueQuantity", "valueCodeableConcept", "valueString", "valueInteger", "clinicalStatus", "status"];
    private static readonly string[] Dates = ["effectiveDateTime", "effectivePeriod", "occurrenceDateTime", "start", "performedDateTime", "onsetDateTime", "authoredOn", "sent", "recorded", "date", "period", "birthDate"];

    public static string Title(StoredResource resource) => First(resource, Titles) ?? (resource.Key.Type is "Patient" or "Practitioner" ? PersonName.Of(resource) : resource.Key.Id);
    public static string? Value(StoredResource resource) => First(resource, Values);
    public static string? Date(StoredResource resource) => First(resource, Dates);

    private static string? First(StoredResource resource, string[] members) =>
        members.SelectMany(m => SearchParameter.At(resource.Body, m)).Select(Say).FirstOrDefault(t => t is not null);

    private static string? Say(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.Object when value.TryGetProperty("value", out var number) && number.ValueKind == JsonValueKind.Number =>
            $"{value.Text("comparator")}{number.GetRawText()} {value.Text("unit") ?? value.Text("code")}",
        JsonValueKind.Object => value.Text("text") ?? value.Text("display") ?? value.Text("start")
            ?? SearchParameter.At(value, "coding").Select(c => c.Text("display") ?? c.Text("code")).FirstOrDefault() ?? value.Text("reference") ?? value.Text("code"),
        _ => null,
    };
}
