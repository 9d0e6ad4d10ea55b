using System.Globalization;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace BiopsyFhir.Fhir.Firely;

/// <summary>What an entry says, as the SDK's own classes read it: the parts that decide about a biopsy, in words that can be compared.</summary>
/// <param name="Reference"><c>Type/id</c>.</param>
/// <param name="Status">As received.</param>
/// <param name="Codes"><c>system|code</c> of product or test, in order.</param>
/// <param name="Text">Text of product or test.</param>
/// <param name="Value">Number and unit, or null.</param>
/// <param name="Day">Authored or effective day as written, at least its year; null when not a date.</param>
public sealed record ReadEntry(string Reference, string? Status, string Codes, string? Text, string? Value, string? Day);

/// <summary>
/// A second reading of the same bytes by classes that we did not write. Where the SDK cannot read an entry it says so with null:
/// then there is nothing to compare, and our reading has to say that it could not be interpreted, or has read more leniently.
/// </summary>
public static class SecondReading
{
    private static readonly FhirJsonDeserializer s_lenient = new(new DeserializerSettings().UsingMode(DeserializationMode.Recoverable));

    /// <param name="json">One MedicationRequest, MedicationStatement, MedicationAdministration, MedicationDispense or Observation.</param>
    public static ReadEntry? Of(string json)
    {
        if (!s_lenient.TryDeserializeResource(json, out var resource, out _)) return null;
        return resource switch
        {
            MedicationRequest r => Entry(r, r.StatusElement?.JsonValue as string, r.Medication, r.AuthoredOn),
            MedicationStatement r => Entry(r, r.StatusElement?.JsonValue as string, r.Medication, r.DateAsserted),
            MedicationAdministration r => Entry(r, r.StatusElement?.JsonValue as string, r.Medication, (r.Effective as FhirDateTime)?.Value),
            MedicationDispense r => Entry(r, r.StatusElement?.JsonValue as string, r.Medication, r.WhenHandedOver ?? r.WhenPrepared),
            Observation r => new($"Observation/{r.Id}", r.StatusElement?.JsonValue as string, Codes(r.Code), r.Code?.Text, Quantity(r.Value), Day((r.Effective as FhirDateTime)?.Value)),
            _ => null,
        };
    }

    /// <summary>A product that stands in a resource of its own is not followed here.</summary>
    private static ReadEntry? Entry(Resource resource, string? status, DataType? medication, string? at)
    {
        if (medication is not CodeableConcept concept) return null;
        return new($"{resource.TypeName}/{resource.Id}", status, Codes(concept), concept.Text, null, Day(at));
    }

    private static string Codes(CodeableConcept? concept) =>
        string.Join(' ', (concept?.Coding ?? []).Where(c => c.Code is { Length: > 0 }).Select(c => $"{c.System}|{c.Code}"));

    private static string? Quantity(DataType? value) => value is Integer { Value: { } whole } ? $"{whole} "
        : value is Quantity { Value: { } number } quantity ? string.Create(CultureInfo.InvariantCulture, $"{number / 1.000000000000000000000000000000000m} {quantity.Code ?? quantity.Unit}") : null;

    private static string? Day(string? at) => at is { Length: >= 4 } ? at[..Math.Min(10, at.Length)] : null;
}
