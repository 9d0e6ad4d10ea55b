using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>R-CONT, R-ROUTE, R-CONFIRM, R-NOTE: medicines that are not held, and what must be asked about use.</summary>
public static class UseRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var drugs = situation.Drugs;
        return Continue(situation, drugs).Concat(drugs.SelectMany(d => Note(situation, d))).Concat(drugs.SelectMany(d => Confirm(situation, d)))
            .Concat(drugs.SelectMany(d => Finished(situation, d))).Concat(Route(situation)).Concat(AspirinRules.Findings(situation));
    }

    private static IEnumerable<Finding> Continue(Situation situation, ImmutableArray<DrugPicture> drugs) =>
        drugs.Where(d => d.InUse && d.Plan.Regimen?.Do == Instruction.Continue)
            // A combination of aspirin and dipyridamole follows the aspirin and is said once.
            .Where(d => !(d.Name == "dipyridamole" && AspirinRules.Subject(d.Medicine) == "aspirin+dipyridamole" && drugs.Any(o => o.Name == "aspirin" && o.InUse)))
            .Select(drug => new Finding
            {
                Rule = "R-CONT",
                Severity = Severity.Info,
                Subject = AspirinRules.Subject(drug.Medicine),
                Action = FindingAction.Continue,
                Title = $"Continue {AspirinRules.Subject(drug.Medicine).Replace("+", " and ", StringComparison.Ordinal)}",
                Detail = DrugFacts.Sentences([
                    $"{drug.CapitalName} goes on without interruption; no dose is left out.",
                    HoldWords.Use(drug.Medicine),
                    drug.IsHigh ? $"Stopping it would be risky: {string.Join(" ", drug.Risk.High.Select(r => r.Say))}" : null,
                    .. drug.Plan.Notes,
                ]),
                Because = [.. drug.Medicine.Sources, situation.Biopsy()],
                Citations = drug.Row.Citations,
            }).DistinctBy(f => f.Subject);

    private static IEnumerable<Finding> Note(Situation situation, DrugPicture drug)
    {
        if (!drug.InUse || drug.Plan.Regimen is not { Do: Instruction.Note } regimen) yield break;
        yield return new Finding
        {
            Rule = "R-NOTE",
            Severity = drug.Row.Severity ?? regimen.Severity ?? Severity.Info,
            Subject = drug.Name,
            Action = regimen.AskSpecialist ? FindingAction.AskSpecialist : FindingAction.Inform,
            Title = $"{drug.CapitalName}: no hold, take note",
            Detail = DrugFacts.Sentences([.. drug.Plan.Notes, HoldWords.Use(drug.Medicine)]),
            Because = drug.Medicine.Sources,
            Citations = drug.Row.Citations,
        };
    }

    private static IEnumerable<Finding> Confirm(Situation situation, DrugPicture drug)
    {
        var medicine = drug.Medicine;
        var ended = medicine.Use == UseState.EndedUnknown || medicine is { Use: UseState.Ended, ExposureEnd: null };
        var holds = drug.Plan.Regimen?.Do == Instruction.Hold;
        if (!(holds && (ended || medicine.Use is UseState.AsNeeded or UseState.OnHold or UseState.SupportingOnly || drug.InUse && (medicine.Possible || !medicine.StopRemarks.IsEmpty)) || ended && drug.Row.Family == MedicineFamily.Aspirin)) yield break;
        // A stopped P2Y12 inhibitor after a recent stent gets no date either.
        var last = drug.Plan.LastDoseDate is null || drug.Stents.IsProtected ? null : $"For this biopsy the last dose must not be later than {HoldWords.LastDose(drug.Plan)}.";
        yield return new Finding
        {
            Rule = "R-CONFIRM",
            Severity = situation.Policy.Medicines.Families[drug.Row.Family].Late ? Severity.Moderate : Severity.Info,
            Subject = drug.Name,
            Action = FindingAction.Review,
            Title = $"Confirm the last dose of {drug.Name}",
            Detail = DrugFacts.Sentences(ended ? $"{drug.CapitalName} was stopped or completed, and the record gives no end date." : HoldWords.Use(medicine),
                medicine.StopRemarks.IsEmpty ? null : $"The record also says: {string.Join("; ", medicine.StopRemarks.Select(r => $"\"{r}\""))}.", last),
            Because = medicine.Sources,
            Citations = situation.Policy.Medicines.Rule("R-CONFIRM").Citations,
        };
    }

    /// <summary>A medicine that was stopped in time: satisfied, and said so (evidence 2.8).</summary>
    private static IEnumerable<Finding> Finished(Situation situation, DrugPicture drug)
    {
        var shown = situation.Policy.Medicines.Rule("WASHOUT-DONE");
        if (drug.Plan.Status != HoldStatus.WashoutComplete || drug.Medicine.ExposureEnd is not { } end || !situation.Policy.Medicines.Families[drug.Row.Family].Late
            || end.AddDays((int)shown["shownDays"]) < situation.D0 || drug.Stents.IsProtected) yield break;
        yield return new Finding
        {
            Rule = "R-NOTE",
            Severity = Severity.Info,
            Subject = drug.Name,
            Action = FindingAction.Inform,
            Title = $"{drug.CapitalName}: stopped in time",
            Detail = DrugFacts.Sentences($"{drug.CapitalName} ended on {end.InFull()}; the last dose was due on {HoldWords.LastDose(drug.Plan)} at the latest.", HoldWords.Restart(drug.Plan)),
            Because = drug.Medicine.Sources,
            Citations = shown.Citations,
        };
    }

    private static IEnumerable<Finding> Route(Situation situation) =>
        situation.Medicines.Medicines.Where(m => !m.Systemic && m.CountsAsInUse && situation.Policy.Medicines.Find(m) is { Family: not MedicineFamily.NoteOnly })
            .GroupBy(m => m.Ingredient, StringComparer.Ordinal)
            .Select(group => new Finding
            {
                Rule = "R-ROUTE",
                Severity = Severity.Info,
                Subject = group.Key,
                Action = FindingAction.NoHold,
                Title = $"{char.ToUpperInvariant(group.Key[0])}{group.Key[1..]}: no hold, not taken up by the body to a relevant extent",
                Detail = $"{string.Join("; ", group.Select(m => m.NonSystemicReason ?? "the form is not systemic").Distinct())}. No dose is left out.",
                Because = [.. group.SelectMany(m => m.Sources)],
                Citations = situation.Policy.Medicines.Rule("R-ROUTE").Citations,
            });
}
