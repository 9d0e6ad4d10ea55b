using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>R-HOLD, LATE, WASHOUT: dates per medicine. A critical finding on a medicine takes the instruction away, not the arithmetic.</summary>
public static class HoldRules
{
    public static IEnumerable<Finding> Findings(Situation situation) => situation.Drugs.SelectMany(drug => Of(situation, drug))
        // Aspirin and dipyridamole of one product make one finding; analgesic aspirin beside preventive aspirin does not.
        .DistinctBy(f => f.Subject == "aspirin+dipyridamole" ? f.Rule + f.Subject : f.Title + f.Rule + f.Subject);

    private static IEnumerable<Finding> Of(Situation situation, DrugPicture drug)
    {
        var plan = drug.Plan;
        if (plan.Regimen is not { Do: Instruction.Hold } || drug.NoDates) yield break;
        var family = situation.Policy.Medicines.Families[drug.Row.Family];
        if (plan.Status == HoldStatus.WashoutIncomplete && family.Late) yield return Washout(situation, drug);
        if (!drug.InUse) yield break;

        var late = plan.Status == HoldStatus.Late && family.Late;
        if (late) yield return Late(situation, drug);
        var replaced = late || plan.Status == HoldStatus.WashoutIncomplete && family.Late;
        // T-HIGH carries the provisional dates itself; X-DUP wants them here. A specialist is asked even when it is late.
        if (drug.IsHigh && !drug.DuplicatedCritically && !plan.AskSpecialist) yield break;
        if (!replaced || plan.AskSpecialist) yield return Hold(situation, drug);
    }

    private static Finding Hold(Situation situation, DrugPicture drug)
    {
        var (plan, medicine) = (drug.Plan, drug.Medicine);
        var family = situation.Policy.Medicines.Families[drug.Row.Family];
        var passed = plan.Status == HoldStatus.Late && !family.Late;
        var child = plan.LastDoseDate is null;
        var title = child ? $"{drug.CapitalName}: adult hold tables do not apply to a child"
            : passed ? $"{drug.CapitalName}: take none from now"
            : plan.AskSpecialist ? $"{drug.CapitalName}: ask a specialist; provisional last dose {HoldWords.LastDose(plan)}"
            : drug.Provisional ? $"{drug.CapitalName}: provisional last dose {HoldWords.LastDose(plan)}"
            : $"Hold {drug.Name}: last dose {HoldWords.LastDose(plan)}";
        var detail = child
            ? $"The patient is under 18: no date is computed for {drug.Name}. Paediatric haematology decides about holding and restarting it."
            : DrugFacts.Sentences([
                passed ? $"The date for the last dose, {HoldWords.LastDose(plan)}, has passed: take none from now." : null,
                medicine.Use == UseState.AsNeeded && !passed ? $"Do not take it after {HoldWords.LastDose(plan)}." : null,
                passed ? HoldWords.Restart(plan) : HoldWords.Dates(situation, plan),
                plan.AskSpecialist ? "These dates are provisional: ask the responsible specialist." : drug.Provisional ? "These dates are provisional and no instruction." : null,
                HoldWords.Use(medicine),
                .. plan.Notes,
                .. More(situation, drug),
            ]);
        return new Finding
        {
            Rule = "R-HOLD",
            Severity = SeverityOf(situation, drug),
            Subject = AspirinRules.Subject(drug.Medicine),
            Action = plan.AskSpecialist ? FindingAction.AskSpecialist : FindingAction.Hold,
            Title = title,
            Detail = detail,
            Provisional = drug.Provisional,
            Because = Because(situation, drug),
            Citations = child ? [.. drug.Row.Citations, .. situation.Policy.Medicines.Rule("G-PEDS").Citations] : drug.Row.Citations,
        }.WithDates(plan);
    }

    private static Severity SeverityOf(Situation situation, DrugPicture drug)
    {
        var severity = drug.Row.Severity ?? drug.Plan.Regimen!.Severity ?? situation.Policy.Medicines.Families[drug.Row.Family].Severity;
        var few = situation.Policy.Medicines.Rule("NSAID-PLATELETS")["below"];
        return drug.Row.Family == MedicineFamily.Nsaid && severity < Severity.Moderate && situation.Labs.Of("platelets").FirstOrDefault() is { } platelets && platelets.Amount < few
            ? Severity.Moderate
            : severity;
    }

