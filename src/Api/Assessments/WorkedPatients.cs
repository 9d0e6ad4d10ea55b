using System.Collections.Immutable;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary>An invented patient of worked-patients.json.</summary>
/// <param name="Who">One line, as a haematologist would introduce her.</param>
public sealed record WorkedPatient(string Id, string Who, Chart Chart);

/// <summary>How one patient fares under two policies.</summary>
/// <param name="Changes">One sentence for each finding that is only under one of them, or says another thing; empty when nothing changes.</param>
public sealed record PatientChange(WorkedPatient Patient, Verdict Before, Verdict After, ImmutableArray<FindingChange> Changes)
{
    public bool IsNone => Before == After && Changes.IsEmpty;
}

/// <summary>
/// A handful of invented patients that ship with the service, so that two policies can be compared by whom they change and not only
/// row by row. Biopsy on Wednesday 2026-06-10 at 08:00, asked a week before; the facility is always the same, so that only the policies differ.
/// </summary>
public static class WorkedPatients
{
    private static readonly PartialDate s_asOf = PartialDate.Day(new DateOnly(2026, 6, 3));
    private static readonly Facility s_facility = new(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0101");

    public static ImmutableArray<WorkedPatient> All { get; } = Read();

    /// <summary>Every patient, in the order of the file.</summary>
    public static ImmutableArray<PatientChange> Compare(Policy before, Policy after) => [.. All.Select(patient =>
    {
        var (was, becomes) = (Assessed(patient, before), Assessed(patient, after));
        return new PatientChange(patient, was.Verdict, becomes.Verdict, [.. FindingChanges.Between(was, becomes)]);
    })];

    private static Readiness Assessed(WorkedPatient patient, Policy policy)
    {
        var biopsy = (BiopsyFound.Ok)FindBiopsy.From(new(), patient.Chart, s_asOf, s_facility, policy.Catalogue.Biopsies);
        return Assess.Run(new() { Chart = patient.Chart, Biopsy = biopsy.Biopsy, AsOf = s_asOf, Facility = s_facility }, policy);
    }

    private static ImmutableArray<WorkedPatient> Read()
    {
        using var file = typeof(WorkedPatients).Assembly.GetManifestResourceStream("worked-patients.json")
            ?? throw new InvalidOperationException("worked-patients.json was not built in.");
        using var text = new StreamReader(file);
        using var json = FhirDocument.Of(text.ReadToEnd());
        return [.. json.RootElement.EnumerateArray().Select(p =>
        {
            var content = Bundles.Read(p.Member("bundle"));
            var chart = ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = s_facility.Zone });
            return new WorkedPatient(p.Text("id")!, p.Text("who")!, ((ChartRead.Ok)chart).Chart);
        })];
    }
}
