using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>A woman of 66, biopsy on Wednesday 18 March 2026, asked on 11 March, haemoglobin 10.2 g/dL unless stated.</summary>
public class WorkUpRuleTests
{
    [Fact]
    public void Nothing_is_missing_when_every_core_test_is_there() => Assert.DoesNotContain(Run(Core()), f => f.Severity > Severity.Info);

    [Theory]
    [InlineData("718-7", "W-CBC", 30)]
    [InlineData("787-2", "W-CBC", 30)]
    [InlineData("788-0", "W-CBC", 30)]
    [InlineData("751-8", "W-DIFF", 30)]
    [InlineData("17849-1", "W-RETIC", 30)]
    [InlineData("5909-7", "W-SMEAR", 30)]
    [InlineData("2276-4", "W-FERR", 90)]
    [InlineData("2498-4", "W-TSAT", 90)]
    [InlineData("2500-7", "W-TSAT", 90)]
    [InlineData("2132-9", "W-B12", 180)]
    [InlineData("2284-8", "W-FOL", 180)]
    [InlineData("2160-0", "W-CREAT", 90)]
    [InlineData("1975-2", "W-LFT", 90)]
    [InlineData("2532-0", "W-LDH", 30)]
    [InlineData("1988-5", "W-CRP", 30)]
    [InlineData("3016-3", "W-TSH", 365)]
    public void Each_core_test_is_good_for_its_window_and_not_a_day_longer(string loinc, string rule, int window)
    {
        var d0 = new DateOnly(2026, 3, 18);
        IEnumerable<Finding> Aged(int days) => Run(Core().Select(r => r.Code.Codes[0].Value == loinc ? r with { Effective = PartialDate.Day(d0.AddDays(-days)) } : r));
        Assert.DoesNotContain(Aged(window), f => f.Rule == rule && f.Severity == Severity.Moderate);
        var stale = Aged(window + 1).Single(f => f.Rule == rule);
        Assert.Equal((Severity.Moderate, FindingAction.RepeatTest, ResultState.Stale), (stale.Severity, stale.Action, stale.State));
        Assert.Contains($"{window + 1} days", stale.Detail);

        var missing = Run(Core().Where(r => r.Code.Codes[0].Value != loinc)).Single(f => f.Rule == rule);
        Assert.Equal((Severity.Moderate, FindingAction.OrderTest, ResultState.Missing), (missing.Severity, missing.Action, missing.State));
    }

    [Theory]
    [InlineData("W-DIFF", "751-8", "770-8", "%")]
    [InlineData("W-DIFF", "751-8", "731-0", "10*3/uL")]
    [InlineData("W-RETIC", "17849-1", "60474-4", "10*3/uL")]
    [InlineData("W-FOL", "2284-8", "2283-0", "ng/mL")]
    [InlineData("W-CREAT", "2160-0", "98979-8", "mL/min/{1.73_m2}")]
    [InlineData("W-LFT", "1742-6", "1920-8", "U/L")]
    [InlineData("W-CRP", "1988-5", "4537-7", "mm/h")]
    [InlineData("W-TSAT", "2500-7", "3034-6", "mg/dL")]
    [InlineData("W-TSAT", "2500-7", "2502-3", "%")]
    public void One_of_several_tests_is_enough(string rule, string without, string with, string unit) =>
        Assert.DoesNotContain(Run(Core().Where(r => r.Code.Codes[0].Value != without).Append(Lab.Result(with, 80, unit))), f => f.Rule == rule && f.Severity == Severity.Moderate);

    /// <summary>Old iron and capacity are to be repeated: they are there, and a saturation as such was never measured.</summary>
    [Theory]
    [InlineData("2498-4", "2500-7")]
    [InlineData("2498-4", "3034-6")]
    public void What_is_old_is_repeated_rather_than_another_test_ordered(string iron, string capacity)
    {
        var old = Core().Where(r => r.Code.Codes[0].Value is not ("2498-4" or "2500-7"))
            .Append(Lab.Result(iron, 84, "ug/dL", "2025-12-17")).Append(Lab.Result(capacity, capacity == "3034-6" ? 214 : 300, capacity == "3034-6" ? "mg/dL" : "ug/dL", "2025-12-17"));
        var finding = Run(old).Single(f => f.Rule == "W-TSAT");
        Assert.Equal((Severity.Moderate, FindingAction.RepeatTest, ResultState.Stale), (finding.Severity, finding.Action, finding.State));
        Assert.Contains("iron 84 ug/dL is from Wednesday 17 December 2025", finding.Detail);
    }

