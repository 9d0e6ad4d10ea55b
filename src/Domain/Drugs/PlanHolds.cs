using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// Medicine x policy row x clearance band -> dates. Counting convention: N full drug-free days directly before D0 and none on D0,
/// so the last dose is on D0 - (N + 1) and the first drug-free day is D0 - N (evidence, counting convention; 2.1, 2.2).
/// </summary>
public static class PlanHolds
{
    public static ImmutableArray<HoldPlan> From(Snapshot snapshot, Policy policy, MedicineList medicines, Clearance clearance, PatientHistory history) =>
        [.. medicines.Medicines.Where(m => m.Use != UseState.NotInUse).Select(m => Plan(m, snapshot, policy, clearance, history))];

    private static HoldPlan Plan(Medicine medicine, Snapshot snapshot, Policy policy, Clearance clearance, PatientHistory history)
    {
        var none = new HoldPlan { Medicine = medicine, Status = HoldStatus.NoHold };
        if (!medicine.Systemic || RowOf(medicine, policy) is not { } row) return none;

        var dose = row.Prophylactic is { } limits ? DoseClass.Of(medicine, limits, clearance) : null;
        var regimen = RegimenOf(row, medicine, dose);
        none = none with
        {
            Regimen = regimen,
            Family = row.Family,
            Citations = row.Citations,
            Prophylactic = dose is { Prophylactic: true },
            Notes = Notes(row, regimen, dose),
            AskSpecialist = regimen.AskSpecialist,
        };
        if (regimen.Do != Instruction.Hold) return none;
        if (regimen.PrimaryPreventionOnly && SecondaryPrevention(history)) return none with { Regimen = regimen with { Do = Instruction.Continue, Bands = [] } };
        if (Age.OnDay(snapshot.Chart.Person.BirthDate, snapshot.Biopsy.Date) is < 18)
            // Adult tables are not valid for children: no date at all (evidence 4, G-PEDS).
            return none with { Status = HoldStatus.OnTime, Provisional = true, AskSpecialist = true };

        var (band, unsure) = BandOf(regimen, clearance, history);
        var plan = none with
        {
            Range = regimen.Range,
            Band = regimen.DependsOnClearance || row.Regimens.Count > 1 ? BandInWords(row, regimen, band, dose) : null,
            Provisional = unsure || band.Specialist || regimen.PrimaryPreventionOnly,
            AskSpecialist = band.Specialist,
            ClearanceUnsure = unsure,
            Notes = band.Say is { } say && !unsure ? [.. none.Notes, say] : none.Notes,
            ResumeDate = Resume(band, snapshot),
            ResumeSay = band.ResumeSay,
        };
        return band.Days is { } days ? ByDays(plan, days, snapshot) : ByHours(plan, band.Hours!.Value, snapshot);
    }

    /// <summary>Dipyridamole in one product with aspirin follows the aspirin (evidence 2.1).</summary>
    private static MedicineRow? RowOf(Medicine medicine, Policy policy) =>
        medicine.Ingredient == "dipyridamole" && medicine.CombinedWith.Contains("aspirin") && policy.Medicines.Rows.TryGetValue("aspirin", out var aspirin)
            ? aspirin : policy.Medicines.Find(medicine);

    private static Regimen RegimenOf(MedicineRow row, Medicine medicine, DoseClass? dose)
    {
        if (row.Regimens.TryGetValue("", out var only)) return only;
        return row.Regimens.ContainsKey("analgesic")
            ? row.Regimens[medicine.AnalgesicAspirin ? "analgesic" : "prevention"]
            : row.Regimens[dose is { Prophylactic: true } ? "prophylactic" : "therapeutic"];
    }

    private static ImmutableArray<string> Notes(MedicineRow row, Regimen regimen, DoseClass? dose)
    {
        var therapeutic = row.Regimens.ContainsKey("therapeutic") && dose is { Prophylactic: false };
        return [.. row.Say, .. therapeutic ? row.SayTherapeutic : [], .. regimen.Say, .. dose?.Note is { } note && row.Regimens.ContainsKey("therapeutic") ? [note] : ImmutableArray<string>.Empty];
    }

    private static readonly ImmutableArray<string> Atherosclerosis =
        ["acute-coronary", "coronary-disease", "coronary-stent", "pci", "other-stent", "stroke-tia", "peripheral-artery-disease", "carotid-disease", "mechanical-valve", "prosthetic-valve", "tissue-valve", "lvad"];

    private static bool SecondaryPrevention(PatientHistory history) => history.OfAny(Atherosclerosis).Any();

