using System.Collections.Immutable;
using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.Holds;

/// <summary>What must hold of every drug finding, whatever the medicine, preset, use, clearance and history.</summary>
public class EveryMedicineTests
{
    private static readonly ImmutableArray<ImmutableArray<ConditionRecord>> Histories =
    [
        [],
        [Condition("Atrial fibrillation"), Condition("Ischemic stroke", "2026-02-01"), Condition("Mechanical mitral valve", "2015-01-01")],
        [Condition("Coronary stent", "2026-01-01"), Condition("DVT", "2025-01-01"), Condition("Breast cancer")],
        [Condition("Coronary stent", "2016-01-01"), Condition("Haemophilia A"), Condition("Haemodialysis"), Condition("HIT", "2020-01-01")],
    ];

    public static TheoryData<string> Ingredients => [.. Knowledge.P1.Medicines.Rows.Keys];

    [Theory]
    [MemberData(nameof(Ingredients))]
    public void Findings_are_complete_and_agree(string ingredient)
    {
        foreach (var preset in PolicySet.Presets)
            foreach (var use in Enum.GetValues<UseState>())
                foreach (var history in Histories)
                    foreach (var (asOf, end) in ((string, string)[])[("2026-03-01", "2026-02-20"), ("2026-03-17", "2026-03-16")])
                    {
                        var medicine = Drug(ingredient, use) with { ExposureEnd = use is UseState.Ended or UseState.OnHold ? DateOnly.Parse(end) : null };
                        var patient = new DrugCase { Preset = preset, AsOf = asOf, Conditions = history, Medicines = [medicine], CrCl = use == UseState.AsNeeded ? null : 45 };
                        var policy = Knowledge.Policies.ById[preset];
                        var findings = patient.Findings();
                        var biopsy = patient.Situation().Snapshot.Biopsy;
                        foreach (var finding in findings)
                        {
                            var what = $"{ingredient} {preset} {use} {asOf}: {finding.Rule} {finding.Title} | {finding.Detail}";
                            Assert.True(finding.Because.Length > 0, what);
                            Assert.True(finding.Citations.Length > 0 && finding.Citations.All(policy.Citations.ContainsKey), what);
                            Assert.True(finding.Title.Length is > 0 and <= 130 && !finding.Title.Contains('\n', StringComparison.Ordinal), what);
                            Assert.True(finding.Detail.Length > 0 && finding.Detail.EndsWith('.') && !finding.Detail.Contains('{', StringComparison.Ordinal) && !finding.Detail.Contains("..", StringComparison.Ordinal) && !finding.Detail.Contains("  ", StringComparison.Ordinal), what);
                            Assert.True(finding.LastDoseDate is null || finding.LastDoseDate < biopsy.Date || finding.LastDoseAt < biopsy.At, what);
                            Assert.True(finding.FirstDrugFreeDate is null || finding.LastDoseDate?.AddDays(1) == finding.FirstDrugFreeDate, what);
                            Assert.True(finding.EarliestProcedureDate is null || finding.EarliestProcedureDate > biopsy.Date, what);
                            if (finding.Rule == "S-STENT") Assert.True(finding is { LastDoseDate: null, ResumeDate: null, EarliestProcedureDate: null }, what);
                            if (finding is { Severity: Severity.Critical, LastDoseDate: not null }) Assert.True(finding.Provisional, what);
                        }
                        Assert.All(findings.Where(f => f.LastDoseDate is not null && f.Rule != "R-NOTE").GroupBy(f => (f.Rule, f.Subject)), g => Assert.Single(g));
                    }
    }

    /// <summary>What counts as taken and is held somewhere must leave a trace: silence would look like "nothing to do".</summary>
    [Theory]
    [MemberData(nameof(Ingredients))]
    public void A_medicine_in_use_is_never_passed_over_in_silence(string ingredient)
    {
        foreach (var preset in PolicySet.Presets)
            foreach (var use in (UseState[])[UseState.InUse, UseState.OnHold, UseState.AsNeeded, UseState.Draft, UseState.SupportingOnly])
                foreach (var history in Histories)
                {
                    var patient = new DrugCase { Preset = preset, Conditions = history, Medicines = [Drug(ingredient, use)] };
                    if (preset == "P2" && Knowledge.Policies.ById["P2"].Medicines.Rows[ingredient].Family == MedicineFamily.Nsaid) continue; // evidence 2.3: P2 takes no action
                    Assert.Contains(patient.Findings(), f => f.Subject.Split('+').Contains(ingredient) && f.Rule is "R-HOLD" or "LATE" or "WASHOUT" or "T-HIGH" or "S-STENT" or "R-CONT" or "R-NOTE");
                }
    }

    /// <summary>Evidence 7.1 rule 13.</summary>
    [Theory]
    [MemberData(nameof(Ingredients))]
    public void Shifting_every_date_by_28_years_shifts_every_answer(string ingredient)
    {
        static DrugCase Case(string ingredient, int years) => new()
        {
            Zone = "Etc/GMT+5",
            D0 = $"{2026 + years}-03-18",
            AsOf = $"{2026 + years}-03-11",
            Birth = $"{1966 + years}-06-01",
            Conditions = [Condition("DVT", $"{2025 + years}-12-18"), Condition("Ischemic stroke", $"{2025 + years}-12-17")],
            Medicines = [Drug(ingredient)],
        };
        var (now, later) = (Case(ingredient, 0).Findings(), Case(ingredient, 28).Findings());
        Assert.Equal(now.Select(f => (f.Rule, f.Subject, f.Severity, f.LastDoseDate?.AddYears(28), f.ResumeDate?.AddYears(28))), later.Select(f => (f.Rule, f.Subject, f.Severity, f.LastDoseDate, f.ResumeDate)));
    }
}
