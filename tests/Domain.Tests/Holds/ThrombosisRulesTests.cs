using System.Collections.Immutable;
using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.Holds;

public class ThrombosisRulesTests
{
    private static DrugCase On(string drug, params ConditionRecord[] conditions) => new() { Medicines = [Drug(drug)], Conditions = [.. conditions] };

    private static string Risk(DrugCase patient) =>
        patient.Find("T-HIGH") is not null ? "high" : patient.Find("T-MOD") is not null ? "moderate" : patient.Find("BRIDGE-NO") is not null ? "bridge-no" : "none";

    /// <summary>D0 is 18 March 2026: three calendar months back is 18 December 2025.</summary>
    [Theory]
    [InlineData("2025-12-17", "bridge-no")]
    [InlineData("2025-12-18", "high")]
    [InlineData("2026-02-18", "high")]
    [InlineData("2025-12", "high")] // stands for every day of December
    [InlineData("2025-11", "bridge-no")]
    [InlineData("2025", "high")]
    [InlineData("2024", "bridge-no")]
    [InlineData(null, "moderate")]
    public void A_clot_by_its_date(string? onset, string risk) => Assert.Equal(risk, Risk(On("apixaban", Condition("Pulmonary embolism", onset))));

    [Fact]
    public void Month_ends_are_calendar_months()
    {
        // 30 November + 3 months = 28 February.
        var patient = On("apixaban", Condition("DVT", "2025-11-30"));
        Assert.NotNull((patient with { D0 = "2026-02-28", AsOf = "2026-02-20" }).Find("T-HIGH"));
        Assert.Null((patient with { D0 = "2026-03-01", AsOf = "2026-02-20" }).Find("T-HIGH"));
    }

    [Fact]
    public void A_recent_clot_keeps_provisional_dates_and_says_until_when()
    {
        var patient = new DrugCase { D0 = "2026-07-15", AsOf = "2026-07-08", Medicines = [Drug("rivaroxaban")], Conditions = [Condition("Pulmonary embolism", "2026-06-03")] };
        var high = patient.Find("T-HIGH")!;
        Assert.Equal((Severity.Critical, FindingAction.AskSpecialist, true), (high.Severity, high.Action, high.Provisional));
        Assert.Equal((new DateOnly(2026, 7, 13), new DateOnly(2026, 7, 14), 1, new DateOnly(2026, 7, 16)), (high.LastDoseDate, high.FirstDrugFreeDate, high.DrugFreeDays, high.ResumeDate));
        Assert.Contains("3 September 2026", high.Detail);
        foreach (var option in (string[])["defer", "P2", "bridging", "CHEST suggests bridging"]) Assert.Contains(option, high.Detail);
        Assert.Null(patient.Find("R-HOLD"));
        Assert.Null(patient.Find("BRIDGE-NO"));
    }

    [Theory]
    [InlineData("2026-02-18", true)]
    [InlineData("2026-02-17", false)]
    public void In_the_first_month_deferral_or_a_filter_is_raised(string onset, bool filter) =>
        Assert.Equal(filter, On("apixaban", Condition("DVT", onset)).Find("T-HIGH")!.Detail.Contains("filter", StringComparison.Ordinal));

    /// <summary>An entry is not earlier than its event.</summary>
    [Theory]
    [InlineData("Pulmonary embolism", "2025-12-17", "bridge-no")]
    [InlineData("Pulmonary embolism", "2026-03-01", "high")]
    [InlineData("History of pulmonary embolism", "2026-03-01", "moderate")]
    public void Without_a_date_the_day_of_the_entry_is_the_latest_that_it_can_be(string text, string recorded, string risk) =>
        Assert.Equal(risk, Risk(On("apixaban", Condition(text, recorded: recorded))));

    [Fact]
    public void A_dated_clot_explains_an_undated_entry() =>
        Assert.Equal("bridge-no", Risk(On("apixaban", Condition("DVT", "2019-05-01"), Condition("Deep vein thrombosis"))));

