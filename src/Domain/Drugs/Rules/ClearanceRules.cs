namespace BiopsyFhir.Domain;

/// <summary>L-CRCL-MISSING, L-CRCL-EDGE, DOAC-LONGER (evidence 2.2, 7.1 rule 7).</summary>
public static class ClearanceRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var drugs = situation.Drugs.Where(d => d.Plan.StillActive && d.Plan.Regimen is { Do: Instruction.Hold } && !situation.IsChild).ToList();
        return Missing(situation, [.. drugs.Where(d => d.Plan.ClearanceUnsure)]).Concat(Edge(situation, drugs)).Concat(drugs.SelectMany(d => Longer(situation, d)));
    }

    private static IEnumerable<Finding> Missing(Situation situation, List<DrugPicture> drugs)
    {
        if (drugs.Count == 0) yield break;
        var (rule, clearance) = (situation.Policy.Medicines.Rule("L-CRCL-MISSING"), situation.Clearance);
        var unreliable = clearance.MlPerMin is not null;
        var names = string.Join(", ", drugs.Select(d => d.Name).Distinct());
        yield return new Finding
        {
            Rule = "L-CRCL-MISSING",
            Severity = Severity.High,
            Subject = "creatinine-clearance",
            Action = FindingAction.OrderTest,
            Title = unreliable ? $"Creatinine clearance is unreliable; the hold of {names} depends on it" : $"Creatinine clearance is not known; the hold of {names} depends on it",
            Detail = DrugFacts.Sentences(clearance.AcuteChange ?? clearance.WhyUnknown,
                clearance.LastKnown is { } last ? $"Last known: {last.Analyte} {last.AsReceived} on {last.Date.InFull()}." : null,
                $"Until it is known, the longer hold of the next band is shown for {names}, as provisional."),
            Because = [.. drugs.SelectMany(d => d.Medicine.Sources), .. situation.ClearanceFacts(), situation.Biopsy()],
            Citations = rule.Citations,
        };
    }

    private static IEnumerable<Finding> Edge(Situation situation, List<DrugPicture> drugs)
    {
        if (situation.Clearance is not { MlPerMin: { } value, OnDialysis: false }) yield break;
        var rule = situation.Policy.Medicines.Rule("L-CRCL-EDGE");
        var near = drugs.SelectMany(d => d.Plan.Regimen!.Edges.Where(edge => Math.Abs(value - edge) <= rule["within"]).Select(edge => (drug: d, edge))).ToList();
        if (near.Count == 0) yield break;
        var edges = string.Join(" and ", near.Select(n => n.edge.Plain()).Distinct());
        yield return new Finding
        {
            Rule = "L-CRCL-EDGE",
            Severity = Severity.Info,
            Subject = "creatinine-clearance",
            Action = FindingAction.Inform,
            Title = $"Creatinine clearance {decimal.Round(value, 1).Plain()} mL/min is close to {edges}, where the hold changes",
            Detail = $"Within {rule["within"].Plain()} mL/min of {edges} for {string.Join(", ", near.Select(n => n.drug.Name).Distinct())}: consider the longer hold.",
            Because = [.. situation.ClearanceFacts(), .. near.SelectMany(n => n.drug.Medicine.Sources).Distinct()],
            Citations = rule.Citations,
        };
    }

    private static IEnumerable<Finding> Longer(Situation situation, DrugPicture drug)
    {
        if (drug is not { InUse: true, Row.Class: "doac-xa" or "doac-iia", Plan.Days: 1 }) yield break;
        var rule = situation.Policy.Medicines.Rule("DOAC-LONGER");
        var person = situation.Snapshot.Chart.Person;
        var factors = new List<Fact>();
        if (situation.AgeYears >= rule["age"]) factors.Add(new(person.Reference, $"age {situation.AgeYears}"));
        if (person.Sex == Sex.Female) factors.Add(new(person.Reference, "female"));
        if (situation.Clearance.MlPerMin < rule["clearanceBelow"]) factors.AddRange(situation.ClearanceFacts().Take(1));
        if (factors.Count < rule["atLeast"]) yield break;
        yield return new Finding
        {
            Rule = "DOAC-LONGER",
            Severity = Severity.Info,
            Subject = drug.Name,
            Action = FindingAction.Inform,
            Title = $"{drug.CapitalName}: consider 2 days",
            Detail = $"Consider 2 full drug-free days: {string.Join(", ", factors.Select(f => f.Text))}. Residual levels after one day are more frequent with two or more of age 75 or more, female sex and a clearance below 50 mL/min.",
            Because = [.. factors, .. drug.Medicine.Sources],
            Citations = rule.Citations,
        };
    }
}
