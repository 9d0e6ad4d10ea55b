namespace BiopsyFhir.Domain;

/// <summary>T-HIGH, T-MOD, S-STENT, BRIDGE-NO.</summary>
public static class ThrombosisRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        foreach (var drug in situation.Drugs.Where(d => d.Plan.StillActive))
        {
            if (drug.Risk.IsHigh) yield return High(situation, drug);
            else if (drug.Plan.Regimen?.Do == Instruction.Hold && drug.Risk.Moderate.Length > 0) yield return Moderate(drug);
            if (drug.Stents.IsProtected) yield return RecentStent(situation, drug);
            else if (drug.Stents.Past is { } past) yield return OldStent(situation, drug, past);
            if (!drug.Risk.IsHigh && BridgingQuestion(situation, drug) is { } indication) yield return NoBridging(situation, drug, indication);
        }
    }

    private static Finding High(Situation situation, DrugPicture drug)
    {
        var rows = situation.Policy.Thrombosis;
        var advice = rows[drug.Row.Family == MedicineFamily.Anticoagulant ? "advice/T-HIGH" : "advice/T-HIGH-antiplatelet"];
        var vka = drug.Row.Inr is not null;
        var words = drug.Row.Family == MedicineFamily.Anticoagulant ? advice.Say(("drug", drug.Name), ("inr", vka ? advice.Say("inr") : "")) : advice.Say(("drug", drug.Name));
        var dated = drug.Plan is { Regimen.Do: Instruction.Hold, LastDoseDate: not null } && !drug.NoDates;
        var reasons = drug.Risk.High.DistinctBy(r => r.Say).ToList();
        var finding = new Finding
        {
            Rule = "T-HIGH",
            Severity = Severity.Critical,
            Subject = drug.Name,
            Action = FindingAction.AskSpecialist,
            Title = $"Do not stop {drug.Name} without the responsible specialist",
            Detail = DrugFacts.Sentences([
                .. reasons.Select(r => r.Say),
                words,
                dated ? $"Provisional only, if the specialist agrees: {HoldWords.Dates(situation, drug.Plan)}" : null,
                dated && vka ? $"INR on {InrDay(situation).InFull()}." : null,
                HoldWords.Use(drug.Medicine),
            ]),
            Provisional = true,
            TestDueDate = dated && vka ? InrDay(situation) : null,
            Because = [.. drug.Medicine.Sources, .. drug.Risk.High.SelectMany(r => r.Because).Distinct(), .. drug.Plan.Regimen is { DependsOnClearance: true } ? situation.ClearanceFacts() : [], situation.Biopsy()],
            Citations = [.. advice.Citations.Concat(drug.Risk.High.SelectMany(r => r.Row.Citations)).Concat(drug.Row.Citations).Distinct()],
        };
        return dated ? finding.WithDates(drug.Plan) : finding;
    }

    private static DateOnly InrDay(Situation situation) => InrRules.DueDay(situation);

    private static Finding Moderate(DrugPicture drug) => new()
    {
        Rule = "T-MOD",
        Severity = Severity.Moderate,
        Subject = drug.Name,
        Action = FindingAction.Review,
        Title = $"{drug.CapitalName}: moderate risk of a clot while it is stopped",
        Detail = string.Join(" ", drug.Risk.Moderate.Select(r => r.Say).Distinct()),
        Because = [.. drug.Medicine.Sources, .. drug.Risk.Moderate.SelectMany(r => r.Because).Distinct()],
        Citations = [.. drug.Risk.Moderate.SelectMany(r => r.Row.Citations).Distinct()],
    };

    private static Finding RecentStent(Situation situation, DrugPicture drug)
    {
        var instruction = situation.Policy.Thrombosis["stent/instruction"];
        return new()
        {
            Rule = "S-STENT",
            Severity = Severity.Critical,
            Subject = drug.Name,
            Action = FindingAction.AskSpecialist,
            Title = $"Do not stop {drug.Name} without cardiology: no date is computed",
            Detail = DrugFacts.Sentences([.. drug.Stents.Protected.Select(r => r.Say), instruction.Say(), HoldWords.Use(drug.Medicine)]),
            Because = [.. drug.Medicine.Sources, .. drug.Stents.Protected.SelectMany(r => r.Because), situation.Biopsy()],
            Citations = [.. drug.Stents.Protected.SelectMany(r => r.Row.Citations).Concat(instruction.Citations).Distinct()],
        };
    }

    private static Finding OldStent(Situation situation, DrugPicture drug, RiskReason past) => new()
    {
        Rule = "S-STENT",
        Severity = Severity.Moderate,
        Subject = drug.Name,
        Action = FindingAction.AskSpecialist,
        Title = $"{drug.CapitalName} with a coronary stent: hold only if cardiology agrees",
        Detail = DrugFacts.Sentences(past.Say, HoldWords.Use(drug.Medicine)),
        Because = [.. drug.Medicine.Sources, .. past.Because, situation.Biopsy()],
        Citations = past.Row.Citations,
    };

    /// <summary>Atrial fibrillation or venous thromboembolism behind a vitamin K antagonist or DOAC that is interrupted.</summary>
    private static Problem? BridgingQuestion(Situation situation, DrugPicture drug) =>
        drug is { InUse: true, Plan.Regimen.Do: Instruction.Hold, Row.Class: "vka" or "doac-xa" or "doac-iia" } && !situation.IsChild
            ? situation.History.OfAny("atrial-fibrillation", "vte").FirstOrDefault()
            : null;

    private static Finding NoBridging(Situation situation, DrugPicture drug, Problem indication)
    {
        var row = situation.Policy.Thrombosis["advice/BRIDGE-NO"];
        return new()
        {
            Rule = "BRIDGE-NO",
            Severity = Severity.Info,
            Subject = drug.Name,
            Action = FindingAction.Inform,
            Title = $"{drug.CapitalName}: no heparin bridging",
            Detail = row.Say(drug.Row.Class == "vka" ? "say" : "sayDoac", ("drug", drug.Name)),
            Because = [.. drug.Medicine.Sources, indication.Fact],
            Citations = row.Citations,
        };
    }
}
