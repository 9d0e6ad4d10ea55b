using System.Text.Json;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using Knowledge = BiopsyFhir.Api.Assessments.Knowledge;

namespace BiopsyFhir.Benchmarks;

/// <summary>The steps of an assessment as the service takes them, one by one.</summary>
internal static class Service
{
    private static readonly Facility s_facility = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"), 200, new TimeOnly(8, 0), "555-0100", "555-0101");

    public static PolicySet Policies { get; } = Read(Knowledge.Read(null));

    public static PolicySet Read(KnowledgeFiles files) => PolicySet.Read(files) switch
    {
        PolicyRead.Ok(var policies) => policies,
        PolicyRead.Refused(var faults) => throw new InvalidDataException(string.Join('\n', faults)),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>The smallest pass that sees every token: what any reading of JSON costs at least.</summary>
    public static int ReadEveryToken(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var tokens = 0;
        while (reader.Read()) tokens++;
        return tokens;
    }

    public static FhirDocument Parse(ReadOnlyMemory<byte> json) => FhirJson.Parse(json) switch
    {
        JsonRead.Ok(var document) => document,
        JsonRead.Refused(var faults) => throw new InvalidDataException(string.Join('\n', faults)),
        _ => throw new InvalidOperationException(),
    };

    public static Chart Gather(FhirDocument document)
    {
        var content = Bundles.Read(document.RootElement);
        return ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = s_facility.Zone }) switch
        {
            ChartRead.Ok(var chart) => chart,
            ChartRead.Refused(var faults) => throw new InvalidDataException(string.Join('\n', faults)),
            _ => throw new InvalidOperationException(),
        };
    }

    public static Readiness Assess(Chart chart, Policy policy)
    {
        var asOf = PartialDate.Day(GenerateChart.AsOf);
        var found = FindBiopsy.From(new() { Sedation = "none", Escort = "unknown" }, chart, asOf, s_facility, policy.Catalogue.Biopsies);
        var biopsy = ((BiopsyFound.Ok)found).Biopsy;
        return Domain.Assess.Run(new() { Chart = chart, Biopsy = biopsy, AsOf = asOf, Facility = s_facility }, policy);
    }
}
