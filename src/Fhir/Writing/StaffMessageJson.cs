using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir;

/// <summary>The plan to staff, where neither CarePlan nor note can be created: a Communication or a Task to the clinician who signed.</summary>
public static class StaffMessageJson
{
    public static byte[] Communication(SignedPlan plan, WriteContext context)
    {
        using var json = new ResourceJson("Communication");
        json.Identifiers("communication", context)
            .Text("status", "completed")
            .Reference("subject", context.Patient)
            .References("about", [context.Order])
            .Reference("encounter", context.Encounter)
            .Text("sent", CarePlanJson.Instant(plan.SignedAt))
            .References("recipient", [context.Author])
            .Reference("sender", context.Author, context.AuthorName)
            .List("payload", [PlanWords.AsText(plan)], text => json.Text("contentString", text));
        return json.Done();
    }

    public static byte[] Task(SignedPlan plan, WriteContext context)
    {
        using var json = new ResourceJson("Task");
        json.Identifiers("task", context)
            .Text("status", "requested")
            .Text("intent", "plan")
            .Object("code", () => json.Text("text", PlanWords.Title(plan)))
            .Text("description", PlanWords.AsText(plan))
            .Reference("focus", context.Order)
            .Reference("for", context.Patient)
            .Reference("encounter", context.Encounter)
            .Text("authoredOn", CarePlanJson.Instant(plan.SignedAt))
            .Reference("requester", context.Author, context.AuthorName)
            .Reference("owner", context.Author, context.AuthorName);
        return json.Done();
    }
}
