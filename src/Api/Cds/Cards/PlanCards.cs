using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>One card before it is written.</summary>
/// <param name="Findings">Those of its topic, most serious first; info ones included.</param>
/// <param name="Repeated">Already shown in full to this user for this order, unchanged: one line is enough.</param>
public sealed record PlannedCard(CardTopic Topic, Severity Severity, ImmutableArray<Finding> Findings, bool Repeated = false)
{
    public string Indicator => Severity switch { Severity.Critical => "critical", Severity.High or Severity.Moderate => "warning", _ => "info" };
}

/// <summary>
/// Which cards a call gets: one for each topic that asks for something, most serious first. Topics that only inform get none; when
/// nothing asks for anything, one card says what was looked at – never that all is well while something was not seen.
/// </summary>
public static class PlanCards
{
    public static ImmutableArray<PlannedCard> For(Hook hook, HookFound.Judged found)
    {
        var cards = ImmutableArray.CreateBuilder<PlannedCard>();
        foreach (var topic in found.Readiness.Findings.GroupBy(CardTopics.Of))
            if (topic.Key is not CardTopic.NotChecked && topic.First().Severity >= Severity.Low)
                cards.Add(new(topic.Key, topic.First().Severity, [.. topic]));
        if (MustBeChecked(found))
            cards.Add(new(CardTopic.NotChecked, Severity.High, [.. found.Readiness.Findings.Where(f => CardTopics.Of(f) is CardTopic.NotChecked)]));
        if (cards.Count == 0)
            // Opening a chart asks for nothing, so a card that asks for nothing would only be in the way there.
            return hook is Hook.PatientView ? [] : [new(CardTopic.Ready, Severity.Info, found.Readiness.Findings)];
        cards.Sort((a, b) => a.Severity != b.Severity ? b.Severity.CompareTo(a.Severity) : a.Topic.CompareTo(b.Topic));
        return cards.DrainToImmutable();
    }

    /// <summary>Something was wanted and not seen, or seen and not understood, that could hide a blood thinner or a dangerous value.</summary>
    public static bool MustBeChecked(HookFound.Judged found) =>
        found.Unseen.Count > 0 || found.Readiness.Verdict is Verdict.CannotJudge || found.Readiness.NotJudged.Any(ForbidsReady)
        || found.Readiness.Findings.Any(f => f.Severity > Severity.Info && CardTopics.Of(f) is CardTopic.NotChecked);

    public static bool ForbidsReady(NotJudged entry) => entry.Hides is MightHide.Antithrombotic or MightHide.SafetyLab;
}
