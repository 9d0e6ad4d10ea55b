using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>L-PLT and PLT-DUE (evidence 1.5, 7.1 rules 2 and 3).</summary>
public static class PlateletRules
{
    private const string Platelets = "platelets";

    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var (policy, labs, d0) = (situation.Policy.Labs.Platelets, situation.Labs, situation.D0);
        var window = PlateletWindow.For(situation);
        var reading = labs.Find(Platelets, d0, window.Days);

        // A preliminary count that is news speaks a level lower, beside whatever the final ones say.
        if (labs.NewerPreliminary(Platelets, d0, window.Days) is { } preliminary)
            foreach (var finding in Judge(preliminary, situation, ResultState.Preliminary))
                if (finding.Severity >= Severity.High) yield return finding.AsPreliminary();

        if (reading is Reading.Known known)
        {
            foreach (var finding in Judge(known.Value, situation, null)) yield return finding;
            yield break;
        }
        var last = labs.Of(Platelets).FirstOrDefault();
        yield return situation.AsOf < window.Opens(d0) ? Due(situation, window, last) : NoCount(situation, window, reading, last);

        // The last count is still judged by its value.
        if (last is not null && d0.DayNumber - last.Date.DayNumber <= policy.LastCountDays)
            foreach (var finding in Judge(last, situation, ResultState.Stale)) yield return finding;
    }

    private static IEnumerable<Finding> Judge(LabValue count, Situation situation, ResultState? state)
    {
        var (policy, labs) = (situation.Policy.Labs, situation.Policy.Catalogue.Labs);
        var (rules, interval, fact) = (policy.Platelets, Interval.Of(count), count.AsFact(labs));
        Finding Say(Statement statement, bool conclusive, ImmutableArray<Medicine> active, IEnumerable<Fact>? because = null) =>
            statement.Say("L-PLT", Platelets, (because ?? []).Prepend(fact),
                ("value", count.Say()), ("date", count.Date.InFull()), ("medicines", Names(active)),
                ("drugs", active.IsEmpty ? "" : $"{Names(active)} counts as still active."),
                ("more", Domain.Say.More(count, policy, conclusive) + (state == ResultState.Stale ? " This is the last known count; a new one is due." : ""))) with
            { State = state };

        for (var i = 0; i < rules.Below.Length; i++)
        {
            if (!interval.MaybeBelow(rules.Below[i].At)) continue;
            // Worst band it can be in; conclusive when it can be in no other.
            var conclusive = interval.SurelyBelow(rules.Below[i].At);
            var active = StillActive(situation, rules);
            var last = i == rules.Below.Length - 1;
            yield return Say(last && !active.IsEmpty ? rules.WithAntithrombotic : rules.Below[i].Statement, conclusive, active, active.SelectMany(m => m.Sources.Take(1)));
            yield break;
        }
        if (interval.SurelyAbove(rules.Above.At)) yield return Say(rules.Above.Statement, true, []);
        else if (count.Comparator is not null && interval.MaybeAbove(rules.Above.At)) yield return Say(rules.OpenInterval, true, []);
        else if (interval.SurelyAbove(rules.MpnAbove.At) && Mpn(situation) is { } mpn) yield return Say(rules.MpnAbove.Statement, true, [], [mpn]);
    }

    /// <summary>In use on the as-of date, or washout incomplete, whether or not a hold is planned (evidence 7.1 rule 3).</summary>
    private static ImmutableArray<Medicine> StillActive(Situation situation, PlateletPolicy policy) =>
        [.. situation.Holds.Where(h => h.StillActive).Select(h => h.Medicine).Concat(situation.Medicines.Active)
            .Where(m => policy.AntithromboticClasses.Contains(m.Class)).DistinctBy(m => m.Ingredient).OrderBy(m => m.Ingredient, StringComparer.Ordinal)];

    private static string Names(ImmutableArray<Medicine> medicines) => LabWords.And([.. medicines.Select(m => m.Ingredient)]);

    private static Fact? Mpn(Situation situation) =>
        situation.History.Of("mpn").FirstOrDefault(p => p.Active)?.Fact
        ?? (situation.Snapshot.Biopsy.Indication == "mpn" ? new Fact(situation.Snapshot.Biopsy.Order, "indication myeloproliferative neoplasm") : null);

    private static Finding Due(Situation situation, PlateletWindow window, LabValue? last) =>
        situation.Policy.Labs.Platelets.Due.Say("PLT-DUE", Platelets, [.. Last(situation, last), .. window.Because],
            ("window", window.Words), ("why", window.Why), ("opens", window.Opens(situation.D0).InFull()),
            ("last", last is null ? "No earlier count was seen." : $"The last count was {last.Say()} on {last.Date.InFull()}.")) with
        { TestDueDate = window.Opens(situation.D0) };

    private static Finding NoCount(Situation situation, PlateletWindow window, Reading reading, LabValue? last)
    {
        var (rules, d0) = (situation.Policy.Labs.Platelets, situation.D0);
        var problem = reading switch
        {
            Reading.Unreadable u => $"A result{(u.Date is { } date ? $" of {date.InFull()}" : "")} is there but cannot be read: {u.Why}.",
            Reading.Preliminary p => $"A result of {p.Value.Date.InFull()} is only preliminary.",
            _ => situation.Labs.Unreadable.Where(u => u.Analyte == Platelets).Select(u => $"An entry says \"{u.AsReceived}\": {u.Why}.").FirstOrDefault() ?? "",
        };
        return last is null
            ? rules.Missing.Say("L-PLT", Platelets, [new Fact(null, "no usable platelet count seen"), .. window.Because],
                ("window", window.Words), ("codes", Domain.Say.Codes(situation.Policy.Catalogue.Labs, Platelets)), ("why", window.Why), ("opens", window.Opens(d0).InFull()), ("more", problem)) with
            { State = ResultState.Missing }
            : rules.Stale.Say("L-PLT", Platelets, [.. Last(situation, last), .. window.Because],
                ("window", window.Words), ("value", last.Say()), ("date", last.Date.InFull()), ("age", LabWords.Days(d0.DayNumber - last.Date.DayNumber)),
                ("why", window.Why), ("opens", window.Opens(d0).InFull()), ("more", problem)) with
            { State = ResultState.Stale };
    }

    private static IEnumerable<Fact> Last(Situation situation, LabValue? last) =>
        last is null ? [new(null, "no usable platelet count seen")] : [last.AsFact(situation.Policy.Catalogue.Labs)];
}
