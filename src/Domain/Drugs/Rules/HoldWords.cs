namespace BiopsyFhir.Domain;

/// <summary>What a hold says in plain sentences.</summary>
internal static class HoldWords
{
    public static string LastDose(HoldPlan plan) => plan.LastDoseAt is { } at ? at.InFull() : plan.LastDoseDate!.Value.InFull();

    /// <summary>"Last dose on …, none from …, restart …".</summary>
    public static string Dates(Situation situation, HoldPlan plan) =>
        DrugFacts.Sentences(plan.Hours is null ? ByDays(situation, plan) : ByHours(situation, plan), Why(situation, plan), Restart(plan));

    private static string ByDays(Situation situation, HoldPlan plan) => plan.Days == 0
        ? $"Last dose on {plan.LastDoseDate!.Value.InFull()}; leave out the dose before the biopsy on {situation.D0.InFull()}."
        : $"Last dose on {plan.LastDoseDate!.Value.InFull()}; an evening dose on that day may still be taken. None from {plan.FirstDrugFreeDate!.Value.InFull()} until the biopsy on {situation.D0.InFull()}: {DrugFacts.Days(plan.Days!.Value)}{Range(plan)}.";

    private static string ByHours(Situation situation, HoldPlan plan)
    {
        var cutOff = HourHold.CutOff(situation.Snapshot, plan.Hours!.Value);
        var limit = $"{plan.Hours.Value.Plain()} hours before the start{(plan.Range is { } range ? $"; sources and label: {range}" : "")}";
        var scheduled = plan.LastDoseAt < cutOff
            ? $"Last dose on {plan.LastDoseAt!.Value.InFull()}: the last scheduled one at or before {cutOff.InFull()} ({limit})."
            : $"Last dose at or before {cutOff.InFull()} ({limit}).";
        var left = LeftOut(situation, plan).ToList();
        return left.Count == 0 ? $"{scheduled} None after that until the biopsy." : $"{scheduled} Leave out the {(left.Count == 1 ? "dose" : "doses")} of {string.Join(" and ", left.Select(d => d.InFull()))}.";
    }

    /// <summary>Scheduled doses between the last one and the start.</summary>
    private static IEnumerable<DateTimeOffset> LeftOut(Situation situation, HoldPlan plan)
    {
        for (var day = plan.LastDoseDate!.Value; day <= situation.D0; day = day.AddDays(1))
            foreach (var time in plan.Medicine.TimesOfDay.Order())
                if (LocalTime.At(day, time, situation.Snapshot.Facility.Zone) is var at && at > plan.LastDoseAt && at <= situation.Snapshot.Biopsy.At) yield return at;
    }

    private static string Range(HoldPlan plan) => plan.Range is { } range ? $" (sources and label: {range} days)" : "";

    private static string? Why(Situation situation, HoldPlan plan) =>
        plan.ClearanceUnsure ? $"The creatinine clearance is not known or not reliable, so the longer hold of the next band ({plan.Band}) is shown as provisional."
        : plan.Band is null ? null
        : plan.Regimen!.DependsOnClearance ? $"Decided by {plan.Band}: {situation.ClearanceInWords()}."
        : $"Decided by {plan.Band}.";

    public static string Restart(HoldPlan plan) => plan.ResumeDate is { } day
        ? $"Restart not before {day.InFull()}{(plan.ResumeSay is { } when ? $", {when}" : "")}, once haemostasis is confirmed."
        : $"The responsible specialist decides when it is restarted{(plan.ResumeSay is { } say ? $" ({say})" : "")}.";

    /// <summary>What the record says about use that the clinician must settle.</summary>
    public static string? Use(Medicine medicine) => medicine switch
    {
        { Use: UseState.AsNeeded } => "As-needed order: possible exposure; confirm the last dose.",
        { Use: UseState.OnHold, ExposureEnd: { } held } => $"On hold since {held.InFull()} according to the record: confirm that no dose was taken since.",
        { Use: UseState.OnHold } => "On hold according to the record, without a date: counts as in use until confirmed.",
        { Use: UseState.SupportingOnly } => "Only dispensed or administered, no order was seen: confirm that it is taken.",
        { Use: UseState.Draft } => "Draft order: if it is signed, the first dose belongs after the biopsy.",
        { Possible: true } => "Recognised by a name that may cover other products: confirm.",
        _ => null,
    };
}