    [Theory]
    [InlineData("2025-09-10", "Breast cancer, on treatment", "active", "moderate")]
    [InlineData("2025-09-10", "Breast cancer", "remission", "bridge-no")]
    [InlineData("2025-09-10", "History of breast cancer", "active", "bridge-no")]
    [InlineData("2025-09-10", "Family history of breast cancer", "active", "bridge-no")]
    public void An_older_clot_with_active_cancer_is_moderate(string onset, string cancer, string status, string risk) =>
        Assert.Equal(risk, Risk(On("apixaban", Condition("DVT", onset), Condition(cancer, status: status))));

    [Theory]
    [InlineData("Mechanical mitral valve", "high")]
    [InlineData("Mechanical tricuspid valve, bileaflet", "high")]
    [InlineData("Starr-Edwards caged ball valve, aortic position", "high")]
    [InlineData("Björk-Shiley tilting disc aortic valve", "high")]
    [InlineData("Prosthetic heart valve", "high")]
    [InlineData("Aortic valve replacement", "high")]
    [InlineData("Mechanical aortic valve", "high")] // type not said
    [InlineData("Mechanical bileaflet aortic valve", "moderate")]
    [InlineData("St. Jude bileaflet mechanical aortic valve", "moderate")]
    [InlineData("Bioprosthetic mitral valve", "none")]
    [InlineData("Status post TAVR", "none")]
    [InlineData("Válvula mecánica mitral", "high")]
    [InlineData("Mekanik mitral kapak", "high")]
    [InlineData("Mitral valve repair", "none")]
    [InlineData("No mechanical valve", "none")]
    public void Valves_by_type_and_position(string valve, string risk) => Assert.Equal(risk, Risk(On("warfarin", Condition(valve, "2010-01-01"))));

    [Theory]
    [InlineData("Atrial fibrillation", true)]
    [InlineData("Hypertension", true)]
    [InlineData("Diabetes mellitus type 2", true)]
    [InlineData("Heart failure", true)]
    [InlineData("TIA", true)]
    [InlineData("Pulmonary hypertension", false)]
    public void A_bileaflet_aortic_valve_with_a_risk_factor_is_high(string factor, bool high) =>
        Assert.Equal(high, On("warfarin", Condition("Mechanical bileaflet aortic valve", "2010-01-01"), Condition(factor, "2001-01-01")).Find("T-HIGH") is not null);

    [Fact]
    public void What_several_entries_say_of_one_valve_counts_together()
    {
        var patient = On("warfarin", Condition("Presence of prosthetic heart valve", codes: new Code(ProblemCatalogue.Icd10Cm, "Z95.2"))) with
        {
            Procedures = [Procedure("Mechanical aortic valve replacement", "2010-01-01"), Procedure("Bileaflet mechanical valve", device: true)],
        };
        Assert.Equal("moderate", Risk(patient));
    }

    [Theory]
    [InlineData("2025-12-18", true)]
    [InlineData("2025-12-17", false)]
    public void A_new_mechanical_valve_is_high_for_three_months(string placed, bool high) =>
        Assert.Equal(high, (On("warfarin") with { Procedures = [Procedure("Bileaflet mechanical aortic valve replacement", placed)] }).Find("T-HIGH") is not null);

    [Theory]
    [InlineData(6, "bridge-no")]
    [InlineData(7, "high")]
    public void Atrial_fibrillation_by_its_recorded_score(int score, string risk) =>
        Assert.Equal(risk, Risk(On("apixaban", Condition("Atrial fibrillation")) with { Results = [Score("CHA2DS2-VASc score", score)] }));

    [Theory]
    [InlineData(4, "bridge-no")]
    [InlineData(5, "high")]
    public void CHADS2_from_five(int score, string risk) =>
        Assert.Equal(risk, Risk(On("apixaban", Condition("Atrial fibrillation")) with { Results = [Score("CHADS2", score)] }));