    [Fact]
    public void A_missing_test_names_the_codes_that_were_looked_for()
    {
        var finding = Run(Core().Where(r => r.Code.Codes[0].Value != "2276-4")).Single(f => f.Rule == "W-FERR");
        Assert.Contains("LOINC 2276-4", finding.Detail);
        Assert.Contains("Thursday 18 December 2025", finding.Detail);
        Assert.NotEmpty(finding.Because);
        Assert.NotEmpty(finding.Citations);
    }

    [Theory]
    [InlineData("preliminary", "only preliminary")]
    [InlineData("final", "cannot be read")]
    public void A_preliminary_or_unreadable_result_does_not_satisfy(string status, string says)
    {
        var ferritin = Lab.Result("2276-4", 180, status == "final" ? "uL" : "ng/mL", status: status);
        var finding = Run(Core().Where(r => r.Code.Codes[0].Value != "2276-4").Append(ferritin)).Single(f => f.Rule == "W-FERR");
        Assert.Equal(ResultState.Missing, finding.State);
        Assert.Contains(says, finding.Detail);
    }

    [Fact]
    public void A_test_that_was_not_performed_is_missing_and_shown() =>
        Assert.Contains("not-performed", Run(Core().Where(r => r.Code.Codes[0].Value != "2276-4").Append(Lab.Words("2276-4", "") with { Value = new ResultValue.None("No value: not-performed.") })).Single(f => f.Rule == "W-FERR").Detail);

    [Theory]
    [InlineData(79.9, false)]
    [InlineData(80, true)]
    [InlineData(100, true)]
    [InlineData(100.1, true)]
    public void TSH_is_asked_for_in_normocytic_and_macrocytic_anaemia_only(double mcv, bool asked) =>
        Assert.Equal(asked, Run(Core(mcv: mcv).Where(r => r.Code.Codes[0].Value != "3016-3")).Any(f => f.Rule == "W-TSH"));

    [Theory]
    [InlineData("unexplained-anaemia", Severity.Moderate)]
    [InlineData("not-stated", Severity.Moderate)]
    [InlineData("unexplained-cytopenia", Severity.Info)]
    [InlineData("suspected-mds", Severity.Info)]
    [InlineData("mpn", Severity.Info)]
    [InlineData("acute-leukaemia", null)]
    [InlineData("lymphoma-staging", null)]
    [InlineData("myeloma", null)]
    [InlineData("treatment-monitoring", null)]
    [InlineData("transplant-follow-up", null)]
    [InlineData("other", null)]
    public void The_indication_decides_what_is_asked(string indication, Severity? severity)
    {
        var findings = Run([Hb(10.2)], indication).ToList();
        Assert.Equal(severity, findings.FirstOrDefault(f => f.Rule == "W-FERR")?.Severity);
        if (severity is null) Assert.Single(findings, f => f.Rule is "W-OFF" or "N-URGENT" && f.Severity == Severity.Info);
    }

    [Fact]
    public void Without_anaemia_no_gap_is_raised() => Assert.Empty(Run([Hb(12)]));

    [Fact]
    public void Without_a_haemoglobin_the_blood_count_is_asked_for_and_nothing_else()
    {
        var finding = Assert.Single(Run([]));
        Assert.Equal(("W-CBC", Severity.Moderate), (finding.Rule, finding.Severity));
    }

    [Fact]
    public void When_anaemia_cannot_be_judged_gaps_are_information()
    {
        var findings = Findings(Patients.Snapshot(sex: Sex.Unknown, indication: "unexplained-anaemia").With(Hb(12.5))).ToList();
        Assert.Contains(findings, f => f.Rule == "W-FERR");
        Assert.All(findings, f => Assert.Equal(Severity.Info, f.Severity));
    }

    [Fact]
    public void A_blood_thinner_cleared_by_the_kidney_shortens_the_creatinine_window()
    {
        var records = Core().Select(r => r.Code.Codes[0].Value == "2160-0" ? r with { Effective = Lab.On("2026-02-10") } : r).ToArray();
        Assert.DoesNotContain(Run(records), f => f.Rule == "W-CREAT");
        var snapshot = Patients.Snapshot(indication: "unexplained-anaemia").With(records);
        Assert.Equal(ResultState.Stale, WorkUpRules.Findings(snapshot.Situation(medicines: [Situations.Medicine("apixaban", "doac-xa")])).Single(f => f.Rule == "W-CREAT").State);
    }

