using System.Text;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using Knowledge = BiopsyFhir.Api.Assessments.Knowledge;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>The whole way from the bytes of a Bundle to the bytes of the answer, in process, with the policies as they ship.</summary>
internal static class Engine
{
    public static PolicySet Policies { get; } = PolicySet.Read(Knowledge.Read(null)) switch
    {
        PolicyRead.Ok ok => ok.Policies,
        PolicyRead.Refused refused => throw new InvalidDataException(string.Join('\n', refused.Faults)),
        _ => throw new InvalidOperationException(),
    };

    public static Catalogue Catalogue => Policies.ById["P1"].Catalogue;

    /// <returns>Null when the input is refused as a whole: then nothing is said to be fine.</returns>
    public static Answer? Assess(GeneratedChart chart) => Assess(chart.Bundle(), chart.Query);

    public static Answer? Assess(string bundle, IReadOnlyDictionary<string, string> asked)
    {
        var faults = new List<ReadFault>();
        var facility = new Facility(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0101");
        var query = AssessmentQuery.Read(asked.GetValueOrDefault, Policies, Policies.ById["P1"], facility, new DateTimeOffset(2026, 3, 11, 12, 0, 0, TimeSpan.Zero), faults);
        return RunAssessment.OfBundle(Encoding.UTF8.GetBytes(bundle), query, faults, new()) switch
        {
            Assessed.Ok(var readiness, var id) => new(readiness, Encoding.UTF8.GetString(WriteAssessment.ToUtf8(readiness, id).Span)),
            _ => null,
        };
    }
}

/// <summary>What is compared between two answers.</summary>
internal sealed record Answer(Readiness Readiness, string Json)
{
    /// <summary>What each finding tells someone to do, and when. Words and facts may differ with the way of writing; these may not.</summary>
    public IReadOnlyList<string> Findings => [.. Readiness.Findings.Select(Told).Order(StringComparer.Ordinal)];

    /// <summary>Higher is more careful. cannot-judge is the most careful of all: nothing is said to be fine.</summary>
    public int Care => (int)Readiness.Verdict;

    public static string Told(Finding f) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{f.Rule} {f.Subject} {f.Severity} {f.Action} last {f.LastDoseDate:yyyy-MM-dd} at {f.LastDoseAt:yyyy-MM-ddTHH:mmzzz} free {f.FirstDrugFreeDate:yyyy-MM-dd} for {f.DrugFreeDays} resume {f.ResumeDate:yyyy-MM-dd} test {f.TestDueDate:yyyy-MM-dd} earliest {f.EarliestProcedureDate:yyyy-MM-dd} {(f.Provisional ? "provisional " : "")}{f.State}");
}
