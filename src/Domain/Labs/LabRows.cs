using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One row per analyte seen or required, against the strictest window that applies to this patient (evidence 7.1 rule 11).</summary>
public static class LabRows
{
    public static ImmutableArray<LabRow> From(Situation situation)
    {
        if (situation.Snapshot.Chart.Person.Deceased) return [.. Seen(situation.Labs).Distinct().Order(StringComparer.Ordinal).Select(a => Row(a, situation, new(situation.Policy.Labs.Platelets.WindowDays, "", [])))];
        var platelets = PlateletWindow.For(situation);
        return [.. Seen(situation.Labs).Union(Required(situation)).Order(StringComparer.Ordinal).Select(a => Row(a, situation, platelets))];
    }

    private static IEnumerable<string> Seen(LabSheet labs) => labs.Values.Keys.Concat(labs.NotFinal.Keys).Concat(labs.Unreadable.Select(u => u.Analyte));

    private static IEnumerable<string> Required(Situation situation)
    {
        yield return "platelets";
        if (situation.Medicines.Medicines.Any(m => m.CountsAsInUse && situation.Policy.Labs.Inr.VkaClasses.Contains(m.Class))) yield return "inr";
        if (CreatinineClearance.NeedsFreshCreatinine(situation.Policy, situation.Medicines))
        {
            yield return "creatinine";
            yield return "body-weight";
        }
        foreach (var outcome in situation.WorkUp.Tests)
            foreach (var reading in outcome.Lacking) yield return reading.Analyte;
    }

    private static LabRow Row(string analyte, Situation situation, PlateletWindow platelets)
    {
        var window = LabWindows.Of(analyte, situation, platelets);
        return situation.Labs.Find(analyte, situation.D0, window) switch
        {
            Reading.Known known => Of(known.Value, ResultState.Known, known.AgeDays, window),
            Reading.Stale stale => Of(stale.Value, ResultState.Stale, stale.AgeDays, window),
            Reading.Preliminary preliminary => Of(preliminary.Value, ResultState.Preliminary, preliminary.AgeDays, window),
            _ => Without(analyte, situation, window),
        };
    }

    private static LabRow Of(LabValue value, ResultState state, int ageDays, int? window) =>
        // A report in words has no number; one with a number shows it as sent.
        new(value.Analyte, state, value.Unit.Length == 0 ? null : LabWords.Rounded(value.Amount), value.Unit.Length == 0 ? null : value.Unit, value.Comparator, value.Date, ageDays, value.Reference, window, value.AsReceived) { Notes = value.Notes };

    /// <summary>No usable value: the newest entry is shown as sent, as missing when it holds none.</summary>
    private static LabRow Without(string analyte, Situation situation, int? window)
    {
        var entry = situation.Labs.Unreadable.Where(u => u.Analyte == analyte).OrderBy(u => u.NoValue).ThenByDescending(u => u.Date).ThenBy(u => u.Reference, StringComparer.Ordinal).FirstOrDefault();
        return entry is null
            ? new(analyte, ResultState.Missing, null, null, null, null, null, null, window)
            : new(analyte, entry.NoValue ? ResultState.Missing : ResultState.Unreadable, null, null, null, entry.Date, entry.Date is { } date ? situation.D0.DayNumber - date.DayNumber : null, entry.Reference, window, entry.AsReceived);
    }
}
