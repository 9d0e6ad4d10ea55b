using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests;

/// <summary>Only distances between dates count (evidence 7.1 rule 13).</summary>
public partial class ShiftTests
{
    private const string FixedOffset = "Etc/GMT+5";

    /// <summary>28 years: between 1901 and 2099 the calendar repeats, weekdays and leap days included.</summary>
    [Theory]
    [InlineData(28)]
    [InlineData(-28)]
    public void Every_date_moved_by_28_years_moves_every_answer_by_28_years(int years) => Holds.ForEveryChart(chart =>
        Moves(chart.Asking("timeZone", FixedOffset), day => day.AddYears(years), year => year + years));

    /// <summary>Ages of records are generated away from month windows, birthdays away from the biopsy; partial dates cover other days after a move and are left out.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-3)]
    [InlineData(6)]
    public void Every_date_moved_by_days_moves_every_answer_by_days(int days) => Holds.ForEveryChart(chart =>
    {
        var whole = chart with { Resources = [.. chart.Resources.Where(r => !PartialDate().IsMatch(r.ToJsonString()))] };
        Moves(whole.Asking("timeZone", FixedOffset), day => day.AddDays(days), null);
    });

    private static void Moves(GeneratedChart chart, Func<DateOnly, DateOnly> move, Func<int, int>? partial)
    {
        string MoveText(string text) => text.Length switch
        {
            >= 10 => Resources.Iso(move(DateOnly.ParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture))) + text[10..],
            _ => partial!(int.Parse(text[..4], CultureInfo.InvariantCulture)) + text[4..],
        };
        var moved = new GeneratedChart([.. chart.Resources.Select(r => Edit.Everywhere(r, s_dates.Contains, MoveText))],
            chart.Query.SetItem("procedureAt", MoveText(chart.Query["procedureAt"])).SetItem("asOf", MoveText(chart.Query["asOf"])));
        var (here, there) = (Engine.Assess(chart), Engine.Assess(moved));
        Assert.Equal(here is null, there is null);
        if (here is null || there is null) return;
        Assert.Equal([.. here.Readiness.Findings.Select(f => Answer.Told(f with
        {
            LastDoseDate = Day(f.LastDoseDate),
            LastDoseAt = f.LastDoseAt is { } at ? new DateTimeOffset(move(DateOnly.FromDateTime(at.DateTime)), TimeOnly.FromDateTime(at.DateTime), at.Offset) : null,
            FirstDrugFreeDate = Day(f.FirstDrugFreeDate),
            ResumeDate = Day(f.ResumeDate),
            TestDueDate = Day(f.TestDueDate),
            EarliestProcedureDate = Day(f.EarliestProcedureDate),
        })).Order(StringComparer.Ordinal)], there.Findings);
        Assert.Equal(here.Readiness.Labs.Select(l => (l.Analyte, l.State, l.Value, Day(l.Date), l.AgeDays)).Order(), there.Readiness.Labs.Select(l => (l.Analyte, l.State, l.Value, l.Date, l.AgeDays)).Order());
        Assert.Equal(here.Readiness.Verdict, there.Readiness.Verdict);
        Assert.Equal(here.Readiness.AgeYears, there.Readiness.AgeYears);
        Assert.Equal(here.Readiness.Clearance.MlPerMin, there.Readiness.Clearance.MlPerMin);

        DateOnly? Day(DateOnly? day) => day is { } d ? move(d) : null;
    }

    private static readonly ImmutableHashSet<string> s_dates =
        ["birthDate", "authoredOn", "dateAsserted", "whenHandedOver", "effectiveDateTime", "onsetDateTime", "performedDateTime", "occurrenceDateTime", "end"];

    /// <summary>A member whose whole text is a year and a month.</summary>
    [GeneratedRegex("\"[0-9]{4}-[0-9]{2}\"")]
    private static partial Regex PartialDate();
}
