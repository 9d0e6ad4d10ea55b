using System.Globalization;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>The Markdown under a card: what to do, what was seen, by which rule and source, and what was not seen (evidence 2.9).</summary>
public static class CardDetail
{
    private const int MostMedicinesNamed = 8;
    private const int MostNotSeenNamed = 6;

    /// <param name="summary">A finding whose title stands there is not headed by it again.</param>
    /// <param name="last">The last card also names what only informs.</param>
    public static void Write(CardText text, PlannedCard card, string summary, HookFound.Judged found, bool last)
    {
        switch (card.Topic)
        {
            case CardTopic.NotChecked: NotChecked(text, found); break;
            case CardTopic.Ready: LookedAt(text, found.Readiness); break;
            case CardTopic.WorkUp: WorkUp(text, card, summary, found.Readiness); break;
            default:
                foreach (var finding in card.Findings) Finding(text, finding, summary, found.Readiness);
                Lines(text, card.Findings);
                break;
        }
        if (last) Also(text, card, found);
        Basis(text, card, found);
    }

    /// <summary>For a card that was shown in full before.</summary>
    public static void WriteRepeated(CardText text, PlannedCard card, HookFound.Judged found)
    {
        text.Raw("Shown in full when the order was chosen; nothing has changed since.");
        foreach (var finding in card.Findings)
            if (finding.Severity >= Severity.Low) text.Raw("\n- ").Text(finding.Title).Raw(" (").Text(finding.Rule).Raw(")");
        if (card.Topic is CardTopic.NotChecked) text.Raw("\n\n").Number(NotSeen(found)).Raw(" entries could not be checked.");
        Policy(text, found.Readiness);
    }

    private static void Finding(CardText text, Finding finding, string summary, Readiness readiness)
    {
        if (finding.Severity is Severity.Info) return;
        Break(text);
        if (finding.Title != summary) text.Raw("**").Text(finding.Title).Raw("**\n\n");
        if (finding.Provisional) text.Raw("Provisional: the dates are no instruction.\n\n");
        text.Text(finding.Detail);
        Facts(text, finding, readiness.Snapshot.Biopsy);
        text.Raw("\n\nRule ").Text(finding.Rule).Raw(". Sources: ");
        Sources(text, finding.Citations, readiness.Policy);
    }

    private static void Facts(CardText text, Finding finding, Biopsy biopsy)
    {
        var any = false;
        foreach (var fact in finding.Because)
        {
            if (fact.Reference == biopsy.Order && fact.Date == biopsy.Date) continue; // the day and the order stand at the end of every card
            text.Raw(any ? "; " : "\n\nSeen: ").Text(fact.Text);
            any = true;
            if (fact.Value is { } value && value.Plain() is var number && !fact.Text.Contains(number, StringComparison.Ordinal) && !fact.Text.Contains(fact.Unit ?? "?", StringComparison.Ordinal))
                text.Raw(" ").Text(number).Raw(" ").Text(fact.Unit);
            if (fact.Date is { } day) text.Raw(", ").Day(day);
            if (fact.Reference is { } reference) text.Raw(" (").Text(reference).Raw(")");
        }
        if (any) text.Raw(".");
    }

    /// <summary>What only informs: a line each.</summary>
    private static void Lines(CardText text, IEnumerable<Finding> findings)
    {
        var first = true;
        foreach (var finding in findings)
        {
            if (finding.Severity > Severity.Info) continue;
            text.Raw(first ? "\n\n- " : "\n- ").Text(finding.Title).Raw(" (").Text(finding.Rule).Raw(")");
            first = false;
        }
    }