    [Theory]
    [InlineData(450, false, false)]
    [InlineData(300, false, false)]
    [InlineData(299, true, false)]
    [InlineData(200, true, false)]
    [InlineData(199, false, true)]
    public void B12_borderline_asks_for_MMA_and_deficient_is_a_cause(double b12, bool mma, bool cause)
    {
        foreach (var record in (ResultRecord[])[Lab.Result("2132-9", (decimal)b12, "pg/mL"), Lab.Result("14685-2", (decimal)b12 * 0.7378m, "pmol/L")])
        {
            var findings = Run(Core().Where(r => r.Code.Codes[0].Value != "2132-9").Append(record)).ToList();
            Assert.Equal((mma, cause), (findings.Any(f => f is { Rule: "W-MMA", Severity: Severity.Info }), findings.Any(f => f is { Rule: "X-CAUSE", Subject: "b12-deficiency", Severity: Severity.Moderate })));
        }
    }

    [Theory]
    [InlineData(190, 180, false)]
    [InlineData(210, 220, true)]
    public void The_laboratory_s_own_range_wins_for_B12(double b12, double low, bool cause)
    {
        var record = Lab.Result("2132-9", (decimal)b12, "pg/mL") with { Ranges = [new((decimal)low, 900, null, null, null)] };
        Assert.Equal(cause, Run(Core().Where(r => r.Code.Codes[0].Value != "2132-9").Append(record)).Any(f => f.Subject == "b12-deficiency"));
    }

    [Theory]
    [InlineData(44.9, null, null, null, true)]
    [InlineData(45, null, null, null, false)]
    [InlineData(99.9, 10.1, null, null, true)]
    [InlineData(99.9, 10.0, null, null, false)]
    [InlineData(99.9, null, "heart-failure", null, true)]
    [InlineData(99.9, null, "active-cancer", null, true)]
    [InlineData(100, 10.1, null, null, false)]
    [InlineData(100, 10.1, null, 19.9, true)]
    [InlineData(100, 10.1, null, 20.0, false)]
    [InlineData(299.9, 10.1, null, 19.9, true)]
    [InlineData(300, 10.1, null, 19.9, false)]
    [InlineData(100, null, null, 19.9, false)]
    public void Iron_deficiency_with_and_without_inflammation(double ferritin, double? crp, string? problem, double? tsat, bool cause)
    {
        var records = Core().Where(r => r.Code.Codes[0].Value is not ("2276-4" or "1988-5" or "2498-4")).Append(Lab.Result("2276-4", (decimal)ferritin, "ng/mL")).ToList();
        if (crp is not null) records.Add(Lab.Result("1988-5", (decimal)crp, "mg/L"));
        if (tsat is not null) records.Add(Lab.Result("2498-4", (decimal)tsat * 3, "ug/dL"));
        var snapshot = Patients.Snapshot(indication: "unexplained-anaemia").With([.. records]);
        Assert.Equal(cause, WorkUpRules.Findings(snapshot.Situation(problems: problem is null ? [] : [problem])).Any(f => f.Subject == "iron-deficiency"));
    }

    [Theory]
    [InlineData("<", 5, true)]
    [InlineData("<", 50, false)]
    [InlineData(">", 40, false)]
    public void A_comparator_is_a_cause_only_when_conclusive(string comparator, double ferritin, bool cause) =>
        Assert.Equal(cause, Run(Core().Where(r => r.Code.Codes[0].Value != "2276-4").Append(Lab.Result("2276-4", (decimal)ferritin, "ng/mL", comparator: comparator))).Any(f => f.Rule == "X-CAUSE"));

    [Theory]
    [InlineData("3034-6", "mg/dL", 214.2)]
    [InlineData("2501-5", "ug/dL", 240)]
    public void Transferrin_saturation_is_worked_out_from_transferrin_or_unsaturated_capacity(string loinc, string unit, double amount)
    {
        // Iron 59.9 of a capacity of 299.9: 19.97 %.
        var records = Core().Where(r => r.Code.Codes[0].Value is not ("2276-4" or "1988-5" or "2498-4" or "2500-7"))
            .Concat([Lab.Result("2276-4", 150, "ng/mL"), Lab.Result("1988-5", 20, "mg/L"), Lab.Result("2498-4", 59.9m, "ug/dL"), Lab.Result(loinc, (decimal)amount, unit)]);
        Assert.Contains("transferrin saturation 19.97", Run(records).Single(f => f.Subject == "iron-deficiency").Detail);
    }

