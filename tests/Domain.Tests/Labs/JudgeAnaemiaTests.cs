
namespace BiopsyFhir.Domain.Tests.Labs;

public class JudgeAnaemiaTests
{
    /// <summary>Both sides of every cut-off and grade of the WHO 2024 table; g/L.</summary>
    [Theory]
    [InlineData("2025-09-17", Sex.Female, 104.9, true, "mild", 105)]
    [InlineData("2025-09-17", Sex.Male, 105, false, "none", 105)]
    [InlineData("2025-09-17", Sex.Male, 94.9, true, "moderate", 105)]
    [InlineData("2025-09-17", Sex.Male, 95, true, "mild", 105)]
    [InlineData("2025-09-17", Sex.Male, 69.9, true, "severe", 105)]
    [InlineData("2024-03-19", Sex.Male, 105, false, "none", 105)]
    [InlineData("2024-03-18", Sex.Male, 109.9, true, "mild", 110)]
    [InlineData("2024-03-18", Sex.Male, 110, false, "none", 110)]
    [InlineData("2024-03-18", Sex.Male, 99.9, true, "moderate", 110)]
    [InlineData("2024-03-18", Sex.Male, 100, true, "mild", 110)]
    [InlineData("2021-03-19", Sex.Male, 110, false, "none", 110)]
    [InlineData("2021-03-18", Sex.Male, 114.9, true, "mild", 115)]
    [InlineData("2021-03-18", Sex.Male, 115, false, "none", 115)]
    [InlineData("2021-03-18", Sex.Male, 109.9, true, "moderate", 115)]
    [InlineData("2021-03-18", Sex.Male, 80, true, "moderate", 115)]
    [InlineData("2021-03-18", Sex.Male, 79.9, true, "severe", 115)]
    [InlineData("2014-03-18", Sex.Male, 119.9, true, "mild", 120)]
    [InlineData("2014-03-18", Sex.Female, 120, false, "none", 120)]
    [InlineData("2011-03-19", Sex.Male, 120, false, "none", 120)]
    [InlineData("2011-03-18", Sex.Male, 120, true, "mild", 130)]
    [InlineData("2011-03-18", Sex.Female, 120, false, "none", 120)]
    [InlineData("1960-01-01", Sex.Female, 119.9, true, "mild", 120)]
    [InlineData("1960-01-01", Sex.Female, 110, true, "mild", 120)]
    [InlineData("1960-01-01", Sex.Female, 109.9, true, "moderate", 120)]
    [InlineData("1960-01-01", Sex.Female, 80, true, "moderate", 120)]
    [InlineData("1960-01-01", Sex.Female, 79.9, true, "severe", 120)]
    [InlineData("1960-01-01", Sex.Male, 129.9, true, "mild", 130)]
    [InlineData("1960-01-01", Sex.Male, 130, false, "none", 130)]
    public void WHO_2024_table(string birth, Sex sex, double hb, bool anaemic, string grade, double cutoff)
    {
        var judgement = Of(Patients.Snapshot(birth: birth, sex: sex).With(Hb(hb)));
        Assert.Equal((true, anaemic, grade, (decimal)cutoff, "WHO-2024"), (judgement.Judged, judgement.Anaemic, judgement.Grade, judgement.CutoffGPerL, judgement.Definition));
        Assert.Equal(((decimal)hb, (decimal)hb), (judgement.RawHbGPerL, judgement.AdjustedHbGPerL));
    }

    [Theory]
    [InlineData(13, 6, 109, true, 110)]
    [InlineData(14, 0, 105, false, 105)]
    [InlineData(14, 0, 104.9, true, 105)]
    [InlineData(27, 6, 105, false, 105)]
    [InlineData(28, 0, 105, true, 110)]
    [InlineData(28, 0, 110, false, 110)]
    public void Trimester_on_the_day_of_the_blood(int weeks, int days, double hb, bool anaemic, double cutoff)
    {
        var gestation = weeks * 7 + days;
        var measured = new DateOnly(2026, 3, 11);
        var due = measured.AddDays(280 - gestation);
        foreach (var pregnancy in (ResultRecord[])[
            Lab.Result("18185-9", gestation - 10, "d", "2026-03-01"),
            Lab.Words("11778-8", $"{due:yyyy-MM-dd}", "2026-01-01")])
        {
            var judgement = Of(Patients.Snapshot(birth: "1998-01-01").With(Hb(hb), pregnancy), Pregnant);
            Assert.Equal((anaemic, (decimal)cutoff), (judgement.Anaemic, judgement.CutoffGPerL));
        }
    }