    /// <summary>A line for each test, causes in full; the sources once for all.</summary>
    private static void WorkUp(CardText text, PlannedCard card, string summary, Readiness readiness)
    {
        foreach (var finding in card.Findings)
            if (!OrderableTests.AsksForTest(finding)) Finding(text, finding, summary, readiness);
        Lines(text, card.Findings.Where(f => !OrderableTests.AsksForTest(f)));
        Tests(text, "Asked for in every work-up:", card.Findings.Where(f => f.Severity > Severity.Info), readiness.Policy);
        Tests(text, "Would help here:", card.Findings.Where(f => f.Severity is Severity.Info), readiness.Policy);
        var citations = card.Findings.Where(OrderableTests.AsksForTest).SelectMany(f => f.Citations).Distinct().ToList();
        if (citations.Count == 0) return;
        text.Raw("\n\nSources: ");
        Sources(text, citations, readiness.Policy);
    }

    private static void Tests(CardText text, string heading, IEnumerable<Finding> findings, Policy policy)
    {
        var first = true;
        foreach (var finding in findings.Where(OrderableTests.AsksForTest))
        {
            if (first)
            {
                Break(text);
                text.Raw(heading);
            }
            text.Raw(first ? "\n\n- " : "\n- ").Text(finding.Title);
            if (finding.State is not ResultState.Missing) text.Raw(". ").Text(finding.Detail);
            else if (policy.WorkUp.Tests.FirstOrDefault(t => t.Rule == finding.Rule)?.WindowDays is { } days) text.Raw(", looked back ").Number(days).Raw(" days");
            text.Raw(" (").Text(finding.Rule).Raw(")");
            first = false;
        }
    }

    private static void NotChecked(CardText text, HookFound.Judged found)
    {
        Break(text);
        text.Raw("Not seen is not the same as not there. Look at these by hand:\n");
        foreach (var unseen in found.Unseen) text.Raw("\n- **").Text(unseen.What).Raw("**: ").Text(unseen.Why);
        foreach (var entry in found.Readiness.NotJudged.Where(PlanCards.ForbidsReady)) text.Raw("\n- **").Text(entry.What).Raw("**: ").Text(entry.Why);
        foreach (var finding in found.Readiness.Findings)
            if (CardTopics.Of(finding) is CardTopic.NotChecked && !IsNamed(finding, found.Readiness)) text.Raw("\n- **").Text(finding.Title).Raw("**: ").Text(finding.Detail).Raw(" (").Text(finding.Rule).Raw(")");
    }

    /// <summary>The same result stands in the list already, as one that could hide something.</summary>
    private static bool IsNamed(Finding finding, Readiness readiness) =>
        finding.Because.Any(fact => fact.Reference is { } reference && readiness.NotJudged.Any(n => PlanCards.ForbidsReady(n) && n.What.Contains($"({reference})", StringComparison.Ordinal)));

    private static void LookedAt(CardText text, Readiness readiness)
    {
        Break(text);
        text.Raw("Looked at:\n\n- ").Number(readiness.Medications.Length).Raw(readiness.Medications.Length == 1 ? " medication entry" : " medication entries");
        var (named, inUse) = (0, readiness.Medications.Where(m => m.InUse).ToList());
        foreach (var medication in inUse.Take(MostMedicinesNamed)) text.Raw(named++ == 0 ? "; in use: " : ", ").Text(medication.Text);
        if (inUse.Count > MostMedicinesNamed) text.Raw(" and ").Number(inUse.Count - MostMedicinesNamed).Raw(" more");
        foreach (var lab in readiness.Labs)
            if (lab.State is ResultState.Known && lab.Value is { } value && lab.Analyte is "platelets" or "hemoglobin" or "inr" or "fibrinogen" or "creatinine")
            {
                text.Raw("\n- ").Text(readiness.Policy.Catalogue.Labs.NameOf(lab.Analyte)).Raw(" ").Text(lab.Comparator).Text(value.Plain()).Raw(" ").Text(lab.Unit);
                if (lab.Date is { } day) text.Raw(", ").Day(day);
                if (lab.Reference is { } reference) text.Raw(" (").Text(reference).Raw(")");
            }
        text.Raw("\n- ").Number(readiness.Labs.Length).Raw(" kinds of results in all");
    }

