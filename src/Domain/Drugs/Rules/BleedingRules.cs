using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>B-DISORDER, B-HIT, B-REFRACT, P-PRESET (evidence 1.4, 1.5, 7).</summary>
public static class BleedingRules
{
    public static IEnumerable<Finding> Findings(Situation situation) =>
        Disorder(situation).Concat(Hit(situation)).Concat(Refractory(situation)).Concat(Preset(situation));

    private static IEnumerable<Finding> Disorder(Situation situation)
    {
        var disorders = situation.History.Of("bleeding-disorder").Where(p => p.Active).ToList();
        if (disorders.Count == 0) yield break;
        yield return new Finding
        {
            Rule = "B-DISORDER",
            Severity = Severity.Critical,
            Subject = "bleeding-disorder",
            Action = FindingAction.AskSpecialist,
            Title = $"Bleeding disorder on record: {disorders[0].Words}",
            Detail = $"{string.Join("; ", disorders.Select(d => d.Fact.Text).Distinct())}. The haemophilia or thrombosis centre makes the plan (factor, von Willebrand factor or desmopressin) before the biopsy is booked. No date clears it.",
            Because = [.. disorders.Select(d => d.Fact)],
            Citations = situation.Policy.Medicines.Rule("B-DISORDER").Citations,
        };
    }

    private static IEnumerable<Finding> Hit(Situation situation)
    {
        var entries = situation.History.Of("hit").ToList();
        if (entries.Count == 0) yield break;
        // A heparin on the list of a patient with HIT is more than a remark.
        var heparins = situation.Medicines.Medicines.Where(m => m.Class is "ufh" or "lmwh" && m.CountsAsInUse).ToList();
        yield return new Finding
        {
            Rule = "B-HIT",
            Severity = heparins.Count > 0 ? Severity.Moderate : Severity.Info,
            Subject = "heparin",
            Action = heparins.Count > 0 ? FindingAction.Review : FindingAction.Inform,
            Title = "HIT history: no heparin, flushes included",
            Detail = DrugFacts.Sentences($"{entries[0].Fact.Text}. Use no heparin around the biopsy, not even to flush or lock a line.",
                heparins.Count > 0 ? $"The medication list shows {string.Join(", ", heparins.Select(m => m.Summary))}." : null),
            Because = [.. entries.Select(e => e.Fact), .. heparins.SelectMany(m => m.Sources)],
            Citations = situation.Policy.Medicines.Rule("B-HIT").Citations,
        };
    }

    private static IEnumerable<Finding> Refractory(Situation situation)
    {
        if (situation.History.Of("thrombocytopenia-refractory").FirstOrDefault() is not { } entry) yield break;
        yield return new Finding
        {
            Rule = "B-REFRACT",
            Severity = Severity.High,
            Subject = "platelets",
            Action = FindingAction.Review,
            Title = "Platelet transfusions do not hold: plan HLA-matched platelets",
            Detail = $"{entry.Fact.Text}. Plan HLA-matched platelets in time and count again after the transfusion.",
            Because = [entry.Fact],
            Citations = situation.Policy.Medicines.Rule("B-REFRACT").Citations,
        };
    }

    private static IEnumerable<Finding> Preset(Situation situation)
    {
        var rule = situation.Policy.Medicines.Rule("P-PRESET");
        if (situation.Policy.Preset != "P3" && TowardsP3(situation, rule).ToList() is { Count: > 0 } careful)
            yield return Consider("P3", "the conservative preset", careful, rule);
        if (situation.Policy.Preset != "P2" && TowardsP2(situation).ToList() is { Count: > 0 } gentle)
            yield return Consider("P2", "the minimal preset, which interrupts least", gentle, rule);
    }

    private static Finding Consider(string preset, string what, List<Fact> because, RuleNumbers rule) => new()
    {
        Rule = "P-PRESET",
        Severity = Severity.Info,
        Subject = preset.ToLowerInvariant(),
        Action = FindingAction.Inform,
        Title = $"Consider preset {preset}",
        Detail = $"Consider {what} ({preset}): {string.Join("; ", because.Select(f => f.Text).Distinct())}. Nothing is switched by itself.",
        Because = [.. because],
        Citations = rule.Citations,
    };

