namespace BiopsyFhir.Domain;

/// <summary>What aspirin is taken for, as far as an entry tells.</summary>
public enum AspirinUse { Unknown, Prevention, Pain }

/// <summary>Prevention (continued) or pain (avoided before the biopsy), evidence 2.1: alone, regularly and at most 325 mg a day is prevention.</summary>
internal static class AspirinUses
{
    public static AspirinUse Of(DrugReading reading, Dose dose, bool asNeeded, DrugLimits limits)
    {
        if (asNeeded || reading.ForPain) return AspirinUse.Pain;
        if (dose.MgPerDay is { } day) return day > limits.PreventionAspirinMg ? AspirinUse.Pain : AspirinUse.Prevention;
        // A single take above the limit decides without the frequency; one below it is prevention unless something says pain.
        if (dose is { Unit: "mg", PerTake: { } take }) return take > limits.PreventionAspirinMg ? AspirinUse.Pain : AspirinUse.Prevention;
        // ATC groups: N02B analgesics, N02A and M01B combinations for pain; B01A, C07F and C10B prevention.
        var groups = reading.Codes.Where(c => c.System == RecognisedBy.Atc).Select(c => c.Code).ToList();
        if (groups.Any(Starts("B01A", "C07F", "C10B"))) return AspirinUse.Prevention;
        return groups.Any(Starts("N02", "M01B")) ? AspirinUse.Pain : AspirinUse.Unknown;
    }

    private static Func<string, bool> Starts(params string[] with) => code => with.Any(w => code.StartsWith(w, StringComparison.Ordinal));
}
