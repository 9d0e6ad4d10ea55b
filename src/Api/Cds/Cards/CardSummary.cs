using BiopsyFhir.Api.Review;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>One sentence for a card: the most serious point first, as many as fit, and how many more there are (H-40).</summary>
public static class CardSummary
{
    public static string Of(PlannedCard card, HookFound.Judged found)
    {
        var sentence = card.Topic switch
        {
            CardTopic.NotChecked => NotChecked(found),
            CardTopic.Ready => Ready(found),
            CardTopic.WorkUp => Join([.. card.Findings.Where(f => f.Severity > Severity.Info && !OrderableTests.AsksForTest(f)).Select(f => f.Title), .. Tests(card, found.Readiness.Policy)]),
            _ => Join([.. card.Findings.Where(f => f.Severity > Severity.Info).Select(f => f.Title)]),
        };
        return CardText.Summary(card.Repeated ? $"Still open: {sentence}" : sentence);
    }

    private static string NotChecked(HookFound.Judged found)
    {
        var what = found.Unseen.Select(u => u.What).Concat(found.Readiness.NotJudged.Where(PlanCards.ForbidsReady).Select(n => n.What)).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var start = found.Readiness.Verdict is Verdict.CannotJudge ? "Readiness cannot be judged; could not check: " : "Could not check: ";
        if (what.Count == 0) what.AddRange(found.Readiness.NotJudged.Select(n => n.What));
        return start + Join(what, ", ", CardText.LongestSummary - start.Length);
    }

    /// <summary>Never "all well" in a breath with something that was not seen.</summary>
    private static string Ready(HookFound.Judged found)
    {
        var readiness = found.Readiness;
        if (readiness.Verdict is not Verdict.Ready) return ReviewWords.Sentence(readiness);
        var notSeen = readiness.NotJudged.Select(n => n.What).Distinct().ToList();
        if (notSeen.Count == 0) return "Nothing to hold; tests are there";
        const string Start = "In what was seen: nothing to hold and no test missing. Not seen or not judged: ";
        return Start + Join([.. notSeen], ", ", CardText.LongestSummary - Start.Length);
    }

    private static IEnumerable<string> Tests(PlannedCard card, Policy policy)
    {
        var names = card.Findings.Where(f => f.Severity > Severity.Info && OrderableTests.AsksForTest(f))
            .Select(f => policy.WorkUp.Tests.FirstOrDefault(t => t.Rule == f.Rule)?.Name ?? f.Title).ToList();
        if (names.Count == 0) yield break;
        var start = $"{names.Count} {(names.Count == 1 ? "test" : "tests")} missing or too old: ";
        yield return start + Join(names, ", ", CardText.LongestSummary - "Still open: ".Length - start.Length);
    }

    /// <summary>As many parts as fit, and the number of those that do not.</summary>
    private static string Join(List<string> parts, string between = "; ", int most = CardText.LongestSummary)
    {
        const int RoomForMore = 16; // "; and 999 more"
        var sentence = "";
        for (var i = 0; i < parts.Count; i++)
        {
            var part = CardText.Plain(parts[i]);
            var longer = i == 0 ? part : sentence + between + part;
            if (longer.Length > (i == parts.Count - 1 ? most : most - RoomForMore))
                return i == 0 ? parts.Count == 1 ? part : $"{CardText.Shorten(part, most - RoomForMore)} and {parts.Count - 1} more" : $"{sentence} and {parts.Count - i} more";
            sentence = longer;
        }
        return sentence;
    }
}
