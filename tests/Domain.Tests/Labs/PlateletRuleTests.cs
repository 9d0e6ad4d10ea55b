namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>Biopsy on Wednesday 18 March 2026, asked on 11 March.</summary>
public class PlateletRuleTests
{
    [Theory]
    [InlineData(0, Severity.Critical, FindingAction.AskSpecialist)]
    [InlineData(9.99, Severity.Critical, FindingAction.AskSpecialist)]
    [InlineData(10, Severity.High, FindingAction.Review)]
    [InlineData(19.99, Severity.High, FindingAction.Review)]
    [InlineData(20, Severity.Moderate, FindingAction.Review)]
    [InlineData(49.99, Severity.Moderate, FindingAction.Review)]
    [InlineData(50, null, null)]
    [InlineData(450, null, null)]
    [InlineData(1000, null, null)]
    [InlineData(1000.1, Severity.High, FindingAction.OrderTest)]
    public void Bands_are_half_open(double count, Severity? severity, FindingAction? action)
    {
        foreach (var policy in Knowledge.Policies.ById.Values)
        {
            var finding = Findings(Patients.Snapshot(asOf: "2026-03-17").With(Plt(count, "2026-03-16")), policy).SingleOrDefault(f => f.Rule == "L-PLT");
            Assert.Equal((severity, action), (finding?.Severity, finding?.Action));
        }
    }

    [Theory]
    [InlineData(49, "aspirin", "aspirin", UseState.InUse, Severity.High)]
    [InlineData(20, "apixaban", "doac-xa", UseState.AsNeeded, Severity.High)]
    [InlineData(30, "heparin", "ufh", UseState.OnHold, Severity.High)]
    [InlineData(30, "apixaban", "doac-xa", UseState.Draft, Severity.High)]
    [InlineData(30, "apixaban", "doac-xa", UseState.Ended, Severity.Moderate)]
    [InlineData(30, "ibuprofen", "nsaid", UseState.InUse, Severity.Moderate)]
    [InlineData(15, "aspirin", "aspirin", UseState.InUse, Severity.High)]
    public void Between_20_and_49_an_antithrombotic_that_is_still_active_raises_it(double count, string ingredient, string drugClass, UseState use, Severity severity)
    {
        var finding = Findings(Patients.Snapshot(asOf: "2026-03-17").With(Plt(count, "2026-03-16")), null, Situations.Medicine(ingredient, drugClass, use)).Single(f => f.Rule == "L-PLT");
        Assert.Equal(severity, finding.Severity);
        Assert.Equal(drugClass != "nsaid" && use != UseState.Ended, (finding.Title + finding.Detail).Contains(ingredient));
    }

    [Fact]
    public void A_washout_that_is_not_complete_counts_as_active()
    {
        var situation = Patients.Snapshot(asOf: "2026-03-17").With(Plt(30, "2026-03-16")).Situation();
        var ended = Situations.Medicine("warfarin", "vka", UseState.Ended, ended: new DateOnly(2026, 3, 16));
        situation = situation with { Holds = [new HoldPlan { Medicine = ended, Status = HoldStatus.WashoutIncomplete }] };
        Assert.Equal(Severity.High, PlateletRules.Findings(situation).Single(f => f.Rule == "L-PLT").Severity);
    }

    [Fact]
    public void A_catheter_flush_does_not_raise_it() =>
        Assert.Equal(Severity.Moderate, Findings(Patients.Snapshot(asOf: "2026-03-17").With(Plt(30, "2026-03-16")), null, Situations.Medicine("heparin", "ufh", systemic: false)).Single(f => f.Rule == "L-PLT").Severity);

    [Theory]
    [InlineData("2026-03-11", "2026-03-11", null, null)]
    [InlineData("2026-03-11", "2026-03-10", "L-PLT", ResultState.Stale)]
    [InlineData("2026-03-10", "2026-03-10", "PLT-DUE", null)]
    [InlineData("2026-03-11", null, "L-PLT", ResultState.Missing)]
    [InlineData("2026-03-10", null, "PLT-DUE", null)]
    public void Seven_days_and_what_is_said_before_the_window_opens(string asOf, string? date, string? rule, ResultState? state)
    {
        var snapshot = Patients.Snapshot(asOf: asOf);
        if (date is not null) snapshot = snapshot.With(Plt(200, date));
        var finding = Findings(snapshot).SingleOrDefault();
        Assert.Equal((rule, state), (finding?.Rule, finding?.State));
        if (rule == "PLT-DUE") Assert.Equal((Severity.Info, FindingAction.OrderTest, new DateOnly(2026, 3, 11)), (finding!.Severity, finding.Action, finding.TestDueDate));
        if (rule == "L-PLT") Assert.Equal((Severity.Moderate, date is null ? FindingAction.OrderTest : FindingAction.RepeatTest), (finding!.Severity, finding.Action));
    }