    [Fact]
    public void A_score_that_is_recorded_too_low_yields_to_what_is_on_record()
    {
        // 76 years (2), female (1), heart failure (1), hypertension (1), diabetes (1), old myocardial infarction (1): 7.
        ConditionRecord[] all = [Condition("Atrial fibrillation"), Condition("Heart failure"), Condition("Hypertension"), Condition("Diabetes"), Condition("Myocardial infarction", "2015-01-01")];
        var patient = On("apixaban", all) with { Birth = "1950-03-18", Sex = Sex.Female, Results = [Score("CHA₂DS₂-VASc", 3)] };
        Assert.Equal("high", Risk(patient));
        Assert.Equal("bridge-no", Risk(patient with { Sex = Sex.Male }));
        Assert.Equal("bridge-no", Risk(patient with { Conditions = [.. all[..4]] }));
    }

    [Theory]
    [InlineData("Antiphospholipid syndrome", "high")]
    [InlineData("Protein S deficiency", "high")]
    [InlineData("Homozygous factor V Leiden", "high")]
    [InlineData("Factor V Leiden, heterozygous", "moderate")]
    [InlineData("Left ventricular thrombus", "high")]
    [InlineData("LVAD in place", "high")]
    [InlineData("Rheumatic mitral stenosis", "high")]
    [InlineData("Nonrheumatic mitral valve insufficiency", "none")]
    public void Other_reasons(string condition, string risk) => Assert.Equal(risk, Risk(On("warfarin", Condition(condition))));

    /// <summary>Evidence 7.1 rule 6.</summary>
    [Theory]
    [InlineData("clopidogrel", "2025-12-18", true)]
    [InlineData("clopidogrel", "2025-12-17", false)]
    [InlineData("aspirin", "2026-02-01", true)]
    [InlineData("aspirin", "2025-02-01", false)]
    [InlineData("apixaban", "2026-02-01", true)]
    [InlineData("ibuprofen", "2026-02-01", false)]
    public void A_recent_stroke_is_high_for_antiplatelets_too(string drug, string onset, bool high) =>
        Assert.Equal(high, On(drug, Condition("Ischaemic stroke", onset)).Find("T-HIGH") is not null);

    [Theory]
    [InlineData("2025-03-17", false)]
    [InlineData("2025-03-18", true)]
    [InlineData("2025-03", true)]
    public void A_coronary_stent_within_twelve_months_gives_no_date(string placed, bool inside)
    {
        var patient = new DrugCase { Medicines = [Drug("clopidogrel"), Drug("aspirin")], Procedures = [Procedure("PCI with drug-eluting stent to the LAD", placed)] };
        var stent = patient.Find("S-STENT")!;
        Assert.Equal((inside ? Severity.Critical : Severity.Moderate, FindingAction.AskSpecialist), (stent.Severity, stent.Action));
        Assert.Null(stent.LastDoseDate);
        Assert.Equal(!inside, patient.Find("R-HOLD", "clopidogrel") is { LastDoseDate: not null, Provisional: false });
        Assert.DoesNotContain(patient.Findings(), f => inside && f.Subject == "clopidogrel" && (f.LastDoseDate is not null || f.EarliestProcedureDate is not null || f.ResumeDate is not null));
        Assert.Equal(FindingAction.Continue, patient.Find("R-CONT", "aspirin")!.Action);
        Assert.NotNull(patient.Find("D-COMBO", "aspirin+clopidogrel"));
    }

    [Fact]
    public void A_protected_stent_gives_no_date_even_when_too_late_or_after_a_stroke()
    {
        var patient = new DrugCase { AsOf = "2026-03-17", Medicines = [Drug("clopidogrel")], Procedures = [Procedure("Coronary stent", "2026-01-01")], Conditions = [Condition("Ischemic stroke", "2026-02-01")] };
        Assert.DoesNotContain(patient.Findings(), f => f.LastDoseDate is not null || f.EarliestProcedureDate is not null);
        Assert.NotNull(patient.Find("T-HIGH"));
        var stopped = patient with { Medicines = [Drug("clopidogrel", UseState.Ended) with { ExposureEnd = new DateOnly(2026, 3, 16) }] };
        Assert.DoesNotContain(stopped.Findings(), f => f.LastDoseDate is not null || f.EarliestProcedureDate is not null);
        Assert.Equal(Severity.Critical, stopped.Find("S-STENT")!.Severity);
    }

