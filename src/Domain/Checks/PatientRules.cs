namespace BiopsyFhir.Domain;

/// <summary>G-PREG, G-DIAL, G-BMI, G-IMM, G-CHEMO, G-BLEEDHX, G-CALL, G-CONSENT.</summary>
public static class PatientRules
{
    public static IEnumerable<Finding> Findings(Situation situation) =>
        Pregnancy(situation).Concat(Dialysis(situation)).Concat(Weight(situation)).Concat(FeverWithNeutropenia(situation))
            .Concat(Chemotherapy(situation)).Concat(Always(situation));

    private static IEnumerable<Finding> Pregnancy(Situation situation)
    {
        var (checks, person) = (situation.Policy.Checks, situation.Snapshot.Chart.Person);
        if (situation.History.Of("pregnancy").FirstOrDefault(p => p.Active) is { } pregnancy)
        {
            yield return checks["G-PREG"].Say(pregnancy.Words, pregnancy.Fact);
            yield break;
        }
        var tests = situation.Labs.Of("hcg").Where(v => v.Date.AddDays(checks.PregnancyTestDays) >= situation.D0).ToList();
        if (tests.FirstOrDefault(t => Positive(t, checks.PositiveHcg)) is { } positive)
            yield return checks["G-PREG"].Say($"Pregnancy test {positive.AsReceived}", new Fact(positive.Reference, $"hCG {positive.AsReceived}", Date: positive.Date));
        else if (tests.Count == 0 && person.Sex == Sex.Female && situation.AgeYears is { } age && age >= checks.PregnancyAskFromAge && age <= checks.PregnancyAskToAge)
            yield return checks["G-PREG/ask"].Say("", new Fact(person.Reference, $"female, {age} years; no pregnancy status or recent test seen"));
    }

    private static bool Positive(LabValue hcg, decimal from) =>
        hcg.Text is { } words ? words.Contains("pos", StringComparison.OrdinalIgnoreCase) : hcg.Amount >= from;

    private static IEnumerable<Finding> Dialysis(Situation situation)
    {
        if (situation.History.Of("dialysis").FirstOrDefault(p => p.Active) is { } dialysis)
            yield return situation.Policy.Checks["G-DIAL"].Say(dialysis.Words, dialysis.Fact);
    }

    private static IEnumerable<Finding> Weight(Situation situation)
    {
        if (BodyMass.Index(situation) is { } bmi && bmi.Value >= situation.Policy.Checks.BmiFrom)
        {
            var finding = situation.Policy.Checks["G-BMI"].Say("", bmi.AsFact());
            yield return finding with { Title = finding.Title.Replace("{bmi}", $"{decimal.Round(bmi.Value, 1)}", StringComparison.Ordinal) };
        }
    }

    private static IEnumerable<Finding> FeverWithNeutropenia(Situation situation)
    {
        var checks = situation.Policy.Checks;
        if (situation.Labs.Of("anc").FirstOrDefault() is not { } anc || anc.Amount >= checks.AncBelow) yield break;
        var fever = situation.Labs.Of("body-temperature").FirstOrDefault(t => t.Date.AddDays(checks.FeverDays) >= situation.AsOf && t.Amount >= checks.FeverFrom);
        var words = situation.History.Of("fever").FirstOrDefault(p => p.Active);
        if (fever is null && words is null) yield break;
        var facts = new List<Fact> { new(anc.Reference, $"neutrophils {anc.AsReceived}", anc.Amount, anc.Unit, anc.Date) };
        if (fever is not null) facts.Add(new(fever.Reference, $"temperature {fever.AsReceived}", fever.Amount, fever.Unit, fever.Date));
        if (words is not null) facts.Add(words.Fact);
        yield return checks["G-IMM"].Say(string.Join("; ", facts.Select(f => f.Text)), facts);
    }

    private static IEnumerable<Finding> Chemotherapy(Situation situation)
    {
        var drugs = situation.Medicines.Medicines
            .Where(m => m.Class is "chemotherapy" or "g-csf" && m.Use is not UseState.NotInUse).SelectMany(m => m.Sources.Take(1)).ToList();
        if (drugs.Count > 0) yield return situation.Policy.Checks["G-CHEMO"].Say(string.Join("; ", drugs.Select(d => d.Text)), drugs);
    }

    private static IEnumerable<Finding> Always(Situation situation)
    {
        var (checks, facility) = (situation.Policy.Checks, situation.Snapshot.Facility);
        var biopsy = new Fact(situation.Snapshot.Biopsy.Order, "bone marrow biopsy planned", Date: situation.D0);
        var bled = situation.History.Of("previous-procedure-bleed").ToList();
        yield return checks["G-BLEEDHX"].Say(bled.Count == 0 ? "" : $" On record: {string.Join("; ", bled.Select(p => p.Words))}.", [biopsy, .. bled.Select(p => p.Fact)]);
        yield return checks["G-CONSENT"].Say("", biopsy);
        var missing = new List<string>();
        if (facility.ProcedureUnitPhone is null) missing.Add("procedure unit");
        if (facility.AfterHoursPhone is null) missing.Add("after hours");
        if (missing.Count > 0) yield return checks["G-CALL"].Say($"Missing: {string.Join(" and ", missing)}", new Fact(null, "site configuration"));
    }
}
