namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>Biopsy on Wednesday 18 March 2026.</summary>
public class CoagulationRuleTests
{
    [Theory]
    [InlineData("P1", 1.5, null)]
    [InlineData("P1", 1.51, Severity.Moderate)]
    [InlineData("P1", 2.0, Severity.Moderate)]
    [InlineData("P1", 2.01, Severity.High)]
    [InlineData("P1", 3.0, Severity.High)]
    [InlineData("P1", 3.01, Severity.Critical)]
    [InlineData("P2", 3.0, null)]
    [InlineData("P2", 3.01, Severity.Critical)]
    [InlineData("P3", 1.5, null)]
    [InlineData("P3", 1.51, Severity.Moderate)]
    [InlineData("P3", 2.5, Severity.High)]
    [InlineData("P3", 3.5, Severity.Critical)]
    public void INR_after_a_vitamin_K_antagonist(string policy, double inr, Severity? severity)
    {
        var finding = Run(Knowledge.Policies.ById[policy], [Warfarin], [], Inr(inr)).SingleOrDefault();
        Assert.Equal(severity, finding?.Severity);
        if (severity is not null) Assert.Equal(("L-INR", "inr", severity == Severity.Critical ? FindingAction.AskSpecialist : FindingAction.Review), (finding!.Rule, finding.Subject, finding.Action));
    }

    [Theory]
    [InlineData(1.5, null)]
    [InlineData(1.51, Severity.Moderate)]
    [InlineData(2.0, Severity.Moderate)]
    [InlineData(2.01, Severity.High)]
    [InlineData(4.5, Severity.High)]
    public void INR_without_a_vitamin_K_antagonist(double inr, Severity? severity) => Assert.Equal(severity, Run(Knowledge.P1, [], [], Inr(inr)).SingleOrDefault()?.Severity);

    [Fact]
    public void In_liver_disease_the_INR_is_said_not_to_be_actionable_alone()
    {
        Assert.Contains("not actionable alone", Run(Knowledge.P1, [], ["liver-disease"], Inr(2.5)).Single().Detail);
        Assert.DoesNotContain("not actionable alone", Run(Knowledge.P1, [], [], Inr(2.5)).Single().Detail);
    }