    /// <summary>
    /// The band of the unrounded clearance. Unknown: the second band, or the one of the last known value when that is below 30
    /// (evidence 2.2, 7.1 rule 7). Below 15 and dialysis share a band.
    /// </summary>
    private static (RegimenBand Band, bool Unsure) BandOf(Regimen regimen, Clearance clearance, PatientHistory history)
    {
        if (!regimen.DependsOnClearance) return (regimen.Bands[0], false);
        if (clearance.OnDialysis || history.Has("dialysis")) return (regimen.Bands[^1], false);
        var nextWorse = regimen.Bands[1];
        if (clearance.MlPerMin is { } known)
        {
            var band = regimen.BandFor(known);
            return clearance.AcuteChange is null ? (band, false) : (Worse(regimen, band, nextWorse), true);
        }
        if (history.Of("ckd").Any(c => c.Active && c.Detail("stage") == "5")) return (regimen.Bands[^1], true);
        return clearance.LastKnown is { Amount: < 30 } last ? (Worse(regimen, regimen.BandFor(last.Amount), nextWorse), true) : (nextWorse, true);
    }

    private static RegimenBand Worse(Regimen regimen, RegimenBand a, RegimenBand b) => regimen.Bands.IndexOf(a) > regimen.Bands.IndexOf(b) ? a : b;

    private static string BandInWords(MedicineRow row, Regimen regimen, RegimenBand band, DoseClass? dose)
    {
        var words = new List<string>();
        if (row.Regimens.ContainsKey("therapeutic")) words.Add(dose is { Prophylactic: true } ? "prophylactic dose" : "therapeutic dose");
        if (regimen.DependsOnClearance) words.Add(band.Clearance.InWords);
        return string.Join(", ", words);
    }

    private static DateOnly? Resume(RegimenBand band, Snapshot snapshot) =>
        band.ResumeDays is { } days ? snapshot.Biopsy.Date.AddDays(days)
        : band.ResumeHours is { } hours ? HourHold.Day(HourHold.Local(snapshot.Biopsy.At.AddHours((double)hours), snapshot.Facility.Zone))
        : null;

    private static HoldPlan ByDays(HoldPlan plan, int days, Snapshot snapshot)
    {
        var d0 = snapshot.Biopsy.Date;
        var last = d0.AddDays(-(days + 1));
        plan = plan with { Days = days, LastDoseDate = last, FirstDrugFreeDate = d0.AddDays(-days) };
        var end = plan.Medicine.ExposureEnd;
        return plan.Medicine.Use switch
        {
            UseState.Ended when end is { } ended => ended <= last ? Done(plan) : Incomplete(plan, ended.AddDays(days + 1)),
            UseState.OnHold when end is { } held => held <= last ? OnTime(plan) : Incomplete(plan, held.AddDays(days + 1)),
            UseState.Draft or UseState.EndedUnknown or UseState.Ended => OnTime(plan),
            _ => snapshot.AsOf.Last > last ? Late(plan, snapshot.AsOf.Last.AddDays(days + 1)) : OnTime(plan),
        };
    }

    private static HoldPlan ByHours(HoldPlan plan, decimal hours, Snapshot snapshot)
    {
        var (medicine, facility) = (plan.Medicine, snapshot.Facility);
        var cutOff = HourHold.CutOff(snapshot, hours);
        var last = HourHold.LastDose(medicine, cutOff, facility.Zone);
        plan = plan with { Hours = hours, LastDoseAt = last, LastDoseDate = HourHold.Day(last) };
        var end = medicine.ExposureEnd;
        switch (medicine.Use)
        {
            case UseState.Ended when end is not null:
                return end <= plan.LastDoseDate ? Done(plan) : Incomplete(plan, After(end.Value));
            case UseState.OnHold when end is not null:
                return end <= plan.LastDoseDate ? OnTime(plan) : Incomplete(plan, After(end.Value));
            case UseState.Draft or UseState.EndedUnknown or UseState.Ended:
                return OnTime(plan);
        }
        // With an instant: a dose up to the cut-off is in time. With a day only: the day of the last dose is in time, a later one is not.
        var asOf = snapshot.AsOf;
        var passed = asOf.At is { } now ? now > cutOff : asOf.Last > plan.LastDoseDate;
        if (!passed) return OnTime(plan);
        var earliest = asOf.At is { } at ? HourHold.Earliest(at, hours, facility) : After(asOf.Last);
        return earliest > snapshot.Biopsy.Date ? Late(plan, earliest) : OnTime(plan);

        DateOnly After(DateOnly day) => HourHold.Earliest(HourHold.LatestOn(day, medicine, facility.Zone), hours, facility);
    }

    private static HoldPlan OnTime(HoldPlan plan) => plan with { Status = HoldStatus.OnTime };

    private static HoldPlan Done(HoldPlan plan) => plan with { Status = HoldStatus.WashoutComplete };

    private static HoldPlan Incomplete(HoldPlan plan, DateOnly earliest) => plan with { Status = HoldStatus.WashoutIncomplete, EarliestProcedureDate = earliest };

    private static HoldPlan Late(HoldPlan plan, DateOnly earliest) => plan with { Status = HoldStatus.Late, EarliestProcedureDate = earliest };
}
