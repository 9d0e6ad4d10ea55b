using System.Collections.Immutable;
using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.Holds;

public class CombinationTests
{
    private static readonly Medicine Prophylactic = Drug("enoxaparin") with { DosePerTake = 40, DoseUnit = "mg", TakesPerDay = 1 };
    private static readonly Medicine Therapeutic = Drug("enoxaparin") with { DosePerTake = 80, DoseUnit = "mg", TakesPerDay = 2 };

    [Fact]
    public void Two_anticoagulants_are_critical_and_each_keeps_provisional_dates()
    {
        var patient = new DrugCase { Medicines = [Drug("warfarin"), Drug("apixaban")] };
        var duplicate = patient.Find("X-DUP")!;
        Assert.Equal((Severity.Critical, "apixaban+warfarin", FindingAction.AskSpecialist, null), (duplicate.Severity, duplicate.Subject, duplicate.Action, duplicate.LastDoseDate));
        foreach (var drug in (string[])["warfarin", "apixaban"])
            Assert.True(patient.Find("R-HOLD", drug) is { Provisional: true, LastDoseDate: not null });
    }

    [Fact]
    public void With_a_high_risk_the_dates_still_stand_on_a_hold_and_agree()
    {
        var patient = new DrugCase { Medicines = [Drug("warfarin"), Drug("apixaban")], Conditions = [Condition("Mechanical mitral valve", "2010-01-01")] };
        Assert.Equal(patient.Find("T-HIGH", "warfarin")!.LastDoseDate, patient.Find("R-HOLD", "warfarin")!.LastDoseDate);
    }

    [Fact]
    public void A_prophylactic_heparin_beside_an_anticoagulant_is_high_and_dates_are_plain()
    {
        var patient = new DrugCase { Medicines = [Drug("warfarin"), Prophylactic] };
        Assert.Equal(Severity.High, patient.Find("X-DUP")!.Severity);
        Assert.False(patient.Find("R-HOLD", "warfarin")!.Provisional);
        Assert.Equal(Severity.Critical, new DrugCase { Medicines = [Drug("warfarin"), Therapeutic] }.Find("X-DUP")!.Severity);
    }

    [Theory]
    [InlineData("2026-03-02", Severity.High)]
    [InlineData("2026-03-01", Severity.Critical)]
    public void An_overlap_of_less_than_ten_days_is_usual(string started, Severity severity)
    {
        var warfarin = Drug("warfarin") with { Sources = [new Fact("MedicationRequest/w", "warfarin", Date: DateOnly.Parse(started))] };
        Assert.Equal(severity, new DrugCase { Medicines = [warfarin, Therapeutic] }.Find("X-DUP")!.Severity);
    }

    [Fact]
    public void Only_what_reaches_the_body_counts()
    {
        var flush = Drug("heparin") with { Systemic = false };
        Assert.Null(new DrugCase { Medicines = [Drug("warfarin"), flush] }.Find("X-DUP"));
        Assert.Null(new DrugCase { Medicines = [Drug("warfarin"), Drug("apixaban", UseState.Ended) with { ExposureEnd = new DateOnly(2026, 1, 1) }] }.Find("X-DUP"));
    }

    [Theory]
    [InlineData("apixaban", "clopidogrel", true)]
    [InlineData("apixaban", "aspirin", true)]
    [InlineData("aspirin", "ticagrelor", true)]
    [InlineData("ibrutinib", "aspirin", true)]
    [InlineData("ibrutinib", "apixaban", true)]
    [InlineData("ibrutinib", "acalabrutinib", false)]
    [InlineData("warfarin", "apixaban", false)]
    [InlineData("apixaban", "ibuprofen", false)]
    [InlineData("apixaban", "sertraline", false)]
    public void Effects_that_add_up(string a, string b, bool said)
    {
        var finding = new DrugCase { Medicines = [Drug(a), Drug(b)] }.Find("D-COMBO");
        Assert.Equal(said ? string.Join('+', ((string[])[a, b]).Order(StringComparer.Ordinal)) : null, finding?.Subject);
        Assert.Equal(said ? Severity.Moderate : null, finding?.Severity);
    }

    /// <summary>Adding an antithrombotic never removes a finding about another.</summary>
    [Fact]
    public void Another_antithrombotic_takes_nothing_away()
    {
        string[] drugs = ["warfarin", "apixaban", "enoxaparin", "clopidogrel", "aspirin", "ibrutinib", "eptifibatide", "cilostazol", "alteplase"];
        ImmutableArray<ConditionRecord>[] histories = [[], [Condition("Atrial fibrillation"), Condition("Ischemic stroke", "2026-02-01")], [Condition("Coronary stent", "2026-01-01")]];
        foreach (var history in histories)
            foreach (var asOf in (string[])["2026-03-01", "2026-03-17"])
                foreach (var first in drugs)
                    foreach (var second in drugs.Where(d => d != first))
                    {
                        var alone = new DrugCase { AsOf = asOf, Conditions = history, Medicines = [Drug(first)] };
                        var both = alone with { Medicines = [Drug(first), Drug(second)] };
                        var lost = alone.Findings().Where(f => f.Subject == first).Select(f => (f.Rule, f.Subject)).Except(both.Findings().Select(f => (f.Rule, f.Subject)));
                        Assert.True(!lost.Any(), $"{first} + {second} loses {string.Join(", ", lost)}");
                    }
    }

    [Fact]
    public void No_two_findings_on_a_medicine_disagree_about_dates()
    {
        string[] drugs = ["warfarin", "apixaban", "enoxaparin", "clopidogrel", "aspirin", "ibrutinib", "naproxen", "alteplase"];
        foreach (var asOf in (string[])["2026-03-01", "2026-03-17"])
            foreach (var first in drugs)
                foreach (var second in drugs.Where(d => d != first))
                    foreach (var group in new DrugCase { AsOf = asOf, CrCl = 12, Medicines = [Drug(first), Drug(second)], Conditions = [Condition("Atrial fibrillation"), Condition("PE", "2026-02-01")] }.Findings()
                        .Where(f => f.LastDoseDate is not null).GroupBy(f => f.Subject))
                        Assert.Single(group.Select(f => (f.LastDoseDate, f.LastDoseAt)).Distinct());
    }
}