    [Theory]
    [InlineData("leukaemia-acute", null)]
    [InlineData(null, "chemotherapy")]
    public void Seventy_two_hours_in_acute_leukaemia_and_on_chemotherapy(string? problem, string? drugClass)
    {
        IEnumerable<Finding> At(string asOf, string date) => PlateletRules.Findings(Patients.Snapshot(asOf: asOf).With(Plt(200, date)).Situation(
            medicines: drugClass is null ? [] : [Situations.Medicine("cytarabine", drugClass)], problems: problem is null ? [] : [problem]));
        Assert.Empty(At("2026-03-16", "2026-03-15"));
        Assert.Equal(ResultState.Stale, Assert.Single(At("2026-03-16", "2026-03-14")).State);
        var due = Assert.Single(At("2026-03-14", "2026-03-14"));
        Assert.Equal(("PLT-DUE", new DateOnly(2026, 3, 15)), (due.Rule, due.TestDueDate));
        Assert.Contains("72 hours", due.Detail);
    }

    /// <summary>Hydroxyurea against thrombocytosis is not called chemotherapy: the patient would not know of any.</summary>
    [Theory]
    [InlineData("cytarabine", "chemotherapy", "cytarabine is chemotherapy")]
    [InlineData("hydroxyurea", "macrocytosis-drug", "hydroxyurea lowers blood counts as chemotherapy does")]
    public void Why_72_hours_is_said_by_the_medicine(string ingredient, string drugClass, string why) =>
        Assert.Contains(why, Assert.Single(Findings(Patients.Snapshot(asOf: "2026-03-12").With(Plt(200, "2026-03-12")), null, Situations.Medicine(ingredient, drugClass))).Detail);

    /// <summary>Five codes name a platelet count; three are enough for a reader who looks for one.</summary>
    [Fact]
    public void A_missing_count_names_three_codes_that_were_looked_for() =>
        Assert.Matches(@"looked for LOINC 777-3, \S+, [^\s,]+\)", Assert.Single(Findings(Patients.Snapshot())).Detail);

    [Fact]
    public void Seventy_two_hours_when_acute_leukaemia_is_the_indication() =>
        Assert.Equal(new DateOnly(2026, 3, 15), Assert.Single(Findings(Patients.Snapshot(indication: "acute-leukaemia", asOf: "2026-03-12").With(Plt(200, "2026-03-12")))).TestDueDate);

    [Theory]
    [InlineData(49, true)]
    [InlineData(50, false)]
    public void Seventy_two_hours_when_the_last_count_was_below_50_and_it_is_still_judged(double count, bool close)
    {
        var findings = Findings(Patients.Snapshot(asOf: "2026-03-14").With(Plt(count, "2026-03-14"))).ToList();
        Assert.Equal(close, findings.Any(f => f.Rule == "PLT-DUE" && f.TestDueDate == new DateOnly(2026, 3, 15)));
        Assert.Equal(close, findings.Any(f => f is { Rule: "L-PLT", Severity: Severity.Moderate }));
        Assert.Equal(close ? 2 : 0, findings.Count);
    }

    [Theory]
    [InlineData("2026-02-18", true)]
    [InlineData("2026-02-17", false)]
    public void Chemotherapy_counts_for_28_days_after_its_end(string ended, bool close)
    {
        var given = Situations.Medicine("cytarabine", "chemotherapy", UseState.Ended, ended: DateOnly.Parse(ended));
        Assert.Equal(close, Findings(Patients.Snapshot(asOf: "2026-03-16").With(Plt(200, "2026-03-12")), null, given).Any());
    }

