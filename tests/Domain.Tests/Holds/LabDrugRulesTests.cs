using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.Holds;

public class LabDrugRulesTests
{
    [Theory]
    [InlineData("apixaban", true)]
    [InlineData("enoxaparin", true)]
    [InlineData("fondaparinux", true)]
    [InlineData("warfarin", false)]
    [InlineData("bivalirudin", false)]
    [InlineData("naproxen", false)]
    public void A_missing_clearance_matters_where_the_hold_depends_on_it(string drug, bool matters)
    {
        var patient = new DrugCase { CrCl = null, Medicines = [Drug(drug)] };
        var missing = patient.Find("L-CRCL-MISSING");
        Assert.Equal(matters, missing is not null);
        Assert.Equal(matters, patient.Find("R-HOLD")!.Provisional);
        if (matters) Assert.Equal((Severity.High, FindingAction.OrderTest, "creatinine-clearance"), (missing!.Severity, missing.Action, missing.Subject));
    }

    [Fact]
    public void On_dialysis_the_clearance_is_not_missing()
    {
        var patient = new DrugCase { CrCl = null, Medicines = [Drug("apixaban")], Conditions = [Condition("Haemodialysis")] };
        Assert.Null(patient.Find("L-CRCL-MISSING"));
        Assert.Equal(FindingAction.AskSpecialist, patient.Find("R-HOLD")!.Action);
    }

    [Theory]
    [InlineData("dabigatran", "P1", "52.5", true)]
    [InlineData("dabigatran", "P1", "52.51", false)]
    [InlineData("dabigatran", "P1", "47.5", true)]
    [InlineData("apixaban", "P1", "50", false)] // the hold does not change at 50
    [InlineData("apixaban", "P3", "50", true)]
    [InlineData("apixaban", "P1", "32.5", true)]
    [InlineData("apixaban", "P1", "27.4", false)]
    [InlineData("enoxaparin", "P1", "27.94", true)]
    [InlineData("fondaparinux", "P1", "46.35", false)]
    [InlineData("warfarin", "P1", "30", false)]
    public void An_edge_is_near_only_where_this_hold_changes(string drug, string preset, string clearance, bool near) =>
        Assert.Equal(near, new DrugCase { Preset = preset, CrCl = decimal.Parse(clearance), Medicines = [Drug(drug)] }.Find("L-CRCL-EDGE") is not null);

    [Theory]
    [InlineData("1951-03-18", Sex.Female, 60, true)]
    [InlineData("1951-03-19", Sex.Female, 60, false)]
    [InlineData("1951-03-18", Sex.Male, 60, false)]
    [InlineData("1951-03-18", Sex.Male, 49, true)]
    [InlineData("1966-03-18", Sex.Female, 50, false)]
    [InlineData("1966-03-18", Sex.Female, 49, true)]
    public void Two_factors_for_residual_levels_suggest_two_days(string birth, Sex sex, int clearance, bool said) =>
        Assert.Equal(said, new DrugCase { Birth = birth, Sex = sex, CrCl = clearance, Medicines = [Drug("rivaroxaban")] }.Find("DOAC-LONGER") is not null);

    [Fact]
    public void A_hold_that_is_longer_already_is_not_lengthened() =>
        Assert.Null(new DrugCase { Birth = "1940-01-01", Sex = Sex.Female, CrCl = 40, Medicines = [Drug("dabigatran")] }.Find("DOAC-LONGER"));

    [Theory]
    [InlineData(null, true)]
    [InlineData("2026-03-16", true)]
    [InlineData("2026-03-17", false)]
    [InlineData("2026-03-18", false)]
    public void An_INR_is_due_the_day_before_until_it_is_there(string? inr, bool due)
    {
        var patient = new DrugCase { AsOf = "2026-03-11", Medicines = [Drug("warfarin")], Labs = inr is null ? [] : [Lab("inr", 2.6m, inr, "1")] };
        var finding = patient.Find("L-INR-D1");
        Assert.Equal(due, finding is not null);
        if (due) Assert.Equal((Severity.High, FindingAction.OrderTest, "inr", new DateOnly(2026, 3, 17)), (finding!.Severity, finding.Action, finding.Subject, finding.TestDueDate));
    }

    [Fact]
    public void Phenprocoumon_asks_for_a_second_INR() =>
        Assert.Contains("Sunday 15 March 2026", new DrugCase { Medicines = [Drug("phenprocoumon")] }.Find("L-INR-D1")!.Detail);

