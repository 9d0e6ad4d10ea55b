namespace BiopsyFhir.Fhir;

/// <summary>What every written resource names besides the plan itself.</summary>
/// <param name="Patient">Reference in the EHR, for example Patient/123.</param>
/// <param name="Order">Reference of the marrow order, if there is one.</param>
/// <param name="Encounter">Reference from the launch, if there was one.</param>
/// <param name="Author">Reference of the confirming clinician (fhirUser); null for what goes out by itself, which then names <paramref name="Device"/>.</param>
/// <param name="AuthorName">Display of the clinician, when known.</param>
/// <param name="Device">"BiopsyFhir 1.2.3".</param>
/// <param name="CreationKey">Value of the identifier urn:biopsyfhir:&lt;kind&gt;.</param>
/// <param name="SeriesKey">Value of the identifier urn:biopsyfhir:&lt;kind&gt;-series.</param>
public sealed record WriteContext(string Patient, string? Order, string? Encounter, string? Author, string? AuthorName, string Device,
    string CreationKey, string SeriesKey);
