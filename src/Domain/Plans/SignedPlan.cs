using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What the clinician did with a finding.</summary>
public enum Choice
{
    /// <summary>As advised. For a critical or provisional finding: seen and acknowledged; its dates are still no instruction.</summary>
    Accept,

    /// <summary>Another hold than advised, with a reason.</summary>
    Change,

    /// <summary>Left out, with a reason from moderate severity up.</summary>
    Dismiss,
}

/// <summary>One decision as it comes from the page or the API.</summary>
/// <param name="Finding">Key of the finding, see <see cref="FindingKeys"/>.</param>
/// <param name="LastDoseDate">For Change on a hold: the clinician's own last-dose date.</param>
/// <param name="ResumeDate">For Change on a hold: the clinician's own restart date.</param>
public sealed record Decision(string Finding, Choice Choice, string? Reason = null, DateOnly? LastDoseDate = null, DateOnly? ResumeDate = null);

/// <param name="Reference">The fhirUser reference, for example Practitioner/7.</param>
/// <param name="Name">As the EHR displays it, when known.</param>
public sealed record Signer(string Reference, string? Name);

/// <summary>One finding and what was decided about it, with the dates that now hold.</summary>
public sealed record PlanItem(string Key, Finding Finding, Choice Choice, string? Reason, DateOnly? LastDoseDate, DateTimeOffset? LastDoseAt, DateOnly? ResumeDate)
{
    /// <summary>
    /// A hold that may be told to the patient and written as a hold: a signed day or instant, not provisional.
    /// A clinician's own date (Change) is hers, even where ours was only provisional.
    /// </summary>
    public bool IsHoldInstruction => Choice != Choice.Dismiss && LastDoseDate is not null
        && Finding.Rule is "R-HOLD" && (Choice == Choice.Change || Finding is { Provisional: false, Action: FindingAction.Hold });

    public bool IsTest => Choice != Choice.Dismiss && Finding.Action is FindingAction.OrderTest or FindingAction.RepeatTest;
}

/// <summary>An assessment with every finding decided by a clinician: the only source of CarePlan, handout and reminders.</summary>
public sealed record SignedPlan(Readiness Readiness, ImmutableArray<PlanItem> Items, Signer Signer, DateTimeOffset SignedAt)
{
    public IEnumerable<PlanItem> Holds => Items.Where(i => i.IsHoldInstruction);
    public IEnumerable<PlanItem> Tests => Items.Where(i => i.IsTest);
    public IEnumerable<PlanItem> Questions => Items.Where(i => i.Choice != Choice.Dismiss && i.Finding.Action == FindingAction.AskSpecialist);
    public IEnumerable<PlanItem> Continued => Items.Where(i => i.Choice != Choice.Dismiss && i.Finding.Action == FindingAction.Continue);
}

public static class FindingKeys
{
    /// <summary>"R-HOLD:apixaban", with "#2" and so on where a rule speaks twice about one subject. Stable for the same answer.</summary>
    public static ImmutableArray<(string Key, Finding Finding)> Of(Readiness readiness)
    {
        var seen = new Dictionary<string, int>();
        var keys = ImmutableArray.CreateBuilder<(string, Finding)>(readiness.Findings.Length);
        foreach (var finding in readiness.Findings)
        {
            var key = $"{finding.Rule}:{finding.Subject}";
            var times = seen[key] = seen.GetValueOrDefault(key) + 1;
            keys.Add((times == 1 ? key : $"{key}#{times}", finding));
        }
        return keys.MoveToImmutable();
    }
}