    private static IEnumerable<string> More(Situation situation, DrugPicture drug)
    {
        if (drug.Row.Family == MedicineFamily.P2y12) yield return $"Confirm with the prescriber of {drug.Name} before it is stopped.";
        if (drug.Row.Family == MedicineFamily.Nsaid && situation.History.Has("bleeding-disorder")) yield return "Avoid NSAIDs in haemophilia and other bleeding disorders.";
        if (drug.Plan.Regimen!.PrimaryPreventionOnly) yield return "Only if it is for primary prevention: no arterial disease, stent or valve was seen on record. For secondary prevention it continues.";
        if (drug.Row.Class == "ufh" && situation.History.Of("hit").Any()) yield return "Heparin-induced thrombocytopenia is on record.";
    }

    private static Finding Late(Situation situation, DrugPicture drug)
    {
        var plan = drug.Plan;
        var earliest = plan.EarliestProcedureDate!.Value;
        return new Finding
        {
            Rule = "LATE",
            Severity = Severity.High,
            Subject = drug.Name,
            Action = FindingAction.Reschedule,
            Title = $"{drug.CapitalName}: too late for {situation.D0.InFull()}; earliest biopsy {earliest.InFull()}",
            Detail = DrugFacts.Sentences([
                $"The last dose was due on {HoldWords.LastDose(plan)}, and on {situation.AsOf.InFull()} the record still shows {drug.Name} in use.",
                $"If it is stopped after today's dose, the earliest biopsy day is {earliest.InFull()}{(plan.Days is { } days ? $" ({DrugFacts.Days(days)})" : $" ({plan.Hours!.Value.Plain()} hours)")}.",
                drug.Provisional ? "This is provisional and no instruction." : null,
                HoldWords.Use(drug.Medicine),
                .. drug.Row.Late,
                .. plan.Notes,
            ]),
            LastDoseDate = plan.LastDoseDate,
            LastDoseAt = plan.LastDoseAt,
            EarliestProcedureDate = earliest,
            Provisional = drug.Provisional,
            Because = Because(situation, drug),
            Citations = drug.Row.Citations,
        };
    }

    private static Finding Washout(Situation situation, DrugPicture drug)
    {
        var plan = drug.Plan;
        var earliest = plan.EarliestProcedureDate!.Value;
        var end = drug.Medicine.ExposureEnd!.Value;
        return new Finding
        {
            Rule = "WASHOUT",
            Severity = Severity.High,
            Subject = drug.Name,
            Action = FindingAction.Reschedule,
            Title = $"{drug.CapitalName}: washout not complete on {situation.D0.InFull()}; earliest biopsy {earliest.InFull()}",
            Detail = DrugFacts.Sentences([
                drug.Medicine.Use == UseState.OnHold ? $"{drug.CapitalName} is on hold since {end.InFull()}; the last dose was due on {HoldWords.LastDose(plan)}." : $"{drug.CapitalName} ended on {end.InFull()}; the last dose was due on {HoldWords.LastDose(plan)}.",
                $"The earliest biopsy day is {earliest.InFull()}{(plan.Days is { } days ? $" ({DrugFacts.Days(days)})" : $" ({plan.Hours!.Value.Plain()} hours)")}.",
                drug.Provisional ? "This is provisional and no instruction." : null,
                .. plan.Notes,
            ]),
            LastDoseDate = plan.LastDoseDate,
            LastDoseAt = plan.LastDoseAt,
            EarliestProcedureDate = earliest,
            Provisional = drug.Provisional,
            Because = Because(situation, drug),
            Citations = drug.Row.Citations,
        };
    }

    private static ImmutableArray<Fact> Because(Situation situation, DrugPicture drug) =>
        [.. drug.Medicine.Sources, .. drug.Plan.Regimen!.DependsOnClearance ? situation.ClearanceFacts() : [], situation.Biopsy()];
}