    /// <summary>What is said of the liver is shown: one entry, and one that still holds.</summary>
    [Fact]
    public void The_liver_disease_stands_among_the_facts()
    {
        var snapshot = Patients.Snapshot(Patients.Chart() with
        {
            Conditions =
            [
                Patients.Condition("Liver failure") with { ClinicalStatus = "resolved" },
                Patients.Condition("Cirrhosis of liver") with { Reference = "Condition/2" },
                Patients.Condition("Chronic liver disease") with { Reference = "Condition/3" },
            ],
        }, asOf: "2026-03-18").With(Inr(2.5));
        Assert.Equal(["Condition/2"], Conditions(snapshot));
        Assert.Empty(Conditions(snapshot with { Chart = snapshot.Chart with { Conditions = [snapshot.Chart.Conditions[0]] } }));

        static IEnumerable<string?> Conditions(Snapshot snapshot) =>
            CoagulationRules.Findings(Assess.Situation(snapshot, Knowledge.P1)).Single(f => f.Rule == "L-INR").Because.Select(f => f.Reference).Where(r => r!.StartsWith("Condition/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2026-03-18", true)]
    [InlineData("2026-03-17", true)]
    [InlineData("2026-03-16", false)]
    public void Only_an_INR_of_the_day_before_or_of_the_day_counts(string date, bool counts) =>
        Assert.Equal(counts ? 1 : 0, Run(Knowledge.P1, [Warfarin], [], Inr(2.6, date)).Count());

    [Fact]
    public void An_earlier_INR_that_does_not_fit_the_medication_list_is_a_data_question()
    {
        var finding = Run(Knowledge.P1, [], [], Inr(2.6, "2026-03-11")).Single();
        Assert.Equal(("D-QUAL", Severity.Info), (finding.Rule, finding.Severity));
        Assert.Empty(Run(Knowledge.P1, [], [], Inr(1.4, "2026-03-11")));
        Assert.Empty(Run(Knowledge.P1, [], [], Inr(2.6, "2026-02-15")));
    }

    [Theory]
    [InlineData(UseState.Ended, "2026-02-16", Severity.Critical)]
    [InlineData(UseState.Ended, "2026-02-15", Severity.High)]
    [InlineData(UseState.NotInUse, null, Severity.High)]
    [InlineData(UseState.Draft, null, Severity.High)]
    public void A_vitamin_K_antagonist_counts_for_30_days_after_its_end(UseState use, string? ended, Severity severity) =>
        Assert.Equal(severity, Run(Knowledge.P1, [Situations.Medicine("warfarin", "vka", use, ended: ended is null ? null : DateOnly.Parse(ended))], [], Inr(3.2)).Single().Severity);

    [Fact]
    public void A_preliminary_INR_speaks_one_level_lower()
    {
        var finding = Run(Knowledge.P1, [Warfarin], [], Inr(3.2) with { Status = "preliminary" }).Single();
        Assert.Equal((Severity.High, ResultState.Preliminary), (finding.Severity, finding.State));
    }

    [Fact]
    public void A_preliminary_result_of_the_day_speaks_beside_a_final_one_of_the_day_before()
    {
        Assert.Equal([Severity.High], Run(Knowledge.P1, [Warfarin], [], Inr(1.2), Inr(3.2, "2026-03-18") with { Status = "preliminary" }).Select(f => f.Severity));
        Assert.Equal([Severity.Moderate], Run(Knowledge.P1, [], [], Fibrinogen(300), Lab.Result("3255-7", 80, "mg/dL", "2026-03-18", status: "preliminary")).Select(f => f.Severity));
        Assert.Empty(Run(Knowledge.P1, [Warfarin], [], Inr(1.2, "2026-03-18"), Inr(3.2) with { Status = "preliminary" }));
    }

    [Fact]
    public void A_prothrombin_time_is_not_an_INR() => Assert.Empty(Run(Knowledge.P1, [Warfarin], [], Lab.Result("5902-2", 28, "s", "2026-03-17")));

    [Theory]
    [InlineData(99.9, Severity.High)]
    [InlineData(100, Severity.Moderate)]
    [InlineData(149.9, Severity.Moderate)]
    [InlineData(150, null)]
    public void Fibrinogen_bands(double fibrinogen, Severity? severity)
    {
        foreach (var record in (ResultRecord[])[Fibrinogen(fibrinogen), Lab.Result("3255-7", (decimal)fibrinogen / 100, "g/L", "2026-03-17")])
            Assert.Equal(severity, Run(Knowledge.P1, [], [], record).SingleOrDefault()?.Severity);
    }

    [Theory]
    [InlineData(14, 1.4, "other", true)]
    [InlineData(14, 1.2, "other", false)]
    [InlineData(14, 1.2, "acute-leukaemia", true)]
    [InlineData(100, 1.4, "other", false)]
    public void Low_fibrinogen_with_low_platelets_and_a_raised_prothrombin_time_is_possible_DIC(double platelets, double inr, string indication, bool said)
    {
        var snapshot = Patients.Snapshot(asOf: "2026-03-18", indication: indication).With(Fibrinogen(90), Lab.Result("777-3", (decimal)platelets, "10*3/uL", "2026-03-17"), Inr(inr));
        Assert.Equal(said, CoagulationRules.Findings(snapshot.Situation()).Single(f => f.Rule == "L-FIB").Detail.Contains("possible DIC or APL"));
    }

    [Fact]
    public void Intravenous_heparin_asks_for_an_aPTT_and_a_flush_does_not()
    {
        Assert.Equal(FindingAction.OrderTest, Run(Knowledge.P1, [Situations.Medicine("heparin", "ufh", intravenous: true)], []).Single().Action);
        Assert.Empty(Run(Knowledge.P1, [Situations.Medicine("heparin", "ufh")], []));
        Assert.Empty(Run(Knowledge.P1, [Situations.Medicine("heparin", "ufh", systemic: false, intravenous: true)], []));
    }

    [Theory]
    [InlineData(34, false)]
    [InlineData(36.1, true)]
    public void An_aPTT_on_heparin_is_set_against_the_laboratory_s_limit(double seconds, bool prolonged)
    {
        var aptt = Lab.Result("14979-9", (decimal)seconds, "s", "2026-03-18") with { Ranges = [new(25, 36, "s", "s", null)] };
        Assert.Equal(prolonged ? 1 : 0, Run(Knowledge.P1, [Situations.Medicine("heparin", "ufh", intravenous: true)], [], aptt).Count());
    }

    [Theory]
    [InlineData("98979-8", "mL/min/{1.73_m2}", 14.9, 1)]
    [InlineData("98979-8", "mL/min/{1.73_m2}", 15, 0)]
    [InlineData("3094-0", "mg/dL", 100, 0)]
    [InlineData("3094-0", "mg/dL", 100.1, 1)]
    [InlineData("3094-0", "mmol/L", 36, 0)]
    public void Uraemia(string loinc, string unit, double amount, int findings) =>
        Assert.Equal(findings, OtherLabRules.Findings(Patients.Snapshot().With(Lab.Result(loinc, (decimal)amount, unit)).Situation()).Count());

    [Theory]
    [InlineData(6.9, 1)]
    [InlineData(7, 0)]
    public void A_haemoglobin_below_7_is_a_note_and_never_adjusted_for_elevation(double hb, int findings)
    {
        var snapshot = Patients.Snapshot();
        snapshot = snapshot with { Facility = snapshot.Facility with { ElevationMeters = 3000 } };
        var found = OtherLabRules.Findings(snapshot.With(Lab.Result("718-7", (decimal)hb, "g/dL")).Situation()).ToList();
        Assert.Equal(findings, found.Count);
        Assert.All(found, f => Assert.Equal(Severity.Info, f.Severity));
    }

    private static readonly Medicine Warfarin = Situations.Medicine("warfarin", "vka");

    private static ResultRecord Inr(double inr, string date = "2026-03-17") => Lab.Result("6301-6", (decimal)inr, "{INR}", date);

    private static ResultRecord Fibrinogen(double mgPerDl) => Lab.Result("3255-7", (decimal)mgPerDl, "mg/dL", "2026-03-17");

    private static IEnumerable<Finding> Run(Policy policy, Medicine[] medicines, string[] problems, params ResultRecord[] results) =>
        CoagulationRules.Findings(Patients.Snapshot(asOf: "2026-03-18").With(results).Situation(policy, [.. medicines], [.. problems]));
}
