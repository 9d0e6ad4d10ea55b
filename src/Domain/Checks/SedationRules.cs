namespace BiopsyFhir.Domain;

/// <summary>G-SED, G-NPO, G-RESP, G-GLP1, G-DM: they speak only when sedation is planned.</summary>
public static class SedationRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var (checks, biopsy) = (situation.Policy.Checks, situation.Snapshot.Biopsy);
        if (biopsy.Sedation == "none") yield break;

        var planned = new Fact(biopsy.Order, $"{biopsy.Sedation} sedation planned, escort {biopsy.Escort}", Date: biopsy.Date);
        yield return checks["G-SED"].Say("", planned);
        if (biopsy.Escort != "yes") yield return checks["G-SED/no-escort"].Say("", planned);
        yield return checks["G-NPO"].Say("", planned);

        var risks = BreathingRisks(situation).ToList();
        if (risks.Count > 0)
            yield return checks[risks.Count > 1 ? "G-RESP/several" : "G-RESP"].Say(string.Join("; ", risks.Select(r => r.Text)), risks);
        if (Facts(situation, "glp1-ra") is { Count: > 0 } glp1) yield return checks["G-GLP1"].Say(Words(glp1), glp1);
        if (Facts(situation, "insulin-sulfonylurea") is { Count: > 0 } insulin) yield return checks["G-DM"].Say(Words(insulin), insulin);
    }

    private static IEnumerable<Fact> BreathingRisks(Situation situation)
    {
        var (opioids, benzodiazepines) = (Facts(situation, "opioid"), Facts(situation, "benzodiazepine"));
        if (opioids.Count > 0 && benzodiazepines.Count > 0)
            yield return opioids[0] with { Text = $"Opioid and benzodiazepine together: {opioids[0].Text}; {benzodiazepines[0].Text}" };
        foreach (var kind in (string[])["sleep-apnoea", "copd-home-oxygen"])
            if (situation.History.Of(kind).FirstOrDefault(p => p.Active) is { } problem) yield return problem.Fact;
        if (BodyMass.Index(situation) is { } bmi && bmi.Value >= 40) yield return bmi.AsFact();
    }

    private static List<Fact> Facts(Situation situation, string drugClass) =>
        [.. situation.Medicines.Active.Where(m => m.Class == drugClass).SelectMany(m => m.Sources.Take(1))];

    private static string Words(List<Fact> facts) => string.Join("; ", facts.Select(f => f.Text));
}
