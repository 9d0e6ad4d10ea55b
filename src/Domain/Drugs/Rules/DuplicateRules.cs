using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>X-DUP and D-COMBO. Pair by pair, so that a further medicine never takes a finding away.</summary>
public static class DuplicateRules
{
    internal sealed record Pair(HoldPlan First, HoldPlan Second, Severity Severity, string Why);

    public static IEnumerable<Finding> Findings(Situation situation) => Duplicates(situation).Concat(Combinations(situation));

    /// <summary>Two anticoagulants in use. Critical when both reach therapeutic dose; not when one is prophylactic, on hold, only dispensed, or a start overlap.</summary>
    internal static IEnumerable<Pair> Pairs(Situation situation)
    {
        var overlapDays = (int)situation.Policy.Medicines.Rule("X-DUP")["overlapDays"];
        foreach (var (a, b) in PairsOf(situation, MedicineFamily.Anticoagulant))
        {
            if (a.Prophylactic || b.Prophylactic) yield return new(a, b, Severity.High, $"{(a.Prophylactic ? a : b).Medicine.Ingredient} is given in a prophylactic dose");
            else if (((HoldPlan[])[a, b]).FirstOrDefault(p => p.Medicine.Use is UseState.OnHold or UseState.SupportingOnly) is { } unsure)
                yield return new(a, b, Severity.High, unsure.Medicine.Use == UseState.OnHold ? $"{unsure.Medicine.Ingredient} is on hold according to the record" : $"for {unsure.Medicine.Ingredient} only a dispensing or administration was seen");
            else if (Overlap(situation, a, b, overlapDays)) yield return new(a, b, Severity.High, $"the vitamin K antagonist was started less than {overlapDays} days ago: an overlap is usual");
            else yield return new(a, b, Severity.Critical, "both are in therapeutic dose");
        }
    }

    /// <summary>LMWH and a vitamin K antagonist whose every record is younger than the overlap.</summary>
    private static bool Overlap(Situation situation, HoldPlan a, HoldPlan b, int days)
    {
        var vka = a.Medicine.Class == "vka" ? a.Medicine : b.Medicine.Class == "vka" ? b.Medicine : null;
        return vka is not null && (a.Medicine.Class is "lmwh" || b.Medicine.Class is "lmwh") && vka.Sources.Length > 0
            && vka.Sources.All(s => s.Date is { } started && started.AddDays(days) > situation.AsOf);
    }

    private static IEnumerable<Finding> Duplicates(Situation situation) => Pairs(situation).Select(pair => new Finding
    {
        Rule = "X-DUP",
        Severity = pair.Severity,
        Subject = Subject(pair.First, pair.Second),
        Action = pair.Severity == Severity.Critical ? FindingAction.AskSpecialist : FindingAction.Review,
        Title = $"Two anticoagulants at once: {pair.First.Medicine.Ingredient} and {pair.Second.Medicine.Ingredient}",
        Detail = $"The record shows {pair.First.Medicine.Ingredient} and {pair.Second.Medicine.Ingredient} in use together; {pair.Why}. Find out which one the patient takes before any hold date counts. The dates of each stand on its own finding.",
        Because = [.. pair.First.Medicine.Sources, .. pair.Second.Medicine.Sources],
        Citations = situation.Policy.Medicines.Rule("X-DUP").Citations,
    });

    private static IEnumerable<Finding> Combinations(Situation situation)
    {
        foreach (var (a, b) in Combined(situation))
        {
            var names = Subject(a, b).Split('+');
            yield return new Finding
            {
                Rule = "D-COMBO",
                Severity = Severity.Moderate,
                Subject = string.Join('+', names),
                Action = FindingAction.Review,
                Title = $"Bleeding risks add up: {names[0]} and {names[1]}",
                Detail = $"{char.ToUpperInvariant(names[0][0])}{names[0][1..]} and {names[1]} are in use together; their effects on bleeding add up. Plan firm and longer pressure and look at the site again.",
                Because = [.. a.Medicine.Sources, .. b.Medicine.Sources],
                Citations = situation.Policy.Medicines.Rule("D-COMBO").Citations,
            };
        }
    }

    /// <summary>Anticoagulant + antiplatelet, two antiplatelets, BTK inhibitor + either.</summary>
    internal static IEnumerable<(HoldPlan, HoldPlan)> Combined(Situation situation) =>
        PairsOf(situation, MedicineFamily.Anticoagulant, MedicineFamily.P2y12, MedicineFamily.IvAntiplatelet, MedicineFamily.Antiplatelet, MedicineFamily.Aspirin, MedicineFamily.Btk)
            .Where(p => !(Is(p.Item1, MedicineFamily.Anticoagulant) && Is(p.Item2, MedicineFamily.Anticoagulant)) && !(Is(p.Item1, MedicineFamily.Btk) && Is(p.Item2, MedicineFamily.Btk)))
            .Where(p => !AspirinWithDipyridamole(p.Item1.Medicine, p.Item2.Medicine));

    /// <summary>One product by design, judged as one subject (evidence 2.1). Every other combination adds up, in one tablet as in two.</summary>
    private static bool AspirinWithDipyridamole(Medicine a, Medicine b) =>
        a.CombinedWith.Contains(b.Ingredient) && (a.Ingredient, b.Ingredient) is ("aspirin", "dipyridamole");

    private static bool Is(HoldPlan plan, MedicineFamily family) => plan.Family == family;

    private static IEnumerable<(HoldPlan, HoldPlan)> PairsOf(Situation situation, params ImmutableArray<MedicineFamily> families)
    {
        var plans = situation.Holds.Where(p => p.Medicine is { Systemic: true, CountsAsInUse: true } && p.Family is { } family && families.Contains(family))
            .DistinctBy(p => p.Medicine.Ingredient).OrderBy(p => p.Medicine.Ingredient, StringComparer.Ordinal).ToList();
        for (var i = 0; i < plans.Count; i++)
            for (var j = i + 1; j < plans.Count; j++)
                yield return (plans[i], plans[j]);
    }

    private static string Subject(HoldPlan a, HoldPlan b) => string.Join('+', ((string[])[a.Medicine.Ingredient, b.Medicine.Ingredient]).Order(StringComparer.Ordinal));
}