    [Theory]
    [InlineData("2284-8", 2.9, null, "folate-deficiency", true)]
    [InlineData("2284-8", 3.0, null, "folate-deficiency", false)]
    [InlineData("98979-8", 29.9, null, "ckd", true)]
    [InlineData("98979-8", 30.0, null, "ckd", false)]
    public void Other_causes(string loinc, double amount, string? unit, string subject, bool cause)
    {
        unit ??= loinc == "98979-8" ? "mL/min/{1.73_m2}" : "ng/mL";
        var finding = Run(Core().Where(r => r.Code.Codes[0].Value != loinc).Append(Lab.Result(loinc, (decimal)amount, unit))).FirstOrDefault(f => f.Subject == subject);
        Assert.Equal(cause, finding is not null);
        if (cause) Assert.Contains("confirm that a marrow is still the next step", finding!.Detail);
    }

    [Theory]
    [InlineData(251, 24, 1.1, true)]
    [InlineData(250, 24, 1.1, false)]
    [InlineData(251, 25, 1.1, false)]
    [InlineData(251, 24, 1.0, false)]
    public void Haemolysis_needs_all_three(double ldh, double haptoglobin, double indirect, bool cause) =>
        Assert.Equal(cause, Run(Core().Where(r => r.Code.Codes[0].Value != "2532-0").Concat([
            Lab.Result("2532-0", (decimal)ldh, "U/L"), Lab.Result("4542-7", (decimal)haptoglobin, "mg/dL"), Lab.Result("1971-1", (decimal)indirect, "mg/dL")])).Any(f => f.Subject == "haemolysis"));