    [Theory]
    [InlineData("2026-03-04", true)]
    [InlineData("2026-03-03", false)]
    public void A_vitamin_K_antagonist_that_was_just_stopped_still_needs_its_INR(string end, bool due) =>
        Assert.Equal(due, new DrugCase { Medicines = [Drug("warfarin", UseState.Ended) with { ExposureEnd = DateOnly.Parse(end) }] }.Find("L-INR-D1") is not null);

    [Theory]
    [InlineData("Heparin-induced thrombocytopenia", null, Severity.Info)]
    [InlineData("Heparin-induced thrombocytopenia", "enoxaparin", Severity.Moderate)]
    [InlineData("HIT", null, Severity.Info)]
    [InlineData("HIT antibody negative", null, null)]
    [InlineData("Hit by car", null, null)]
    public void HIT_forbids_heparin(string condition, string? drug, Severity? severity) =>
        Assert.Equal(severity, new DrugCase { Conditions = [Condition(condition, "2024-01-01", status: "resolved")], Medicines = drug is null ? [] : [Drug(drug)] }.Find("B-HIT")?.Severity);

    [Fact]
    public void Refractory_platelets_need_a_plan() =>
        Assert.Equal(Severity.High, new DrugCase { Conditions = [Condition("Platelet transfusion refractoriness")] }.Find("B-REFRACT")!.Severity);

    [Theory]
    [InlineData("Von Willebrand disease type 1", "inactive", true)]
    [InlineData("Disseminated intravascular coagulation", "active", true)]
    [InlineData("Disseminated intravascular coagulation", "resolved", false)]
    [InlineData("Factor VII deficiency", "active", true)]
    [InlineData("Factor V Leiden", "active", false)]
    [InlineData("Family history of haemophilia", "active", false)]
    [InlineData("Glanzmann thrombasthenia", "active", true)]
    [InlineData("Hemofili A", "active", true)]
    public void A_bleeding_disorder_is_critical_unless_an_acquired_one_is_over(string condition, string status, bool critical) =>
        Assert.Equal(critical, new DrugCase { Conditions = [Condition(condition, status: status)] }.Find("B-DISORDER") is not null);

    [Theory]
    [InlineData("P1", "Polycythaemia vera", "p3", true)]
    [InlineData("P3", "Polycythaemia vera", "p3", false)]
    [InlineData("P1", "Hemodialysis", "p3", true)]
    [InlineData("P1", "Hypothyroidism", "p3", false)]
    public void Another_preset_is_suggested_and_never_switched(string preset, string condition, string subject, bool said) =>
        Assert.Equal(said, new DrugCase { Preset = preset, Conditions = [Condition(condition)] }.Find("P-PRESET", subject) is not null);

    [Theory]
    [InlineData("aspirin", "clopidogrel", true)]
    [InlineData("aspirin", "ibuprofen", true)]
    [InlineData("ibuprofen", "naproxen", false)]
    [InlineData("aspirin", "celecoxib", false)]
    [InlineData("apixaban", "sertraline", false)]
    public void Several_medicines_against_platelets_suggest_the_careful_preset(string a, string b, bool said) =>
        Assert.Equal(said, new DrugCase { Medicines = [Drug(a), Drug(b)] }.Find("P-PRESET", "p3") is not null);

    [Theory]
    [InlineData("egfr", "14.9", true)]
    [InlineData("egfr", "15", false)]
    [InlineData("platelets", "49", true)]
    [InlineData("platelets", "50", false)]
    public void Uraemia_and_few_platelets_under_an_antithrombotic_suggest_it_too(string analyte, string value, bool said) =>
        Assert.Equal(said, new DrugCase { Medicines = [Drug("apixaban")], Labs = [Lab(analyte, decimal.Parse(value))] }.Find("P-PRESET", "p3") is not null);

    [Fact]
    public void High_risk_suggests_the_preset_that_interrupts_least()
    {
        var patient = new DrugCase { Medicines = [Drug("warfarin")], Conditions = [Condition("Mechanical mitral valve", "2010-01-01")] };
        Assert.NotNull(patient.Find("P-PRESET", "p2"));
        Assert.NotNull((patient with { Medicines = [], AspirateOnly = true }).Find("P-PRESET", "p2"));
        Assert.Null((patient with { Preset = "P2" }).Find("P-PRESET", "p2"));
    }
}
