namespace BiopsyFhir.Domain;

/// <summary>The first limit of the policy beyond which something is said about a result, for drawing trends. The rules do not read it.</summary>
/// <param name="Below">Whether values below it are the unsafe ones; else those above.</param>
public sealed record LabLimit(decimal At, bool Below)
{
    /// <summary>In the analyte's own unit; null where the policy has no single limit.</summary>
    public static LabLimit? Of(Readiness readiness, string analyte)
    {
        var labs = readiness.Policy.Labs;
        return analyte switch
        {
            "platelets" => new(labs.Platelets.Below[^1].At, true),
            "fibrinogen" => new(labs.Fibrinogen.Below[^1].At, true),
            "hemoglobin" => readiness.Anaemia.CutoffGPerL is { } cutoff ? new(cutoff / 10, true) : null,
            "inr" => new((readiness.Medications.Any(m => m.InUse && m.Class is { } drug && labs.Inr.VkaClasses.Contains(drug)) ? labs.Inr.Vka : labs.Inr.NoVka)[0].At, false),
            _ => null,
        };
    }
}
