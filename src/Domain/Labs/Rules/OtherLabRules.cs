namespace BiopsyFhir.Domain;

/// <summary>L-HB: a very low haemoglobin is a note. L-URAEMIA: platelets that work poorly whatever their count (evidence 1.5).</summary>
public static class OtherLabRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var (policy, labs, d0) = (situation.Policy.Labs, situation.Policy.Catalogue.Labs, situation.D0);
        // As measured: the value adjusted for elevation is for classifying only (evidence 3.1).
        if (situation.Labs.Find("hemoglobin", d0, policy.Other.HaemoglobinDays) is Reading.Known { Value: var hb } && Interval.Of(hb).MaybeBelow(policy.Other.HaemoglobinBelow))
            yield return policy.Other.Haemoglobin.Say("L-HB", "hemoglobin", [hb.AsFact(labs)], ("value", hb.Say()), ("date", hb.Date.InFull()), ("more", Say.More(hb, policy)));

        var facts = new List<Fact>();
        if (situation.Labs.Find("egfr", d0, policy.Other.UraemiaDays) is Reading.Known { Value: var egfr } && Interval.Of(egfr).SurelyBelow(policy.Other.EgfrBelow)) facts.Add(egfr.AsFact(labs));
        if (situation.Labs.Find("bun", d0, policy.Other.UraemiaDays) is Reading.Known { Value: var bun } && Interval.Of(bun).SurelyAbove(policy.Other.BunAbove)) facts.Add(bun.AsFact(labs));
        // Dialysis itself is said by G-DIAL.
        if (facts.Count > 0) yield return policy.Other.Uraemia.Say("L-URAEMIA", "uraemia", facts, ("what", string.Join("; ", facts.Select(f => f.Text))));
    }
}