    [Theory]
    [InlineData("<", 10, Severity.Critical, false)]
    [InlineData("<", 30, Severity.Critical, true)]
    [InlineData("<=", 10, Severity.Critical, true)]
    [InlineData(">", 1000, Severity.High, false)]
    [InlineData(">=", 1000, Severity.Moderate, true)]
    [InlineData(">", 100, Severity.Moderate, true)]
    public void An_interval_is_judged_by_the_worst_it_can_be_and_an_exact_count_is_asked_for(string comparator, double count, Severity severity, bool exactNeeded)
    {
        var finding = Findings(Patients.Snapshot(asOf: "2026-03-17").With(Lab.Result("777-3", (decimal)count, "10*3/uL", "2026-03-16", comparator: comparator))).Single(f => f.Rule == "L-PLT");
        Assert.Equal(severity, finding.Severity);
        Assert.Equal(exactNeeded, (finding.Title + finding.Detail).Contains("xact count needed"));
    }

    [Theory]
    [InlineData(5, Severity.High)]
    [InlineData(15, Severity.Moderate)]
    [InlineData(30, null)]
    public void A_preliminary_count_satisfies_nothing_and_speaks_one_level_lower(double count, Severity? severity)
    {
        var findings = Findings(Patients.Snapshot(asOf: "2026-03-16").With(Lab.Result("777-3", (decimal)count, "10*3/uL", "2026-03-16", status: "preliminary"))).ToList();
        Assert.Contains(findings, f => f is { Rule: "L-PLT", State: ResultState.Missing });
        var preliminary = findings.SingleOrDefault(f => f.State == ResultState.Preliminary);
        Assert.Equal(severity, preliminary?.Severity);
        if (preliminary is not null) Assert.Contains("verify", preliminary.Detail);
    }

    [Theory]
    [InlineData("2026-03-17", true)]
    [InlineData("2026-03-15", false)]
    public void A_preliminary_count_that_is_newer_than_the_final_one_speaks_beside_it(string date, bool speaks)
    {
        var findings = Findings(Patients.Snapshot(asOf: "2026-03-17").With(Plt(200, "2026-03-16"), Lab.Result("777-3", 5, "10*3/uL", date, status: "preliminary"))).ToList();
        Assert.Equal(speaks ? [Severity.High] : [], findings.Select(f => f.Severity));
        Assert.All(findings, f => Assert.Equal(ResultState.Preliminary, f.State));
    }

    [Fact]
    public void An_unreadable_count_is_missing_and_says_why()
    {
        var finding = Assert.Single(Findings(Patients.Snapshot().With(Lab.Result("777-3", 210, "uL"))));
        Assert.Equal((ResultState.Missing, Severity.Moderate), (finding.State, finding.Severity));
        Assert.Contains("the unit 'uL' is not known", finding.Detail);
    }

    [Theory]
    [InlineData(450, null)]
    [InlineData(451, Severity.High)]
    [InlineData(1001, Severity.High)]
    public void A_high_count_in_a_myeloproliferative_neoplasm(double count, Severity? severity)
    {
        var finding = PlateletRules.Findings(Patients.Snapshot(asOf: "2026-03-16").With(Plt(count, "2026-03-16")).Situation(problems: ["mpn"])).SingleOrDefault();
        Assert.Equal(severity, finding?.Severity);
        if (severity is not null) Assert.Contains("VWF", finding!.Detail);
    }

    [Fact]
    public void An_old_count_is_judged_for_90_days() =>
        Assert.Equal((2, 1), (Findings(Patients.Snapshot().With(Plt(15, "2025-12-18"))).Count(), Findings(Patients.Snapshot().With(Plt(15, "2025-12-17"))).Count()));

    [Fact]
    public void Every_finding_has_facts_citations_and_no_blank_left()
    {
        foreach (var count in (double[])[5, 15, 30, 1200])
            foreach (var finding in Findings(Patients.Snapshot(asOf: "2026-03-17").With(Plt(count, "2026-03-11"))))
            {
                Assert.NotEmpty(finding.Because);
                Assert.NotEmpty(finding.Citations);
                Assert.DoesNotContain("{", finding.Title + finding.Detail);
            }
    }

    private static ResultRecord Plt(double count, string date) => Lab.Result("777-3", (decimal)count, "10*3/uL", date);

    private static IEnumerable<Finding> Findings(Snapshot snapshot, Policy? policy = null, params Medicine[] medicines) =>
        PlateletRules.Findings(snapshot.Situation(policy, [.. medicines]));
}
