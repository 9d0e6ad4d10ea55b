using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A signed plan, or every reason why the decisions cannot be signed.</summary>
public abstract record Signing
{
    public sealed record Accepted(SignedPlan Plan) : Signing;
    public sealed record Refused(ImmutableArray<(string Where, string What)> Faults) : Signing;
}

/// <summary>Decisions -> signed plan. A finding without a decision counts as accepted: the page shows every one before she signs.</summary>
public static class SignPlan
{
    public static Signing From(Readiness readiness, IEnumerable<Decision> decisions, Signer signer, DateTimeOffset at)
    {
        var faults = ImmutableArray.CreateBuilder<(string, string)>();
        var byKey = new Dictionary<string, Decision>();
        foreach (var decision in decisions)
            if (!byKey.TryAdd(decision.Finding, decision)) faults.Add((decision.Finding, "is decided twice"));

        var keys = FindingKeys.Of(readiness);
        foreach (var unknown in byKey.Keys.Except(keys.Select(k => k.Key)))
            faults.Add((unknown, "is no finding of this assessment; it may have changed since the page was opened"));
        if (readiness.Verdict == Verdict.CannotJudge) faults.Add(("readiness", "nothing could be judged, so there is nothing to sign"));

        var d0 = readiness.Snapshot.Biopsy.Date;
        var items = ImmutableArray.CreateBuilder<PlanItem>();
        foreach (var (key, finding) in keys)
        {
            var decision = byKey.GetValueOrDefault(key) ?? new Decision(key, Choice.Accept);
            faults.AddRange(FaultsOf(decision, finding, d0).Select(what => (key, what)));
            items.Add(decision.Choice == Choice.Change
                ? new PlanItem(key, finding, Choice.Change, decision.Reason, decision.LastDoseDate, null, decision.ResumeDate ?? finding.ResumeDate)
                : new PlanItem(key, finding, decision.Choice, decision.Reason, finding.LastDoseDate, finding.LastDoseAt, finding.ResumeDate));
        }
        return faults.Count > 0 ? new Signing.Refused(faults.ToImmutable()) : new Signing.Accepted(new SignedPlan(readiness, items.ToImmutable(), signer, at));
    }

    private static IEnumerable<string> FaultsOf(Decision decision, Finding finding, DateOnly d0)
    {
        var reasoned = !string.IsNullOrWhiteSpace(decision.Reason);
        if (decision.Choice == Choice.Dismiss && finding.Severity >= Severity.Moderate && !reasoned)
            yield return "a reason is needed to leave this out";
        if (decision.Choice != Choice.Change) yield break;
        if (finding.Rule != "R-HOLD") yield return "only a hold can be changed; dismiss or accept this one";
        if (!reasoned) yield return "a reason is needed for a hold other than advised";
        if (decision.LastDoseDate is not { } last) yield return "the new last-dose date is missing";
        else if (last > d0) yield return $"the last dose ({last:yyyy-MM-dd}) would be after the biopsy ({d0:yyyy-MM-dd})";
        if (decision.ResumeDate is { } resume && resume < d0) yield return $"the restart ({resume:yyyy-MM-dd}) would be before the biopsy ({d0:yyyy-MM-dd})";
    }
}
