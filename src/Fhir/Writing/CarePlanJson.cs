using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir;

/// <summary>A signed plan as a CarePlan: US Core 3.1.0, category assess-plan, narrative always there (contract section 6).</summary>
public static class CarePlanJson
{
    /// <param name="replaces">References of earlier plans that this one replaces.</param>
    public static byte[] Write(SignedPlan plan, WriteContext context, params IEnumerable<string> replaces)
    {
        var biopsy = plan.Readiness.Snapshot.Biopsy;
        using var json = new ResourceJson("CarePlan");
        json.Profile("http://hl7.org/fhir/us/core/StructureDefinition/us-core-careplan")
            .Narrative(Summary(plan))
            .One("contained", () => json.Text("resourceType", "Goal").Text("id", "goal").Text("lifecycleStatus", "active")
                .Object("description", () => json.Text("text", $"Bone marrow biopsy on {biopsy.Date.InFull()} with no avoidable bleeding, no avoidable clot, and the tests that it needs."))
                .Reference("subject", context.Patient))
            .Identifiers("careplan", context)
            .References("replaces", replaces)
            .Text("status", "active")
            .Text("intent", "plan")
            .One("category", () => json.Coding("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan", "Assessment and Plan of Treatment"))
            .Text("title", PlanWords.Title(plan))
            .Text("description", string.Join(" ", PlanWords.Sections(plan).SelectMany(s => s.Lines.Select(l => $"{s.Heading}: {l}"))))
            .Reference("subject", context.Patient)
            .Reference("encounter", context.Encounter)
            .Object("period", () => json.Text("start", Start(plan)).Text("end", End(plan)))
            .Text("created", Instant(plan.SignedAt))
            .Reference("author", context.Author, context.AuthorName)
            .References("addresses", Addresses(plan))
            .References("supportingInfo", [context.Order])
            .References("goal", ["#goal"])
            .List("activity", Activities(plan, json), write => json.Object("detail", write))
            .List("note", [PlanWords.Basis(plan)], note => json.Text("time", Instant(plan.SignedAt)).Text("text", note));
        return json.Done();
    }

    internal static string Summary(SignedPlan plan)
    {
        var narrative = new Narrative().Paragraph(PlanWords.Title(plan));
        foreach (var (heading, lines) in PlanWords.Sections(plan)) narrative.List(heading, lines);
        return narrative.Paragraph(PlanWords.Basis(plan)).ToString();
    }

    internal static string Instant(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz");

    /// <summary>From the signature, or the first last-dose day if that is earlier, so that the period never ends before it starts.</summary>
    private static string Start(SignedPlan plan) =>
        plan.Items.Select(i => i.LastDoseDate).OfType<DateOnly>().Append(DateOnly.FromDateTime(plan.SignedAt.DateTime))
            .Append(plan.Readiness.Snapshot.Biopsy.Date).Min().ToString("yyyy-MM-dd");

    private static string End(SignedPlan plan) =>
        plan.Holds.Select(i => i.ResumeDate).OfType<DateOnly>().Append(plan.Readiness.Snapshot.Biopsy.Date).Max().ToString("yyyy-MM-dd");

    /// <summary>Conditions of this patient's chart that the findings rest on; US Core lets addresses point to Condition only.</summary>
    private static IEnumerable<string> Addresses(SignedPlan plan) =>
        plan.Items.Where(i => i.Choice != Choice.Dismiss).SelectMany(i => i.Finding.Because).Select(f => f.Reference).OfType<string>()
            .Where(r => r.StartsWith("Condition/", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<Action> Activities(SignedPlan plan, ResourceJson json)
    {
        foreach (var item in plan.Holds)
            yield return () => Detail(json, "MedicationRequest", $"Hold {item.Finding.Subject}", "scheduled", doNotPerform: true)
                .Object("scheduledPeriod", () => json.Text("start", HoldFrom(item, plan)).Text("end", HoldUntil(item, plan)))
                .Text("description", $"{PlanWords.Hold(item)} {item.Finding.Detail}".Trim());
        foreach (var item in plan.Continued)
            yield return () => Detail(json, "MedicationRequest", $"Continue {item.Finding.Subject}", "in-progress", doNotPerform: false).Text("description", item.Finding.Detail);
        foreach (var item in plan.Tests)
            yield return () =>
            {
                Detail(json, "ServiceRequest", item.Finding.Title, "not-started", doNotPerform: false);
                if (item.Finding.TestDueDate is { } due)
                    json.Object("scheduledPeriod", () => json.Text("start", $"{due:yyyy-MM-dd}").Text("end", $"{End(due, plan):yyyy-MM-dd}"));
                json.Text("description", item.Finding.Detail);
            };
        foreach (var item in plan.Questions)
            yield return () => Detail(json, "Task", item.Finding.Title, "not-started", doNotPerform: false).Text("description", item.Finding.Detail);
    }

    private static ResourceJson Detail(ResourceJson json, string kind, string what, string status, bool doNotPerform) =>
        json.Text("kind", kind).Object("code", () => json.Text("text", what)).Text("status", status).Flag("doNotPerform", doNotPerform);

    /// <summary>An instant hold starts at the last dose; a day hold on the first day without a dose.</summary>
    private static string HoldFrom(PlanItem item, SignedPlan plan) =>
        item.LastDoseAt is { } at ? Instant(at) : $"{Earlier(item.LastDoseDate!.Value.AddDays(1), plan.Readiness.Snapshot.Biopsy.Date):yyyy-MM-dd}";

    /// <summary>The day before restart, and never before the biopsy.</summary>
    private static string HoldUntil(PlanItem item, SignedPlan plan)
    {
        var d0 = plan.Readiness.Snapshot.Biopsy.Date;
        var until = item.ResumeDate is { } resume && resume.AddDays(-1) > d0 ? resume.AddDays(-1) : d0;
        return $"{until:yyyy-MM-dd}";
    }

    private static DateOnly Earlier(DateOnly a, DateOnly b) => a < b ? a : b;

    private static DateOnly End(DateOnly due, SignedPlan plan) => due > plan.Readiness.Snapshot.Biopsy.Date ? due : plan.Readiness.Snapshot.Biopsy.Date;
}