    /// <summary>What only informs and stands in no other card, in one line: "Platelet count due from Wednesday …".</summary>
    private static void Also(CardText text, PlannedCard card, HookFound.Judged found)
    {
        var any = false;
        foreach (var finding in found.Readiness.Findings)
        {
            if (finding.Severity > Severity.Info || finding.Rule.StartsWith("G-", StringComparison.Ordinal) || (card.Topic is not CardTopic.Ready && IsInACard(finding, found))) continue;
            text.Raw(any ? "; " : "\n\nAlso: ").Text(finding.Title).Raw(" (").Text(finding.Rule).Raw(")");
            any = true;
        }
        if (any) text.Raw(".");
    }

    private static bool IsInACard(Finding finding, HookFound.Judged found)
    {
        var topic = CardTopics.Of(finding);
        return topic is CardTopic.NotChecked ? PlanCards.MustBeChecked(found) : found.Readiness.Findings.Any(f => f.Severity > Severity.Info && CardTopics.Of(f) == topic);
    }

    private static void Basis(CardText text, PlannedCard card, HookFound.Judged found)
    {
        if (card.Topic is not CardTopic.NotChecked && PlanCards.MustBeChecked(found)) text.Raw("\n\nNot everything could be checked: see the card that says so.");
        else if (card.Topic is not CardTopic.NotChecked && NotSeen(found) > 0)
        {
            var notSeen = found.Unseen.Select(u => u.What).Concat(found.Readiness.NotJudged.Select(n => n.What)).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
            text.Raw("\n\nNot seen or not judged: ");
            var any = 0;
            foreach (var what in notSeen.Take(MostNotSeenNamed)) text.Raw(any++ > 0 ? ", " : "").Text(what);
            if (notSeen.Count > any) text.Raw(" and ").Number(notSeen.Count - any).Raw(" more");
            text.Raw(". This is not the same as not there.");
        }
        else if (card.Topic is CardTopic.NotChecked && found.Readiness.NotJudged.Any(n => !PlanCards.ForbidsReady(n)))
        {
            text.Raw("\n\nLess pressing:\n");
            foreach (var entry in found.Readiness.NotJudged)
                if (!PlanCards.ForbidsReady(entry)) text.Raw("\n- ").Text(entry.What).Raw(": ").Text(entry.Why);
        }
        Policy(text, found.Readiness);
    }

    private static void Policy(CardText text, Readiness readiness)
    {
        var (policy, biopsy) = (readiness.Policy, readiness.Snapshot.Biopsy);
        text.Raw("\n\nFor the biopsy on ").Day(biopsy.Date).Raw(biopsy.At.ToString(biopsy.TimeAssumed ? "' (start not known, 'HH:mm' assumed)'" : "', 'HH:mm", CultureInfo.InvariantCulture));
        if (biopsy.Order is { } order) text.Raw(" (").Text(order).Raw(")");
        text.Raw(". Preset ").Text(policy.Id).Raw(", ").Text(policy.Name).Raw(", version ").Text(policy.Version)
            .Raw("; judged as of ").Day(readiness.Snapshot.AsOf.Last).Raw(".");
    }

    private static void Sources(CardText text, IEnumerable<string> keys, Policy policy)
    {
        var any = false;
        foreach (var key in keys)
        {
            if (any) text.Raw(", ");
            any = true;
            if (!policy.Citations.TryGetValue(key, out var citation))
            {
                text.Text(key);
                continue;
            }
            if (citation.Url is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http")
                text.Raw("[").Text(key).Raw("](").Raw(address.AbsoluteUri.Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal)).Raw(")");
            else text.Text(key);
            if (citation.Verification is Verification.D or Verification.U or Verification.V2w) text.Raw(" (").Raw(ReviewWords.TagWords(citation.Verification)).Raw(")");
        }
        text.Raw(".");
    }

    private static void Break(CardText text)
    {
        if (text.Length > 0) text.Raw("\n\n");
    }

    private static int NotSeen(HookFound.Judged found) => found.Unseen.Count + found.Readiness.NotJudged.Length;
}
