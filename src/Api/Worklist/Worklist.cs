using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Worklist;

/// <summary>One biopsy to come.</summary>
/// <param name="Patient">Patient/id in its EHR.</param>
/// <param name="Name">For the eyes of the unit; never logged.</param>
/// <param name="Next">What has to happen first; null when the chart could not be judged.</param>
/// <param name="Verdict">"Cannot judge" also where there is no readiness at all.</param>
/// <param name="Sentence">The verdict in a sentence.</param>
/// <param name="Trouble">Why there is no readiness: no date, or the chart could not be read.</param>
public sealed record WorklistRow(string Ehr, string Patient, string Name, string? BirthDate, string? Identifier, DateOnly? Biopsy, Verdict Verdict, string Sentence, NextStep? Next, string? Trouble);

/// <summary>One reading of the biopsies to come of one EHR.</summary>
/// <param name="NotSeen">What could not be looked for: the list may be short of these.</param>
public sealed record EhrList(string Ehr, ImmutableArray<WorklistRow> Rows, ImmutableArray<string> NotSeen, DateTimeOffset At);

/// <summary>The biopsies to come of all EHRs.</summary>
/// <param name="NotSeen">What could not be looked for: the list may be short of these.</param>
/// <param name="At">When the oldest part of it was read.</param>
public sealed record Worklist(ImmutableArray<WorklistRow> Rows, ImmutableArray<string> NotSeen, DateTimeOffset At)
{
    /// <param name="lists">At least one.</param>
    /// <param name="ehrs">All that should be on it.</param>
    public static Worklist Of(ImmutableArray<EhrList> lists, IEnumerable<string> ehrs) => new(
        Sort(lists.SelectMany(l => l.Rows)),
        [.. lists.SelectMany(l => l.NotSeen), .. ehrs.Except(lists.Select(l => l.Ehr)).Select(e => $"{e}: not read yet")],
        lists.Min(l => l.At));

    /// <summary>What must happen first stands first; rows that cannot be judged stand before all others, for nobody else will notice them.</summary>
    public static ImmutableArray<WorklistRow> Sort(IEnumerable<WorklistRow> rows) =>
        [.. rows.OrderBy(r => r.Next is null ? 0 : 1).ThenBy(r => r.Next?.Due).ThenBy(r => r.Biopsy).ThenByDescending(r => r.Verdict).ThenBy(r => r.Patient, StringComparer.Ordinal)];
}