    [Fact]
    public void A_pregnancy_known_only_from_its_dates_counts() =>
        Assert.Equal(105, Of(Patients.Snapshot(birth: "1998-01-01").With(Hb(106), Lab.Result("18185-9", 22, "wk", "2026-03-04"))).CutoffGPerL);

    [Fact]
    public void A_pregnancy_that_must_be_over_does_not() =>
        Assert.Equal(120, Of(Patients.Snapshot(birth: "1998-01-01").With(Hb(106), Lab.Result("18185-9", 22, "wk", "2025-03-04"))).CutoffGPerL);

    [Theory]
    [InlineData("trimester", "1", 110)]
    [InlineData("trimester", "2", 105)]
    [InlineData("trimester", "3", 110)]
    [InlineData("weeks", "14", 110)]
    [InlineData("weeks", "15", 105)]
    public void The_problem_list_may_tell_the_trimester(string detail, string value, double cutoff)
    {
        // Weeks are those on the day of the biopsy, a week after the blood.
        var problem = Situations.Problem("pregnancy") with { Details = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add(detail, value) };
        Assert.Equal((decimal)cutoff, Of(Patients.Snapshot(birth: "1998-01-01").With(Hb(106)), new PatientHistory([problem], [])).CutoffGPerL);
    }

    [Theory]
    [InlineData(104.9, true)]
    [InlineData(105, null)]
    [InlineData(109.9, null)]
    [InlineData(110, false)]
    public void Without_a_trimester_only_what_all_three_say(double hb, bool? anaemic)
    {
        var judgement = Of(Patients.Snapshot(birth: "1998-01-01").With(Hb(hb)), Pregnant);
        Assert.Equal((anaemic, null), (judgement.Anaemic, judgement.Grade));
    }

    [Theory]
    [InlineData(119.9, true)]
    [InlineData(120, null)]
    [InlineData(129.9, null)]
    [InlineData(130, false)]
    public void Without_a_sex_both_cut_offs_and_no_grade(double hb, bool? anaemic)
    {
        foreach (var sex in (Sex[])[Sex.Unknown, Sex.Other])
        {
            var judgement = Of(Patients.Snapshot(sex: sex).With(Hb(hb)));
            Assert.Equal((true, anaemic, null, null), (judgement.Judged, judgement.Anaemic, judgement.Grade, judgement.CutoffGPerL));
            Assert.Contains("120 g/L", judgement.WhyNot);
            Assert.Contains("130 g/L", judgement.WhyNot);
        }
    }

    [Theory]
    [InlineData(499, 0)]
    [InlineData(500, 4)]
    [InlineData(999, 4)]
    [InlineData(1000, 8)]
    [InlineData(1499, 8)]
    [InlineData(1500, 11)]
    [InlineData(2000, 14)]
    [InlineData(2499, 14)]
    [InlineData(2500, 18)]
    [InlineData(2600, 18)]
    [InlineData(3000, 21)]
    [InlineData(3500, 25)]
    [InlineData(4000, 29)]
    [InlineData(4499, 29)]
    [InlineData(4500, 33)]
    [InlineData(6000, 33)]
    public void Elevation_is_subtracted_and_both_values_are_shown(double metres, double subtracted)
    {
        var snapshot = Patients.Snapshot();
        var judgement = Of((snapshot with { Facility = snapshot.Facility with { ElevationMeters = (decimal)metres } }).With(Hb(123)));
        Assert.Equal((123m, 123 - (decimal)subtracted), (judgement.RawHbGPerL, judgement.AdjustedHbGPerL));
        Assert.Equal(123 - subtracted < 120, judgement.Anaemic);
        Assert.Equal(subtracted > 0, judgement.Notes.Any(n => n.Contains("elevation")));
    }

    [Theory]
    [InlineData("2025-09-18", true)]
    [InlineData("2025-09-19", false)]
    public void Under_six_months_there_is_no_WHO_cut_off(string birth, bool judged)
    {
        var judgement = Of(Patients.Snapshot(birth: birth).With(Hb(100)));
        Assert.Equal(judged, judgement.Judged);
        if (!judged) Assert.Contains("6 months", judgement.WhyNot);
    }

