using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>W-…, X-CAUSE, W-HAEM-FIRST and N-URGENT: the anaemia work-up (evidence 3.2 to 3.5).</summary>
public static class WorkUpRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var policy = situation.Policy.WorkUp;
        var (picture, workUp) = (situation.Picture, situation.WorkUp);

        if (workUp.Urgent is { } urgent) yield return Line(policy.Urgent, "N-URGENT", "marrow", urgent);
        else if (workUp.Mode == WorkUpMode.Off) yield return Off(situation);

        foreach (var outcome in workUp.Tests)
            if (!outcome.Satisfied) yield return Lacking(situation, outcome);

        if (workUp.Mode != WorkUpMode.Gaps || situation.Anaemia.Anaemic != true) yield break;
        foreach (var cause in policy.Causes)
            if (picture.Meets(cause.Any) is { } met) yield return Line(cause, "X-CAUSE", cause.Key, met);
        if (picture.Meets(policy.HaemolysisFirst.Any) is { } many) yield return Line(policy.HaemolysisFirst, "W-HAEM-FIRST", "reticulocytes", many);
    }

    private static Finding Line(WorkUpStatement line, string rule, string subject, Met met) =>
        line.Statement.Say(rule, subject, met.Facts.IsEmpty ? [new Fact(null, LabWords.And(met.Words))] : met.Facts,
            ("facts", Sentence(LabWords.And(met.Words))), ("notes", string.Concat(met.Notes.Distinct().Select(n => $"{Sentence(n)}. "))));

    private static Finding Off(Situation situation)
    {
        var biopsy = situation.Snapshot.Biopsy;
        var indication = biopsy.Indication == "other" ? biopsy.IndicationText ?? "not one of those known here" : biopsy.Indication.Replace('-', ' ');
        return situation.Policy.WorkUp.Off.Say("W-OFF", "work-up", [new Fact(biopsy.Order, $"indication {indication}")], ("indication", indication), ("more", ""));
    }

    private static Finding Lacking(Situation situation, TestOutcome outcome)
    {
        var (policy, labs) = (situation.Policy.WorkUp, situation.Policy.Catalogue.Labs);
        var stale = outcome.State == ResultState.Stale;
        var statement = outcome.Test.Any.IsEmpty ? policy.Review : (outcome.Asked, stale) switch
        {
            (true, true) => policy.CoreStale,
            (true, false) => policy.CoreMissing,
            (false, true) => policy.ConditionalStale,
            _ => policy.ConditionalMissing,
        };
        var within = outcome.WindowDays is { } days ? $"in the {LabWords.Days(days)} before the biopsy ({situation.D0.AddDays(-days).InFull()} or later)" : "at any time";
        var finding = statement.Say(outcome.Test.Rule, outcome.Subject, [.. Facts(outcome, labs, within), .. outcome.Because],
            ("name", outcome.Test.Name), ("within", within), ("why", outcome.Why),
            ("missing", statement.Asks("missing") ? LabWords.And([.. outcome.Lacking.Select(r => Missing(r, labs))]) : ""),
            ("stale", statement.Asks("stale") ? string.Join("; ", outcome.Lacking.OfType<Reading.Stale>().Select(s => Old(s, labs))) : ""),
            ("more", string.Join(" ", Review(situation, outcome).Concat(Entries(situation, outcome)))));
        return finding with { State = stale ? ResultState.Stale : ResultState.Missing, Citations = outcome.Test.Citations };
    }

    private static string Missing(Reading reading, LabCatalogue labs)
    {
        var name = labs[reading.Analyte].NameInside;
        return reading switch
        {
            Reading.Stale stale => Old(stale, labs),
            Reading.Preliminary => $"{name} (only preliminary)",
            Reading.Unreadable unreadable => $"{name} (a result is there but cannot be read: {unreadable.Why})",
            _ => $"{name} (looked for {Say.Codes(labs, reading.Analyte)})",
        };
    }

    private static string Old(Reading.Stale stale, LabCatalogue labs) =>
        $"{labs[stale.Analyte].NameInside} {stale.Value.Say()} is from {stale.Value.Date.InFull()}, {LabWords.Days(stale.AgeDays)} before the biopsy; the limit is {LabWords.Days(stale.WindowDays)}";

    private static IEnumerable<Fact> Facts(TestOutcome outcome, LabCatalogue labs, string within)
    {
        if (outcome.Test.Any.IsEmpty) yield return new(null, $"{outcome.Test.Name}: not recorded");
        foreach (var reading in outcome.Lacking)
            yield return reading switch
            {
                Reading.Stale stale => stale.Value.AsFact(labs),
                Reading.Preliminary preliminary => preliminary.Value.AsFact(labs),
                Reading.Unreadable unreadable => new(unreadable.Reference, $"{labs[unreadable.Analyte].Name}: {unreadable.Why}", Date: unreadable.Date),
                _ => new(null, $"{labs[reading.Analyte].Name}: none seen {within}"),
            };
    }

    /// <summary>For a review: what to look for, and which of it is on the list.</summary>
    private static IEnumerable<string> Review(Situation situation, TestOutcome outcome)
    {
        if (outcome.Test.Review is not { } review) yield break;
        yield return review;
        var on = situation.Medicines.Medicines.Where(m => m.Class == outcome.Test.ReviewClass && m.Use != UseState.NotInUse).Select(m => m.Summary).ToImmutableArray();
        if (!on.IsEmpty) yield return $"On the list: {LabWords.And(on)}.";
        if (situation.History.Of("alcohol").FirstOrDefault(p => p.Active) is { } alcohol) yield return $"On record: {alcohol.Words}.";
    }

    /// <summary>Entries without a value are shown: "not performed" is another thing than nothing at all.</summary>
    private static IEnumerable<string> Entries(Situation situation, TestOutcome outcome) =>
        from reading in outcome.Lacking
        from entry in situation.Labs.Unreadable
        where entry.Analyte == reading.Analyte && entry.NoValue
        select $"An entry of {entry.Date?.InFull() ?? "an unknown day"} says \"{entry.AsReceived}\".";

    private static string Sentence(string words) => words.Length == 0 ? words : char.ToUpperInvariant(words[0]) + words[1..];
}