    [Theory]
    [InlineData("Presence of coronary stent", null, Severity.Critical)]
    [InlineData("Coronary stent", "2014-01-01", Severity.Moderate)]
    [InlineData("Stent placement", "2026-01-01", Severity.Critical)] // vessel not said
    [InlineData("Acute coronary syndrome", "2026-01-01", Severity.Critical)]
    [InlineData("Carotid stent", "2025-09-18", Severity.Critical)]
    [InlineData("Carotid stent", "2025-09-17", null)]
    [InlineData("Flow diverter, left internal carotid", null, Severity.Critical)]
    [InlineData("Ureteral stent", "2026-01-01", null)]
    [InlineData("Biliary stent", "2026-01-01", null)]
    [InlineData("No stent", null, null)]
    [InlineData("Stent farmacoactivo en la coronaria derecha", "2026-01-01", Severity.Critical)]
    [InlineData("İlaç salınımlı stent", "2026-01-01", Severity.Critical)]
    public void Stents_by_kind_and_date(string text, string? onset, Severity? severity) =>
        Assert.Equal(severity, On("clopidogrel", Condition(text, onset)).Find("S-STENT")?.Severity);

    [Fact]
    public void A_dated_stent_explains_an_implant_without_a_date() =>
        Assert.Equal(Severity.Moderate, (On("clopidogrel") with { Procedures = [Procedure("Coronary stent", "2015-01-01"), Procedure("Drug-eluting coronary stent", device: true)] }).Find("S-STENT")!.Severity);

    [Fact]
    public void High_risk_under_too_late_is_provisional()
    {
        var patient = On("warfarin", Condition("Mechanical mitral valve", "2010-01-01")) with { AsOf = "2026-03-16" };
        Assert.Equal((true, new DateOnly(2026, 3, 22)), (patient.Find("LATE")!.Provisional, patient.Find("LATE")!.EarliestProcedureDate));
        Assert.Equal(new DateOnly(2026, 3, 17), patient.Find("T-HIGH")!.TestDueDate);
    }

    [Theory]
    [InlineData("Mechanical mitral valve", "2010-01-01", null, true)]
    [InlineData("Atrial fibrillation", null, null, true)]
    [InlineData("Atrial fibrillation", null, "aspirin", false)]
    [InlineData("Mechanical mitral valve", "2010-01-01", "aspirin", true)] // aspirin is not what a valve needs
    [InlineData("Mechanical mitral valve", "2010-01-01", "warfarin", false)]
    [InlineData("Pulmonary embolism", "2026-02-01", null, true)]
    [InlineData("Pulmonary embolism", "2024-02-01", null, false)]
    [InlineData("Coronary stent", "2026-02-01", null, true)]
    [InlineData("Coronary stent", "2020-02-01", null, false)]
    [InlineData("Long term (current) use of anticoagulants", null, null, true)]
    [InlineData("Long term (current) use of anticoagulants", null, "apixaban", false)]
    [InlineData("Family history of atrial fibrillation", null, null, false)]
    public void An_expected_medicine_that_is_not_seen_forbids_ready(string condition, string? onset, string? drug, bool asked)
    {
        var situation = new DrugCase { Conditions = [Condition(condition, onset)], Medicines = drug is null ? [] : [Drug(drug)] }.Situation();
        var notSeen = ExpectedMedicines.NotSeen(situation).ToImmutableArray();
        Assert.Equal(asked, notSeen.Length > 0);
        Assert.All(notSeen, n => Assert.Equal(MightHide.Antithrombotic, n.Hides));
    }
}
