using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One medicine with everything the drug rules ask about it. Worked out from the situation, not from other findings.</summary>
/// <param name="DuplicatedCritically">Part of a critical X-DUP: its dates are provisional and stand on an R-HOLD.</param>
internal sealed record DrugPicture(Medicine Medicine, HoldPlan Plan, MedicineRow Row, ThrombosisRisk Risk, StentRisk Stents, bool DuplicatedCritically)
{
    public string Name => Medicine.Ingredient;

    /// <summary>For the beginning of a sentence.</summary>
    public string CapitalName => char.ToUpperInvariant(Name[0]) + Name[1..];

    public bool InUse => Medicine is { Systemic: true, CountsAsInUse: true };

    /// <summary>A stent says that no date is to be computed (evidence 2.7).</summary>
    public bool NoDates => Plan.StillActive && Stents.IsProtected;

    public bool IsHigh => Plan.StillActive && Risk.IsHigh;

    /// <summary>A critical finding concerns it, or the plan itself is unsure: its dates are no instruction.</summary>
    public bool Provisional => Plan.Provisional || IsHigh || DuplicatedCritically;

    public static ImmutableArray<DrugPicture> Of(Situation situation)
    {
        var duplicates = DuplicateRules.Pairs(situation).Where(p => p.Severity == Severity.Critical).SelectMany(p => (string[])[p.First.Medicine.Ingredient, p.Second.Medicine.Ingredient]).ToHashSet();
        return
        [
            .. situation.Holds.Select(plan => (plan, row: situation.Policy.Medicines.Find(plan.Medicine))).Where(x => x.row is not null && x.plan.Medicine.Systemic)
                .Select(x => new DrugPicture(x.plan.Medicine, x.plan, x.row!, ThrombosisRisk.Of(situation, x.plan.Medicine), StentRisk.Of(situation, x.plan.Medicine),
                    duplicates.Contains(x.plan.Medicine.Ingredient) && x.plan.Medicine.CountsAsInUse)),
        ];
    }
}

/// <summary>Facts that many drug findings share.</summary>
internal static class DrugFacts
{
    public static Fact Biopsy(this Situation situation) => new(situation.Snapshot.Biopsy.Order,
        situation.Snapshot.Biopsy.TimeAssumed
            ? $"biopsy on {situation.D0.InFull()}, start not recorded: {situation.Snapshot.Biopsy.At:HH:mm} assumed"
            : $"biopsy on {situation.Snapshot.Biopsy.At.InFull()}",
        Date: situation.D0);

    public static IEnumerable<Fact> ClearanceFacts(this Situation situation)
    {
        var clearance = situation.Clearance;
        if (clearance.OnDialysis) yield return situation.History.Of("dialysis").Select(p => p.Fact).FirstOrDefault() ?? new(null, "on dialysis");
        if (clearance.MlPerMin is { } value)
            yield return new(clearance.Creatinine?.Reference, $"creatinine clearance {decimal.Round(value, 2).Plain()} mL/min (Cockcroft-Gault, actual weight)", value, "mL/min", clearance.Creatinine?.Date);
        else if (clearance.LastKnown is { } last)
            yield return new(last.Reference, $"last known {last.Analyte} {last.AsReceived} of {last.Date.InFull()}", last.Amount, last.Unit, last.Date);
    }

    public static string ClearanceInWords(this Situation situation) =>
        situation.Clearance.MlPerMin is { } value ? $"creatinine clearance {decimal.Round(value, 1).Plain()} mL/min" : situation.Clearance.OnDialysis ? "on dialysis" : "creatinine clearance not known";

    /// <summary>The dates of a plan, for a finding that carries them.</summary>
    public static Finding WithDates(this Finding finding, HoldPlan plan) => finding with
    {
        LastDoseDate = plan.LastDoseDate,
        LastDoseAt = plan.LastDoseAt,
        FirstDrugFreeDate = plan.FirstDrugFreeDate,
        DrugFreeDays = plan.Days,
        ResumeDate = plan.ResumeDate,
    };

    public static string Days(int days) => days == 1 ? "1 full drug-free day" : $"{days} full drug-free days";

    /// <summary>Sentences with one blank between them; empty ones go.</summary>
    public static string Sentences(params IEnumerable<string?> sentences) => string.Join(' ', sentences.Where(s => s is { Length: > 0 }));
}
