namespace BiopsyFhir.Domain;

/// <summary>L-INR-D1: an INR on the day before the biopsy while a vitamin K antagonist is held (evidence 2.4), or continued under a preset that limits it.</summary>
public static class InrRules
{
    /// <summary>The day before D0; the as-of day when that is later.</summary>
    internal static DateOnly DueDay(Situation situation) => situation.D0.AddDays(-1) is var day && day >= situation.AsOf ? day : situation.AsOf;

    public static IEnumerable<Finding> Findings(Situation situation)
    {
        // An INR of D0-1 or D0 is what was asked for: L-INR judges it.
        if (situation.Labs.Of("inr").Any(v => v.Date >= situation.D0.AddDays(-1))) yield break;
        var rule = situation.Policy.Medicines.Rule("L-INR-D1");
        foreach (var drug in situation.Drugs)
        {
            if (drug.Row.Inr is not { } target) continue;
            var ended = drug.Medicine is { Use: UseState.Ended, ExposureEnd: { } end } && end.AddDays((int)rule["endedDays"]) >= situation.D0;
            if (!drug.InUse && !ended) continue;
            var due = DueDay(situation);
            var second = target.SecondTestDays is { } days && situation.D0.AddDays(-days) >= situation.AsOf
                ? $"{drug.CapitalName} leaves slowly: a first INR on {situation.D0.AddDays(-days).InFull()} as well." : null;
            yield return new Finding
            {
                Rule = "L-INR-D1",
                Severity = Severity.High,
                Subject = "inr",
                Action = FindingAction.OrderTest,
                Title = $"INR due on {due.InFull()}",
                Detail = DrugFacts.Sentences(
                    $"{drug.CapitalName} is {(drug.Plan.Regimen?.Do == Instruction.Continue ? "continued" : drug.Provisional ? "held only if the specialist agrees" : "held")} for the biopsy on {situation.D0.InFull()}. An INR of {target.AtMost.Plain()} or less lets it go on; above that the clinician decides.",
                    drug.Plan.Regimen?.Do == Instruction.Hold && target.AtMost <= 1.5m ? "If it is above 1.5, repeat it on the day." : null,
                    second),
                TestDueDate = due,
                Because = [.. drug.Medicine.Sources, situation.Biopsy()],
                Citations = rule.Citations,
            };
            yield break; // one INR serves every vitamin K antagonist
        }
    }
}
