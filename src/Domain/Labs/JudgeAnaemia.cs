using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Haemoglobin against the WHO 2024 cut-off for age, sex, pregnancy and elevation (evidence 3.1).</summary>
public static class JudgeAnaemia
{
    /// <summary>
    /// The newest final haemoglobin of any age is judged; a note says when it is older than the window. Where age, sex or
    /// trimester leave several rows possible, the answer is what all of them agree on, without a grade.
    /// </summary>
    public static AnaemiaJudgement From(Snapshot snapshot, Policy policy, LabSheet labs, PatientHistory history)
    {
        var (rules, d0, person) = (policy.Anaemia, snapshot.Biopsy.Date, snapshot.Chart.Person);
        if (labs.Of("hemoglobin").FirstOrDefault() is not { } hb) return new(false, null, null, null, null, null, rules.Definition, WhyNoHaemoglobin(labs, d0, rules.WindowDays));

        var ageDays = d0.DayNumber - hb.Date.DayNumber;
        var raw = hb.Amount * 10;
        var adjusted = raw - rules.Subtract(snapshot.Facility.ElevationMeters);
        var notes = Notes(hb, ageDays, raw - adjusted, snapshot, rules, history);
        AnaemiaJudgement Judgement(bool judged, bool? anaemic, string? grade, decimal? cutoff, string? whyNot) =>
            new(judged, anaemic, grade, raw, adjusted, cutoff, rules.Definition, whyNot) { Haemoglobin = hb, AgeDays = ageDays, Notes = notes };

        if (person.BirthDate is not { } birth) return Judgement(false, null, null, null, "The birth date is not known, so no cut-off applies.");
        var (youngest, oldest) = (Months(birth.Last, d0), Months(birth.First, d0));
        if (oldest < rules.Groups.Where(g => g.FromMonths is not null).Min(g => g.FromMonths))
        {
            return hb.Low is { } low
                ? Judgement(true, hb.Amount < low, null, low * 10, "WHO has no cut-off under 6 months: the laboratory's own range was used.") with { Definition = "laboratory-range" }
                : Judgement(false, null, null, null, "WHO has no cut-off under 6 months, and the laboratory gave no range.");
        }

        var rows = Rows(rules, labs, history, person.Sex, youngest, oldest, hb.Date, d0);
        if (rows.IsEmpty) return Judgement(false, null, null, null, "No cut-off fits this age and sex.");
        var below = rows.Select(r => Below(hb, adjusted, r.Cutoff)).Distinct().ToImmutableArray();
        var cutoffs = rows.Select(r => r.Cutoff).Distinct().Order().ToImmutableArray();
        bool? anaemic = below.Length == 1 ? below[0] : null;
        return Judgement(true, anaemic, rows.Length == 1 && anaemic is not null && hb.Comparator is null ? rows[0].Grade(adjusted) : null,
            cutoffs.Length == 1 ? cutoffs[0] : null, rows.Length == 1 ? null : Against(rows, person.Sex));
    }

    private static ImmutableArray<AnaemiaGroup> Rows(AnaemiaPolicy rules, LabSheet labs, PatientHistory history, Sex sex, int youngest, int oldest, DateOnly measured, DateOnly d0)
    {
        // The trimester is that of the blood, not of the biopsy.
        var gestation = sex == Sex.Male && !history.Has("pregnancy") ? null : Gestation.DaysOn(measured, labs, history, d0);
        if (gestation is { } days) return [.. rules.Groups.Where(g => g.IsPregnancy && g.FromWeek <= days / 7 && (g.BelowWeek is null || g.BelowWeek > days / 7))];
        if (history.Has("pregnancy"))
        {
            var trimester = history.Of("pregnancy").Where(p => p.Active).Select(p => p.Detail("trimester")).FirstOrDefault(t => t is not null);
            var all = rules.Groups.Where(g => g.IsPregnancy).OrderBy(g => g.FromWeek).ToImmutableArray();
            return int.TryParse(trimester, out var one) && one >= 1 && one <= all.Length ? [all[one - 1]] : all;
        }
        return [.. rules.Groups.Where(g => !g.IsPregnancy && g.FromMonths <= oldest && (g.BelowMonths is null || g.BelowMonths > youngest)
            && (g.Sex is null || g.Sex == sex || sex is not (Sex.Female or Sex.Male)))];
    }

    /// <summary>Null when a comparator leaves it open.</summary>
    private static bool? Below(LabValue hb, decimal adjusted, decimal cutoff)
    {
        var interval = Interval.Of(adjusted, hb.Comparator);
        return interval.SurelyBelow(cutoff) ? true : interval.MaybeBelow(cutoff) ? null : false;
    }

    private static string Against(ImmutableArray<AnaemiaGroup> rows, Sex sex) =>
        (sex is Sex.Female or Sex.Male || rows.Any(r => r.IsPregnancy) ? "Several cut-offs are possible: " : "The sex for the cut-off is not recorded: ")
        + string.Join(", ", rows.Select(r => $"{r.Cutoff.Plain()} g/L ({r.Name})")) + ".";

    private static ImmutableArray<string> Notes(LabValue hb, int ageDays, decimal subtracted, Snapshot snapshot, AnaemiaPolicy rules, PatientHistory history)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        if (ageDays > rules.WindowDays) notes.Add($"The haemoglobin is from {hb.Date.InFull()}, {LabWords.Days(ageDays)} before the biopsy: older than {LabWords.Days(rules.WindowDays)}.");
        if (subtracted != 0) notes.Add($"{subtracted.Plain()} g/L subtracted for an elevation of {snapshot.Facility.ElevationMeters.Plain()} m; the facility stands in for the residence.");
        if (history.Has("smoking")) notes.Add(rules.Smoking);
        notes.AddRange(hb.Notes);
        return notes.ToImmutable();
    }

    private static string WhyNoHaemoglobin(LabSheet labs, DateOnly d0, int windowDays) => labs.Find("hemoglobin", d0, windowDays) switch
    {
        Reading.Unreadable unreadable => $"The haemoglobin result cannot be read: {unreadable.Why}.",
        Reading.Preliminary => "Only a preliminary haemoglobin is there.",
        _ => "No haemoglobin was seen.",
    };

    private static int Months(DateOnly birth, DateOnly day)
    {
        var months = (day.Year - birth.Year) * 12 + day.Month - birth.Month;
        return birth.AddMonths(months) > day ? months - 1 : months;
    }
}
