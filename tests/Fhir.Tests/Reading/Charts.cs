using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>Charts from resources written as JSON; a Patient/p is always there.</summary>
internal static class Charts
{
    public static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    public const string Patient = """{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12"}""";

    public static Chart Of(params string[] resources) => Ok(Read([Patient, .. resources]));

    public static ChartRead Read(params string[] resources) =>
        Bundle($$"""{"resourceType":"Bundle","type":"collection","entry":[{{string.Join(',', resources.Select(r => $$"""{"resource":{{r}} }"""))}}]}""");

    public static ChartRead Bundle(string bundle, string? patient = null)
    {
        using var document = Json(bundle);
        var content = Bundles.Read(document.RootElement);
        return ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = NewYork, Patient = patient });
    }

    public static Chart Ok(ChartRead read) => read is ChartRead.Ok(var chart) ? chart : throw new InvalidOperationException(string.Join("; ", ((ChartRead.Refused)read).Faults));

    public static FhirDocument Json(string json) => FhirDocument.Of(json);

    public static MedicationRecord Medication(string json) => Assert.Single(Of(json).Medications);

    public static ResultRecord Result(string json) => Assert.Single(Of(json).Results);
}
