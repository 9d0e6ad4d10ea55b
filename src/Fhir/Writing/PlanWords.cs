using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir;

/// <summary>A signed plan as sentences: one source for the narrative, the note, the page's preview and the copy for a note.</summary>
public static class PlanWords
{
    public static string Title(SignedPlan plan) => $"Bone marrow biopsy plan, {plan.Readiness.Snapshot.Biopsy.Date.InFull()}";

    public static string Hold(PlanItem item)
    {
        var last = item.LastDoseAt is { } at ? at.InFull() : item.LastDoseDate!.Value.InFull();
        var restart = item.ResumeDate is { } resume ? $" Restart no earlier than {resume.InFull()}, once the site is dry." : "";
        var changed = item.Choice == Choice.Change ? $" Changed by the clinician: {item.Reason}." : "";
        return $"{item.Finding.Subject}: last dose {last}.{restart}{changed}";
    }

    public static string Test(PlanItem item) =>
        item.Finding.TestDueDate is { } due ? $"{item.Finding.Title} (due {due.InFull()})" : item.Finding.Title;

    /// <summary>Sections in the order in which they are read; empty ones are left out.</summary>
    public static IEnumerable<(string Heading, IReadOnlyList<string> Lines)> Sections(SignedPlan plan)
    {
        (string, IReadOnlyList<string>) Section(string heading, IEnumerable<string> lines) => (heading, [.. lines]);
        var others = plan.Items.Where(i => i.Choice != Choice.Dismiss && i.Finding.Severity >= Severity.Moderate
            && !i.IsHoldInstruction && !i.IsTest && i.Finding.Action is not (FindingAction.AskSpecialist or FindingAction.Continue));
        return new[]
        {
            Section("Decide first", plan.Questions.Select(i => $"{i.Finding.Title}. {i.Finding.Detail}")),
            Section("Hold", plan.Holds.Select(Hold)),
            Section("Continue", plan.Continued.Select(i => i.Finding.Title)),
            Section("Tests", plan.Tests.Select(Test)),
            Section("Also", others.Select(i => i.Finding.Title)),
            Section("Could not be judged", plan.Readiness.NotJudged.Select(n => $"{n.What}: {n.Why}")),
            Section("Left out by the clinician", plan.Items.Where(i => i.Choice == Choice.Dismiss)
                .Select(i => i.Reason is { Length: > 0 } why ? $"{i.Finding.Title} (reason: {why})" : i.Finding.Title)),
        }.Where(s => s.Item2.Count > 0);
    }

    public static string Basis(SignedPlan plan)
    {
        var (policy, asOf) = (plan.Readiness.Policy, plan.Readiness.Snapshot.AsOf.Last);
        return $"Policy {policy.Id} {policy.Version} ({policy.Name}), assessed {asOf.InFull()}. Decision support: signed by {plan.Signer.Name ?? plan.Signer.Reference}.";
    }

    /// <summary>Plain text for a clinical note.</summary>
    public static string AsText(SignedPlan plan) =>
        string.Join("\n\n", new[] { Title(plan) }
            .Concat(Sections(plan).Select(s => $"{s.Heading}\n{string.Join('\n', s.Lines.Select(l => $"- {l}"))}"))
            .Append(Basis(plan))) + "\n";
}