    [Fact]
    public void Under_six_months_the_laboratory_s_range_decides()
    {
        var judgement = Of(Patients.Snapshot(birth: "2026-01-01").With(Hb(100) with { Ranges = [new(9.5m, 13, "g/dL", null, null)] }));
        Assert.Equal((true, false, null, 95m, "laboratory-range"), (judgement.Judged, judgement.Anaemic, judgement.Grade, judgement.CutoffGPerL, judgement.Definition));
    }

    [Fact]
    public void A_birth_year_is_enough_when_it_leaves_one_row() =>
        Assert.Equal(120, Of(Birth(Lab.On("1959")).With(Hb(100))).CutoffGPerL);

    [Fact]
    public void A_birth_year_that_leaves_two_rows_gives_no_grade()
    {
        var judgement = Of(Birth(Lab.On("2011"), Sex.Male).With(Hb(125)));
        Assert.Equal((null, null, null), (judgement.Anaemic, judgement.Grade, judgement.CutoffGPerL));
        Assert.True(Of(Birth(Lab.On("2011"), Sex.Male).With(Hb(119))).Anaemic);
    }

    [Fact]
    public void Without_a_birth_date_nothing_is_judged() => Assert.False(Of(Birth(null).With(Hb(60))).Judged);

    [Theory]
    [InlineData("2026-02-16", false)]
    [InlineData("2026-02-15", true)]
    public void An_old_haemoglobin_is_judged_and_its_age_said(string date, bool said)
    {
        var judgement = Of(Patients.Snapshot().With(Hb(100, date)));
        Assert.True(judgement.Anaemic);
        Assert.Equal(said, judgement.Notes.Any(n => n.Contains("older than 30 days")));
    }

    [Fact]
    public void A_preliminary_or_unreadable_haemoglobin_is_not_judged()
    {
        Assert.Equal((false, "Only a preliminary haemoglobin is there."), Why(Hb(100) with { Status = "preliminary" }));
        Assert.Equal((false, "The haemoglobin result cannot be read: no unit."), Why(Lab.Result("718-7", 10, null)));
        Assert.Equal((false, "No haemoglobin was seen."), Why(Lab.Result("777-3", 100, "10*3/uL")));

        static (bool, string?) Why(ResultRecord record)
        {
            var judgement = Of(Patients.Snapshot().With(record));
            return (judgement.Judged, judgement.WhyNot);
        }
    }

    [Theory]
    [InlineData("<", 70, true)]
    [InlineData("<", 130, null)]
    [InlineData(">", 119, null)]
    [InlineData(">=", 120, false)]
    public void A_comparator_is_used_only_when_conclusive(string comparator, double hb, bool? anaemic)
    {
        var judgement = Of(Patients.Snapshot().With(Lab.Result("718-7", (decimal)hb, "g/L", comparator: comparator)));
        Assert.Equal((anaemic, null), (judgement.Anaemic, judgement.Grade));
    }

    [Fact]
    public void Smoking_is_shown_and_not_applied()
    {
        var smoker = new PatientHistory([new Problem("smoking", "smoker", null, true, new Fact("Condition/1", "smoker"), Concept.Empty)], []);
        var judgement = Of(Patients.Snapshot().With(Hb(121)), smoker);
        Assert.False(judgement.Anaemic);
        Assert.Contains(judgement.Notes, n => n.Contains("not applied"));
    }

    private static readonly PatientHistory Pregnant = new([new Problem("pregnancy", "pregnant", null, true, new Fact("Condition/1", "pregnant"), Concept.Empty)], []);

    private static ResultRecord Hb(double gPerL, string date = "2026-03-11") => Lab.Result("718-7", (decimal)gPerL, "g/L", date);

    private static Snapshot Birth(PartialDate? birth, Sex sex = Sex.Female)
    {
        var snapshot = Patients.Snapshot(sex: sex);
        return snapshot with { Chart = snapshot.Chart with { Person = snapshot.Chart.Person with { BirthDate = birth } } };
    }

    private static AnaemiaJudgement Of(Snapshot snapshot, PatientHistory? history = null) =>
        JudgeAnaemia.From(snapshot, Knowledge.P1, ReadLabs.From(snapshot, Knowledge.P1), history ?? new PatientHistory([], []));
}