    [Fact]
    public void Never_says_cancel()
    {
        foreach (var text in (string[])[Knowledge.Text("work-up.json"), Knowledge.Text("labs.json")]) Assert.DoesNotContain("cancel", text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>RPI = retic x (Hct / 45) / M, M by haematocrit: both sides of every step.</summary>
    [Theory]
    [InlineData(0.9, 23.4, 0.234)]
    [InlineData(3, 40, 2.6667)]
    [InlineData(3, 39.9, 1.7733)]
    [InlineData(3, 30, 1.3333)]
    [InlineData(3, 29.9, 0.9967)]
    [InlineData(3, 20, 0.6667)]
    [InlineData(3, 19.9, 0.5307)]
    public void Reticulocyte_production_index(double retic, double hematocrit, double rpi)
    {
        var snapshot = Patients.Snapshot().With(Lab.Result("17849-1", (decimal)retic, "%"), Lab.Result("4544-3", (decimal)hematocrit, "%"));
        Assert.Equal((decimal)rpi, decimal.Round(new Picture(snapshot.Situation()).Rpi!.Amount, 4));
    }

    [Fact]
    public void Reticulocytes_per_cent_are_worked_out_from_the_absolute_count_and_the_red_cells()
    {
        var snapshot = Patients.Snapshot().With(Lab.Result("60474-4", 90, "10*3/uL"), Lab.Result("789-8", 3, "10*6/uL"), Lab.Result("4544-3", 30, "%"));
        Assert.Equal(1.3333m, decimal.Round(new Picture(snapshot.Situation()).Rpi!.Amount, 4));
    }

    [Theory]
    [InlineData(4.4, false, false)]
    [InlineData(4.6, true, false)]
    [InlineData(6.6, true, false)]
    [InlineData(6.7, true, true)]
    public void Many_reticulocytes_ask_for_haemolysis_tests_and_above_3_first(double retic, bool tests, bool first)
    {
        var findings = Run(Core().Where(r => r.Code.Codes[0].Value != "17849-1").Append(Lab.Result("17849-1", (decimal)retic, "%"))).ToList();
        Assert.Equal((tests, first), (findings.Any(f => f is { Rule: "W-HEMOL", Severity: Severity.Info, Subject: "haptoglobin" }), findings.Any(f => f is { Rule: "W-HAEM-FIRST", Severity: Severity.Moderate })));
        if (!first) return;
        // 6.7 x 30.6 / 45 / 1.5 = 3.0373: to two digits, in words and as a number.
        var said = findings.Single(f => f.Rule == "W-HAEM-FIRST");
        Assert.Contains("production index 3.04 (", said.Detail);
        Assert.Contains("table used", said.Detail);
        Assert.Contains(said.Because, f => f.Value == 3.04m);
    }

    [Theory]
    [InlineData("2532-0", 251, "U/L")]
    [InlineData("1975-2", 1.3, "mg/dL")]
    [InlineData("60474-4", 100, "10*3/uL")]
    public void Other_signs_of_haemolysis_ask_for_its_tests(string loinc, double amount, string unit) =>
        Assert.Contains(Run(Core().Where(r => r.Code.Codes[0].Value != loinc && r.Code.Codes[0].Value != "17849-1").Append(Lab.Result(loinc, (decimal)amount, unit))), f => f.Rule == "W-HEMOL");

    [Theory]
    [InlineData("1976-03-18", true)]
    [InlineData("1976-03-19", false)]
    public void Protein_electrophoresis_from_50(string birth, bool asked) =>
        Assert.Equal(asked, Findings(Patients.Snapshot(indication: "unexplained-anaemia", birth: birth).With([.. Core()])).Any(f => f is { Rule: "W-SPEP", Severity: Severity.Info }));

    [Fact]
    public void Protein_electrophoresis_without_light_chains_asks_for_these()
    {
        Assert.Equal("flc", Run(Core().Append(Lab.Words("24351-9", "No monoclonal protein"))).Single(f => f.Rule == "W-SPEP").Subject);
        Assert.DoesNotContain(Run(Core().Append(Lab.Words("24351-9", "No monoclonal protein")).Append(Lab.Result("48378-4", 1.1m, "{ratio}"))), f => f.Rule == "W-SPEP");
    }

    [Theory]
    [InlineData(79, 180, 28, true)]
    [InlineData(80, 180, 28, false)]
    [InlineData(79, 44, 28, false)]
    [InlineData(79, 180, 19, false)]
    public void Haemoglobin_fractionation_in_microcytosis_without_iron_deficiency(double mcv, double ferritin, double tsat, bool asked)
    {
        var records = Core(mcv).Where(r => r.Code.Codes[0].Value is not ("2276-4" or "2498-4")).Concat([Lab.Result("2276-4", (decimal)ferritin, "ng/mL"), Lab.Result("2498-4", (decimal)tsat * 3, "ug/dL")]).ToList();
        Assert.Equal(asked, Run(records).Any(f => f.Rule == "W-HBFRAC"));
        Assert.DoesNotContain(Run(records.Append(Lab.Result("4551-8", 2.5m, "%", "2010-01-01"))), f => f.Rule == "W-HBFRAC");
    }

    [Theory]
    [InlineData(104, 3.2, 205, false, true, true)]
    [InlineData(104, 1.7, 205, true, true, true)]
    [InlineData(92, 1.8, 205, false, false, false)]
    [InlineData(92, 1.79, 205, true, true, true)]
    [InlineData(92, 3, 149, true, true, true)]
    [InlineData(92, 3, 150, false, false, false)]
    public void Macrocytosis_and_further_cytopenias_ask_for_copper_viruses_and_a_drug_review(double mcv, double neutrophils, double platelets, bool copper, bool viruses, bool drugs)
    {
        var findings = Run(Core(mcv).Where(r => r.Code.Codes[0].Value is not ("751-8" or "777-3")).Concat([Lab.Result("751-8", (decimal)neutrophils, "10*3/uL"), Lab.Result("777-3", (decimal)platelets, "10*3/uL")])).ToList();
        Assert.Equal((copper, viruses, drugs), (findings.Any(f => f is { Rule: "W-CU", Subject: "copper" }), findings.Any(f => f is { Rule: "W-VIRO", Subject: "viral-screen" }), findings.Any(f => f is { Rule: "W-MEDS", Subject: "drug-review" })));
        Assert.All(findings.Where(f => f.Rule is "W-CU" or "W-VIRO" or "W-MEDS"), f => Assert.Equal((Severity.Info, FindingAction.OrderTest, ResultState.Missing), (f.Severity, f.Action, f.State)));
    }

    [Fact]
    public void A_drug_review_names_what_is_on_the_list()
    {
        var snapshot = Patients.Snapshot(indication: "unexplained-anaemia").With([.. Core(104)]);
        Assert.Contains("hydroxyurea", WorkUpRules.Findings(snapshot.Situation(medicines: [Situations.Medicine("hydroxyurea", "macrocytosis-drug")])).Single(f => f.Rule == "W-MEDS").Detail.Split("On the list:")[1]);
    }

    [Fact]
    public void A_dysplastic_film_in_macrocytosis_asks_for_copper() =>
        Assert.Contains(Run(Core(104).Where(r => r.Code.Codes[0].Value != "5909-7").Append(Lab.Words("5909-7", "Dysplastic neutrophils, no blasts"))), f => f.Rule == "W-CU");

    [Theory]
    [InlineData("30 % blasts", true)]
    [InlineData("Leukoerythroblastic film", true)]
    [InlineData("No blasts", false)]
    public void Blasts_on_the_film_stop_the_gap_rules_and_say_not_to_delay(string film, bool urgent)
    {
        var findings = Run([Hb(10.2), Lab.Words("5909-7", film)]).ToList();
        Assert.Equal(urgent, findings.Any(f => f is { Rule: "N-URGENT", Severity: Severity.Info } && f.Detail.Contains("do not delay marrow")));
        Assert.Equal(!urgent, findings.Any(f => f.Rule == "W-FERR"));
    }

    [Fact]
    public void Blasts_counted_in_the_blood_do_the_same()
    {
        Assert.Contains(Run([Hb(10.2), Lab.Result("26446-5", 4, "%")]), f => f.Rule == "N-URGENT");
        Assert.DoesNotContain(Run([Hb(10.2), Lab.Result("26446-5", 0, "%")]), f => f.Rule == "N-URGENT");
    }

    [Theory]
    [InlineData("fever", true)]
    [InlineData("smoking", false)]
    public void Pancytopenia_with_fever_is_urgent(string problem, bool urgent)
    {
        var snapshot = Patients.Snapshot(indication: "unexplained-anaemia").With(Hb(9), Lab.Result("751-8", 0.9m, "10*3/uL"), Lab.Result("777-3", 61, "10*3/uL"));
        Assert.Equal(urgent, WorkUpRules.Findings(snapshot.Situation(problems: [problem])).Any(f => f.Rule == "N-URGENT"));
    }

    [Fact]
    public void Suspected_APL_on_the_problem_list_is_urgent()
    {
        var snapshot = Patients.Snapshot(Patients.Chart() with { Conditions = [Patients.Condition("Suspected acute promyelocytic leukaemia")] }, indication: "unexplained-cytopenia").With(Hb(9));
        Assert.Contains(Findings(snapshot), f => f.Rule == "N-URGENT");
        var refuted = Patients.Condition("Suspected acute promyelocytic leukaemia") with { VerificationStatus = "refuted" };
        Assert.DoesNotContain(Findings(snapshot with { Chart = snapshot.Chart with { Conditions = [refuted] } }), f => f.Rule == "N-URGENT");
    }

    [Fact]
    public void A_list_for_unexplained_cytopenia_holds_the_core_tests_and_those_for_cytopenias()
    {
        var rules = Run([Hb(9), Lab.Result("787-2", 97, "fL")], "unexplained-cytopenia").Where(f => f.Rule.StartsWith("W-")).ToList();
        Assert.All(rules, f => Assert.Equal(Severity.Info, f.Severity));
        Assert.Superset(new HashSet<string> { "W-SMEAR", "W-B12", "W-FOL", "W-CU", "W-VIRO", "W-MEDS" }, rules.Select(f => f.Rule).ToHashSet());
        Assert.DoesNotContain(rules, f => f.Rule is "W-SPEP" or "W-PARVO");
    }

    [Theory]
    [InlineData(70, 65.0, 90.0, "normo")]
    [InlineData(60, 65.0, 90.0, "micro")]
    [InlineData(95, 65.0, 90.0, "macro")]
    [InlineData(70, null, null, null)]
    public void A_child_s_MCV_is_set_against_the_laboratory_s_range(double mcv, double? low, double? high, string? branch)
    {
        var record = Lab.Result("787-2", (decimal)mcv, "fL");
        if (low is not null) record = record with { Ranges = [new((decimal)low, (decimal)high!, null, null, null)] };
        var picture = new Picture(Patients.Snapshot(birth: "2020-01-01").With(record).Situation());
        var met = ((string[])["micro", "normo", "macro"]).Where(b => picture.Meets(new When([[Knowledge.P1.WorkUp.Triggers[b]]])) is not null);
        Assert.Equal(branch is null ? [] : [branch], met);
    }

    [Fact]
    public void A_child_s_ferritin_is_set_against_the_laboratory_s_range()
    {
        IEnumerable<Finding> Of(decimal? low) => Findings(Patients.Snapshot(indication: "unexplained-anaemia", birth: "2018-01-01").With(
            Hb(9), Lab.Result("2276-4", 30, "ng/mL") with { Ranges = low is null ? [] : [new(low, 140, null, null, null)] }));
        Assert.DoesNotContain(Of(null), f => f.Rule == "X-CAUSE");
        Assert.DoesNotContain(Of(10), f => f.Rule == "X-CAUSE");
        Assert.Contains(Of(35), f => f.Subject == "iron-deficiency");
    }

    /// <summary>"HIV" as a word, at the beginning or further on, and not as letters of another one.</summary>
    [Theory]
    [InlineData("HIV infection", true)]
    [InlineData("Asymptomatic HIV infection", true)]
    [InlineData("Archived problem: HIV infection", true)]
    [InlineData("Archived problem", false)]
    [InlineData("Family history of HIV", false)]
    public void A_risk_on_record_asks_for_a_viral_screen(string problem, bool asked)
    {
        var snapshot = Patients.Snapshot(Patients.Chart() with { Conditions = [Patients.Condition(problem)] }, indication: "unexplained-anaemia").With([.. Core()]);
        Assert.Equal(asked, Findings(snapshot).Any(f => f is { Rule: "W-VIRO", Severity: Severity.Info }));
    }

    [Fact]
    public void Findings_leave_no_blank_and_each_has_facts_and_citations()
    {
        foreach (var indication in (string[])["unexplained-anaemia", "unexplained-cytopenia", "lymphoma-staging", "acute-leukaemia"])
            foreach (var finding in Run([Hb(8), Lab.Result("787-2", 104, "fL"), Lab.Result("2276-4", 9, "ng/mL", "2025-01-01"), Lab.Result("2132-9", 150, "pg/mL")], indication))
            {
                Assert.NotEmpty(finding.Because);
                Assert.NotEmpty(finding.Citations);
                Assert.DoesNotContain("{", finding.Title + finding.Detail);
                Assert.DoesNotContain("  ", finding.Detail);
                if (finding.Rule == "X-CAUSE") Assert.False(char.IsLower(finding.Detail[0]), finding.Detail);
                Assert.DoesNotContain(finding.Citations, c => !Knowledge.P1.Citations.ContainsKey(c));
            }
    }

    /// <summary>Every core test valid and benign (CORE-OK of the worked cases).</summary>
    private static IEnumerable<ResultRecord> Core(double mcv = 88) =>
    [
        Hb(10.2), Lab.Result("4544-3", 30.6m, "%"), Lab.Result("787-2", (decimal)mcv, "fL"), Lab.Result("788-0", 13.8m, "%"), Lab.Result("6690-2", 5.6m, "10*3/uL"), Lab.Result("777-3", 210, "10*3/uL"),
        Lab.Result("751-8", 3.4m, "10*3/uL"), Lab.Result("17849-1", 0.9m, "%"), Lab.Words("5909-7", "Normocytic red cells, no schistocytes. No blasts, no dysplasia."),
        Lab.Result("2276-4", 180, "ng/mL"), Lab.Result("2498-4", 84, "ug/dL"), Lab.Result("2500-7", 300, "ug/dL"), Lab.Result("2132-9", 450, "pg/mL"), Lab.Result("2284-8", 9, "ng/mL"),
        Lab.Result("2160-0", 0.9m, "mg/dL"), Lab.Result("1742-6", 22, "U/L"), Lab.Result("1975-2", 0.6m, "mg/dL"), Lab.Result("2532-0", 190, "U/L"), Lab.Result("1988-5", 3, "mg/L"), Lab.Result("3016-3", 2, "m[IU]/L"),
    ];

    private static ResultRecord Hb(double gPerDl) => Lab.Result("718-7", (decimal)gPerDl, "g/dL");

    private static ImmutableArray<Finding> Run(IEnumerable<ResultRecord> results, string indication = "unexplained-anaemia") =>
        Findings(Patients.Snapshot(indication: indication).With([.. results]));

    private static ImmutableArray<Finding> Findings(Snapshot snapshot) => [.. WorkUpRules.Findings(snapshot.Situation())];
}
