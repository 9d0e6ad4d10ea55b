using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>L-INR, L-FIB and L-APTT (evidence 1.5).</summary>
public static class CoagulationRules
{
    public static IEnumerable<Finding> Findings(Situation situation) => [.. Inr(situation), .. Fibrinogen(situation), .. Aptt(situation)];

    private static IEnumerable<Finding> Inr(Situation situation)
    {
        var (policy, labs, d0) = (situation.Policy.Labs, situation.Policy.Catalogue.Labs, situation.D0);
        var rules = policy.Inr;
        var vka = situation.Medicines.Medicines.FirstOrDefault(m => Taken(m, situation));
        var liver = situation.History.Has("liver-disease") ? rules.Liver : "";

        Finding? Judge(LabValue inr)
        {
            var interval = Interval.Of(inr);
            var limit = (vka is null ? rules.NoVka : rules.Vka).LastOrDefault(l => interval.MaybeAbove(l.At));
            return limit?.Statement.Say("L-INR", "inr", [inr.AsFact(labs), .. vka?.Sources.Take(1) ?? [], .. situation.History.Of("liver-disease").Where(p => p.Active).Select(p => p.Fact).Take(1)],
                ("value", inr.Say()), ("date", inr.Date.InFull()), ("medicine", vka?.Summary ?? ""), ("liver", liver), ("more", Say.More(inr, policy, interval.SurelyAbove(limit.At))));
        }
        if (situation.Labs.NewerPreliminary("inr", d0, rules.WindowDays) is { } preliminary && Judge(preliminary) is { Severity: >= Severity.High } serious) yield return serious.AsPreliminary();
        switch (situation.Labs.Find("inr", d0, rules.WindowDays))
        {
            case Reading.Known known:
                if (Judge(known.Value) is { } finding) yield return finding;
                break;
            case Reading.Stale stale when vka is null && stale.AgeDays <= rules.EarlierDays && !rules.NoVka.IsEmpty && Interval.Of(stale.Value).MaybeAbove(rules.NoVka[0].At):
                // Earlier values are context only; that one does not fit the medication list is worth a line.
                yield return rules.EarlierWithoutVka.Say("D-QUAL", "inr", [stale.Value.AsFact(labs)],
                    ("value", stale.Value.Say()), ("date", stale.Value.Date.InFull()), ("opens", d0.AddDays(-rules.WindowDays).InFull()), ("liver", liver), ("more", stale.Value.NotesAsSentences()));
                break;
        }
    }

    private static bool Taken(Medicine m, Situation situation) =>
        situation.Policy.Labs.Inr.VkaClasses.Contains(m.Class) && m.Use is not (UseState.NotInUse or UseState.Draft)
        && (m.CountsAsInUse || m.ExposureEnd is not { } end || end.AddDays(situation.Policy.Labs.Inr.VkaEndedDays) >= situation.D0);

    private static IEnumerable<Finding> Fibrinogen(Situation situation)
    {
        var (policy, labs, rules) = (situation.Policy.Labs, situation.Policy.Catalogue.Labs, situation.Policy.Labs.Fibrinogen);
        Finding? Judge(LabValue fibrinogen)
        {
            var interval = Interval.Of(fibrinogen);
            var limit = rules.Below.FirstOrDefault(l => interval.MaybeBelow(l.At));
            var (dic, because) = Dic(situation);
            return limit?.Statement.Say("L-FIB", "fibrinogen", because.Prepend(fibrinogen.AsFact(labs)),
                ("value", fibrinogen.Say()), ("date", fibrinogen.Date.InFull()), ("dic", dic), ("more", Say.More(fibrinogen, policy, interval.SurelyBelow(limit.At))));
        }
        if (situation.Labs.NewerPreliminary("fibrinogen", situation.D0, rules.WindowDays) is { } preliminary && Judge(preliminary) is { Severity: >= Severity.High } serious) yield return serious.AsPreliminary();
        if (situation.Labs.Find("fibrinogen", situation.D0, rules.WindowDays) is Reading.Known known && Judge(known.Value) is { } finding) yield return finding;
    }

    /// <summary>Low platelets with a raised prothrombin time, or with acute leukaemia (evidence 1.5, L-FIB).</summary>
    private static (string Words, ImmutableArray<Fact> Because) Dic(Situation situation)
    {
        var (rules, labs) = (situation.Policy.Labs.Fibrinogen, situation.Policy.Catalogue.Labs);
        if (situation.Labs.Find("platelets", situation.D0, rules.WindowDays) is not Reading.Known { Value: var platelets } || !Interval.Of(platelets).MaybeBelow(rules.DicPlateletsBelow)) return ("", []);
        var raised = situation.Labs.Find("inr", situation.D0, rules.WindowDays) is Reading.Known { Value: var inr } && Interval.Of(inr).MaybeAbove(rules.DicInrAbove) ? inr
            : situation.Labs.Find("pt", situation.D0, rules.WindowDays) is Reading.Known { Value: { High: { } high } pt } && Interval.Of(pt).MaybeAbove(high) ? pt : null;
        if (raised is null && situation.Snapshot.Biopsy.Indication != "acute-leukaemia" && !situation.History.Has("leukaemia-acute")) return ("", []);
        var words = rules.DicWords.Replace("{platelets}", platelets.Say(), StringComparison.Ordinal)
            .Replace("{inr}", raised is null ? "" : $" and {labs[raised.Analyte].NameInside} {raised.Say()}", StringComparison.Ordinal);
        return (words, raised is null ? [platelets.AsFact(labs)] : [platelets.AsFact(labs), raised.AsFact(labs)]);
    }

    /// <summary>Routine aPTT is not asked for; with intravenous heparin it is.</summary>
    private static IEnumerable<Finding> Aptt(Situation situation)
    {
        var (policy, labs, d0) = (situation.Policy.Labs, situation.Policy.Catalogue.Labs, situation.D0);
        if (situation.Medicines.Active.FirstOrDefault(m => m.Intravenous && policy.Other.UfhClasses.Contains(m.Class)) is not { } heparin) yield break;
        if (situation.Labs.Find("aptt", d0, policy.Inr.WindowDays) is Reading.Known { Value: var aptt })
        {
            if (aptt.High is { } high && Interval.Of(aptt).MaybeAbove(high))
                yield return policy.Other.ApttProlonged.Say("L-APTT", "aptt", [aptt.AsFact(labs), .. heparin.Sources.Take(1)],
                    ("value", aptt.Say()), ("date", aptt.Date.InFull()), ("limit", LabWords.Amount(high, aptt.Unit)), ("more", Say.More(aptt, policy)));
        }
        else yield return policy.Other.ApttDue.Say("L-APTT", "aptt", heparin.Sources.Take(1), ("opens", d0.InFull())) with { TestDueDate = d0 };
    }
}
