using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Worklist;

/// <summary>One biopsy to come.</summary>
/// <param name="Patient">Patient/id in its EHR.</param>
/// <param name="Name">For the eyes of the unit; never logged.</param>
/// <param name="Next">What has to happen first; null when the chart could not be judged.</param>
/// <param name="Trouble">Why there is no readiness: no date, or the chart could not be read.</param>
public sealed record WorklistRow(string Ehr, string Patient, string Name, string? BirthDate, string? Identifier, DateOnly? Biopsy, Readiness? Readiness, NextStep? Next, string? Trouble)
{
    public Verdict Verdict => Readiness?.Verdict ?? Verdict.CannotJudge;
}

/// <summary>One reading of all biopsies to come.</summary>
/// <param name="NotSeen">What could not be looked for: the list may be short of these.</param>
public sealed record Worklist(ImmutableArray<WorklistRow> Rows, ImmutableArray<string> NotSeen, DateTimeOffset At)
{
    /// <summary>What must happen first stands first; rows that cannot be judged stand before all others, for nobody else will notice them.</summary>
    public static ImmutableArray<WorklistRow> Sort(IEnumerable<WorklistRow> rows) =>
        [.. rows.OrderBy(r => r.Next is null ? 0 : 1).ThenBy(r => r.Next?.Due).ThenBy(r => r.Biopsy).ThenByDescending(r => r.Verdict).ThenBy(r => r.Patient, StringComparer.Ordinal)];
}