    private static IEnumerable<Fact> TowardsP3(Situation situation, RuleNumbers rule)
    {
        foreach (var kind in (string[])["mpn", "previous-procedure-bleed", "dialysis"])
            if (situation.History.Of(kind).FirstOrDefault(p => p.Active) is { } problem) yield return problem.Fact;
        var antithrombotics = situation.Holds.Where(h => h.StillActive && Antithrombotics.Contains(h.Family)).ToList();
        if (antithrombotics.Count > 0 && situation.Labs.Of("platelets").FirstOrDefault() is { } platelets && platelets.Amount < rule["plateletsBelow"])
            yield return new(platelets.Reference, $"platelets {platelets.AsReceived} with {antithrombotics[0].Medicine.Ingredient}", platelets.Amount, platelets.Unit, platelets.Date);
        if (situation.Snapshot.Biopsy.Site == "sternum") yield return new(situation.Snapshot.Biopsy.Order, "sternal aspirate");
        if (BilateralOrder(situation) is { } bilateral) yield return new(bilateral.Reference, "more than one core ordered");
        if (BodyMass.Index(situation) is { } bmi && bmi.Value >= rule["bmi"]) yield return bmi.AsFact();
        if (situation.Labs.Of("egfr").FirstOrDefault() is { } egfr && egfr.Amount < rule["egfrBelow"])
            yield return new(egfr.Reference, $"uraemia: eGFR {egfr.AsReceived}", egfr.Amount, egfr.Unit, egfr.Date);
        if (PlateletDrugs(situation) is { Length: > 1 } drugs) yield return new(null, $"{string.Join(" and ", drugs)} together");
    }

    /// <summary>Medicines in use that impair platelets; none when they are all NSAIDs.</summary>
    private static ImmutableArray<string> PlateletDrugs(Situation situation)
    {
        var impair = situation.Holds.Where(h => h.Medicine is { Systemic: true, CountsAsInUse: true }
            && (Antiplatelets.Contains(h.Family) || h.Family == MedicineFamily.Nsaid && h.Regimen?.Do != Instruction.Continue)).ToList();
        return impair.All(h => h.Family == MedicineFamily.Nsaid) ? [] : [.. impair.Select(h => h.Medicine.Ingredient).Distinct().Order(StringComparer.Ordinal)];
    }

    private static readonly ImmutableArray<MedicineFamily?> Antithrombotics =
        [MedicineFamily.Anticoagulant, MedicineFamily.P2y12, MedicineFamily.IvAntiplatelet, MedicineFamily.Antiplatelet, MedicineFamily.OtherAntithrombotic, MedicineFamily.Aspirin, MedicineFamily.Thrombolytic];

    private static readonly ImmutableArray<MedicineFamily?> Antiplatelets = [MedicineFamily.P2y12, MedicineFamily.IvAntiplatelet, MedicineFamily.Antiplatelet, MedicineFamily.Aspirin, MedicineFamily.Btk];

    private static OrderRecord? BilateralOrder(Situation situation) =>
        situation.Snapshot.Chart.Orders.FirstOrDefault(o => o.Reference == situation.Snapshot.Biopsy.Order
            && Wording.Of([.. o.Code.AllWords, .. o.Details.SelectMany(d => d.AllWords), .. o.BodySites.SelectMany(b => b.AllWords), .. o.Notes])
                .Any(w => w.Folded is "bilateral" or "bilaterales" or "iki" || w.Folded.StartsWith("multiple", StringComparison.Ordinal)));

    private static IEnumerable<Fact> TowardsP2(Situation situation)
    {
        foreach (var drug in situation.Drugs.Where(d => d.Plan.StillActive))
        {
            if (drug.Risk.IsHigh) yield return new(drug.Risk.High[0].Because.FirstOrDefault()?.Reference, $"high risk of a clot without {drug.Name}");
            if (drug.Stents.IsProtected) yield return new(drug.Stents.Protected[0].Because.FirstOrDefault()?.Reference, $"a stent that needs {drug.Name}");
        }
        if (situation.Snapshot.Biopsy.AspirateOnly) yield return new(situation.Snapshot.Biopsy.Order, "aspirate only, no core");
    }
}
