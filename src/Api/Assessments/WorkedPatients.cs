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

public sealed record FindingChange(string Rule, string Subject, string Words);

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
        return new PatientChange(patient, was.Verdict, becomes.Verdict, [.. Changes(was, becomes)]);
    })];

    private static Readiness Assessed(WorkedPatient patient, Policy policy)
    {
        var biopsy = (BiopsyFound.Ok)FindBiopsy.From(new(), patient.Chart, s_asOf, s_facility, policy.Catalogue.Biopsies);
        return Assess.Run(new() { Chart = patient.Chart, Biopsy = biopsy.Biopsy, AsOf = s_asOf, Facility = s_facility }, policy);
    }

    /// <summary>Findings are matched by rule and subject; where a rule speaks twice of one subject, in their order.</summary>
    private static IEnumerable<FindingChange> Changes(Readiness before, Readiness after)
    {
        var (was, becomes) = (Keyed(before), Keyed(after));
        foreach (var key in was.Keys.Union(becomes.Keys).OrderBy(k => k.Subject, StringComparer.Ordinal).ThenBy(k => k.Rule, StringComparer.Ordinal).ThenBy(k => k.Nth))
        {
            var (old, now) = (was.GetValueOrDefault(key), becomes.GetValueOrDefault(key));
            var words = old is null ? $"Only under {after.Policy.Id}: {Told(now!)}." : now is null ? $"Only under {before.Policy.Id}: {Told(old)}." : Difference(old, now, before.Policy.Id, after.Policy.Id);
            if (words is not null) yield return new(key.Rule, key.Subject, words);
        }
    }

    private static Dictionary<(string Rule, string Subject, int Nth), Finding> Keyed(Readiness readiness) =>
        readiness.Findings.GroupBy(f => (f.Rule, f.Subject)).SelectMany(g => g.Select((f, nth) => (f, nth))).ToDictionary(x => (x.f.Rule, x.f.Subject, x.nth), x => x.f);

    private static string Told(Finding f) => string.Join(", ", new[] { f.Title, Wire.Name(f.Severity) }.Concat(Dates(f).Select(d => $"{d.Name} {d.Value}")));

    private static string? Difference(Finding old, Finding now, string before, string after)
    {
        List<(string Name, string Was, string Becomes)> parts = [("severity", Wire.Name(old.Severity), Wire.Name(now.Severity)), ("asked to", Wire.Name(old.Action), Wire.Name(now.Action))];
        var (was, becomes) = (Dates(old).ToDictionary(d => d.Name, d => d.Value), Dates(now).ToDictionary(d => d.Name, d => d.Value));
        parts.AddRange(was.Keys.Union(becomes.Keys).Select(name => (name, was.GetValueOrDefault(name, "none"), becomes.GetValueOrDefault(name, "none"))));
        var changed = parts.Where(p => p.Was != p.Becomes).Select(p => $"{p.Name} {p.Was} under {before}, {p.Becomes} under {after}").ToList();
        return changed.Count == 0 ? null : $"{now.Title}: {string.Join("; ", changed)}.";
    }

    private static IEnumerable<(string Name, string Value)> Dates(Finding f)
    {
        if (f.LastDoseAt is { } at) yield return ("last dose", at.InFull());
        else if (f.LastDoseDate is { } last) yield return ("last dose", last.InFull());
        if (f.DrugFreeDays is { } days) yield return ("days without", $"{days}");
        if (f.ResumeDate is { } resume) yield return ("restart", resume.InFull());
        if (f.TestDueDate is { } test) yield return ("test due", test.InFull());
        if (f.EarliestProcedureDate is { } earliest) yield return ("earliest biopsy", earliest.InFull());
        if (f.Provisional) yield return ("dates", "provisional");
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
