namespace BiopsyFhir.Domain;

/// <summary>The strictest window that applies to this patient, by analyte (evidence 7.1 rule 11).</summary>
public static class LabWindows
{
    /// <returns>Null when any age will do or nothing is asked of the analyte.</returns>
    public static int? Of(string analyte, Situation situation, PlateletWindow platelets)
    {
        var (policy, labs) = (situation.Policy, situation.Policy.Labs);
        var window = policy.WorkUp.Windows.TryGetValue(analyte, out var days) ? days : null;
        int? safety = analyte switch
        {
            "platelets" => platelets.Days,
            "inr" => situation.Medicines.Medicines.Any(m => m.CountsAsInUse && labs.Inr.VkaClasses.Contains(m.Class)) ? labs.Inr.WindowDays : labs.Inr.EarlierDays,
            "creatinine" => CreatinineClearance.NeedsFreshCreatinine(policy, situation.Medicines) ? labs.Clearance.CreatinineDaysRenalDrug : labs.Clearance.CreatinineDays,
            "body-weight" => labs.Clearance.WeightDays,
            "fibrinogen" => labs.Fibrinogen.WindowDays,
            "hemoglobin" => labs.Other.HaemoglobinDays,
            _ => null,
        };
        return window is { } w && safety is { } s ? Math.Min(w, s) : window ?? safety;
    }
}
