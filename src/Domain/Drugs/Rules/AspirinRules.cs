namespace BiopsyFhir.Domain;

/// <summary>Aspirin: one subject for a combination, and the optional hold that a clinician may choose (evidence 2.1, 1.5).</summary>
public static class AspirinRules
{
    /// <summary>"aspirin+dipyridamole" for the combination product, else the ingredient.</summary>
    public static string Subject(Medicine medicine) =>
        medicine is { Ingredient: "aspirin" or "dipyridamole", AnalgesicAspirin: false } && medicine.CombinedWith.Any(c => c is "aspirin" or "dipyridamole")
            ? "aspirin+dipyridamole" : medicine.Ingredient;

    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var rule = situation.Policy.Medicines.Rule("ASPIRIN-OPTIONAL");
        foreach (var drug in situation.Drugs)
        {
            if (drug.Row.OptionalDays is not { } days || drug.Medicine.AnalgesicAspirin || !drug.InUse || drug.Plan.Regimen?.Do != Instruction.Continue || situation.IsChild) continue;
            var reasons = Reasons(situation, rule).ToList();
            if (reasons.Count == 0) continue;
            var last = situation.D0.AddDays(-(days + 1));
            var stands = last == situation.AsOf ? " (today: on time)" : last < situation.AsOf ? " (this day has passed: it would need a later biopsy)" : "";
            yield return new Finding
            {
                Rule = "R-NOTE",
                Severity = Severity.Info,
                Subject = drug.Name,
                Action = FindingAction.Inform,
                Title = "Aspirin: a hold is optional, a decision is needed",
                Detail = $"{string.Join("; ", reasons.Select(r => r.Text))}. Aspirin adds to the bleeding risk. Optional hold of {days} full drug-free days: last dose {last.InFull()}{stands}. Until a clinician decides otherwise, aspirin continues.",
                Because = [.. drug.Medicine.Sources, .. reasons, situation.Biopsy()],
                Citations = rule.Citations,
            };
        }
    }

    private static IEnumerable<Fact> Reasons(Situation situation, RuleNumbers rule)
    {
        if (situation.History.Of("mpn").FirstOrDefault() is { } mpn) yield return mpn.Fact;
        if (situation.Labs.Of("platelets").FirstOrDefault() is { } count && (count.Amount < rule["plateletsBelow"] || count.Amount > rule["plateletsAbove"]))
            yield return new(count.Reference, $"platelets {count.AsReceived} on {count.Date.InFull()}", count.Amount, count.Unit, count.Date);
    }
}
