using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Review;

/// <summary>What a stretch of days is for one medicine. Each kind has its own shape and word, so colour is never the only sign.</summary>
public enum Stretch { Taking, NoDoses, Restart, Continue, AskFirst, Late, Washout }

/// <param name="From">First day, inclusive.</param>
/// <param name="To">Last day, inclusive.</param>
public sealed record Segment(DateOnly From, DateOnly To, Stretch Kind, string Label);

/// <summary>One medicine: what it is, its stretches, and the last-dose mark.</summary>
public sealed record Lane(string Name, string Detail, ImmutableArray<Segment> Segments, DateOnly? LastDose, string? LastDoseLabel, string Spoken);

/// <summary>A test on its day.</summary>
public sealed record TestMark(DateOnly Day, ResultState State, string Label);

/// <summary>
/// Days around the biopsy, one column each, all of the same width: a lane per medicine, a row of tests.
/// Pure arithmetic on the findings; the drawing is in Timeline.razor.
/// </summary>
public sealed record Timeline(ImmutableArray<DateOnly> Days, DateOnly Today, DateOnly D0, ImmutableArray<Lane> Lanes, ImmutableArray<TestMark> Tests)
{
    /// <summary>More columns than this are unreadable in a side panel; what lies before is drawn up to the left edge.</summary>
    private const int MostDays = 21;

    public static Timeline From(Readiness readiness)
    {
        var (d0, today) = (readiness.Snapshot.Biopsy.Date, readiness.Snapshot.AsOf.Last);
        var dates = readiness.Findings.SelectMany(f => new[] { f.LastDoseDate, f.TestDueDate }).OfType<DateOnly>().Append(today).Append(d0.AddDays(-1)).ToList();
        var last = readiness.Findings.Select(f => f.ResumeDate).OfType<DateOnly>().Append(d0.AddDays(1)).Append(today).Max().AddDays(1);
        var first = dates.Where(d => d <= last).Min();
        if (last.DayNumber - first.DayNumber + 1 > MostDays) first = last.AddDays(1 - MostDays);
        if (first > d0) first = d0;
        ImmutableArray<DateOnly> days = [.. Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays)];
        return new(days, today, d0, LanesOf(readiness, first, last), TestsOf(readiness, first, last));
    }

    private static ImmutableArray<Lane> LanesOf(Readiness readiness, DateOnly first, DateOnly last)
    {
        var lanes = ImmutableArray.CreateBuilder<Lane>();
        var d0 = readiness.Snapshot.Biopsy.Date;
        var inUse = readiness.Medications.Where(m => m is { InUse: true, Systemic: true, Ingredient: not null }).ToLookup(m => m.Ingredient!);
        foreach (var drug in readiness.Findings.Where(IsAboutADrug).SelectMany(f => f.Subject.Split('+')).Distinct())
        {
            if (!inUse.Contains(drug) && !readiness.Findings.Any(f => f.Subject == drug && f.Rule == "WASHOUT")) continue;
            var own = readiness.Findings.Where(f => f.Subject == drug).ToList();
            var asks = own.FirstOrDefault(f => f.Severity == Severity.Critical) ?? readiness.Findings.FirstOrDefault(f => f.Rule == "X-DUP" && f.Subject.Split('+').Contains(drug));
            var late = own.FirstOrDefault(f => f.Rule is "LATE" or "WASHOUT");
            var hold = own.FirstOrDefault(f => f.Rule == "R-HOLD");
            lanes.Add(LaneOf(drug, inUse[drug].FirstOrDefault()?.Text ?? "", asks, late, hold, own, d0, first, last));
        }
        return lanes.ToImmutable();
    }

    private static bool IsAboutADrug(Finding f) => f.Rule is "R-HOLD" or "R-CONT" or "LATE" or "WASHOUT" or "T-HIGH" or "S-STENT" or "X-DUP";

    private static Lane LaneOf(string drug, string detail, Finding? asks, Finding? late, Finding? hold, List<Finding> own, DateOnly d0, DateOnly first, DateOnly last)
    {
        if (asks is not null)
            return new(drug, detail, [new(first, last, Stretch.AskFirst, "ask first")], null, null, $"{drug}: {asks.Title}.");
        if (late is not null)
        {
            var (kind, word) = late.Rule == "LATE" ? (Stretch.Late, "LATE") : (Stretch.Washout, "washing out");
            var until = late.EarliestProcedureDate is { } e && e <= last ? e : last;
            return new(drug, detail, [new(first, until, kind, $"{word}: biopsy from {late.EarliestProcedureDate?.InBrief() ?? "a later day"}")], null, null, $"{drug}: {late.Title}.");
        }
        if (hold?.LastDoseDate is { } lastDose)
        {
            var segments = ImmutableArray.CreateBuilder<Segment>();
            if (lastDose >= first) segments.Add(new(first, lastDose, Stretch.Taking, "taking"));
            var restart = hold.ResumeDate ?? last.AddDays(1);
            var free = Later(lastDose.AddDays(1), first);
            if (free < restart && free <= last) segments.Add(new(free, Earlier(restart.AddDays(-1), last), Stretch.NoDoses, "no doses"));
            if (restart <= last) segments.Add(new(Later(restart, first), last, Stretch.Restart, "restart if dry"));
            var label = hold.LastDoseAt is { } at ? $"last dose {lastDose.InBrief()}, {at:HH:mm}" : $"last dose {lastDose.InBrief()}";
            return new(drug, detail, segments.ToImmutable(), lastDose >= first ? lastDose : null, label,
                $"{drug}: {label}, no doses until {(hold.ResumeDate is { } r ? $"restart from {r.InBrief()}" : "the team says so")}{(hold.Provisional ? ", provisional" : "")}.");
        }
        return own.Any(f => f.Action == FindingAction.Continue)
            ? new(drug, detail, [new(first, last, Stretch.Continue, "continue")], null, null, $"{drug}: continue.")
            : new(drug, detail, [], null, null, $"{drug}: see the findings.");
    }

    private static ImmutableArray<TestMark> TestsOf(Readiness readiness, DateOnly first, DateOnly last)
    {
        // A consult card carries its provisional test date too; the test itself has a finding of its own.
        var due = readiness.Findings.Where(f => f.TestDueDate is { } d && d >= first && d <= last && f.Action is FindingAction.OrderTest or FindingAction.RepeatTest)
            .Select(f => new TestMark(f.TestDueDate!.Value, ResultState.Missing, $"{f.Subject} due"));
        var done = readiness.Labs.Where(l => l.State == ResultState.Known && l.Date is { } d && d >= first && d <= last && l.Analyte is "platelets" or "inr" or "hemoglobin")
            .Select(l => new TestMark(l.Date!.Value, ResultState.Known, $"{l.Analyte} done"));
        return [.. due.Concat(done).Where(t => t.Day >= first).OrderBy(t => t.Day).ThenBy(t => t.Label, StringComparer.Ordinal)];
    }

    private static DateOnly Earlier(DateOnly a, DateOnly b) => a < b ? a : b;

    private static DateOnly Later(DateOnly a, DateOnly b) => a > b ? a : b;
}
