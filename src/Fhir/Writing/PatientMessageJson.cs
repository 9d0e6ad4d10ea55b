namespace BiopsyFhir.Fhir;

/// <summary>
/// Tells the patient that the handout is in the chart. It says no date: a message stays as it was sent, and a date that was changed
/// since must not go on standing in it.
/// </summary>
public static class PatientMessageJson
{
    /// <param name="document">Reference of the handout; null where the EHR did not tell it.</param>
    public static byte[] Write(string title, DateTimeOffset at, WriteContext context, string? document)
    {
        using var json = new ResourceJson("Communication");
        json.Identifiers("patient-communication", context)
            .Text("status", "completed")
            .One("category", () => json.Coding("http://terminology.hl7.org/CodeSystem/communication-category", "notification", "Notification"))
            .Reference("subject", context.Patient)
            .References("about", [context.Order])
            .Reference("encounter", context.Encounter)
            .Text("sent", CarePlanJson.Instant(at))
            .References("recipient", [context.Patient])
            .Reference("sender", context.Author, context.AuthorName)
            .List("payload", new[] { (Text: title, Document: null), (Text: "", Document: document) }.Where(p => p.Text.Length > 0 || p.Document is not null),
                p => json.Text("contentString", p.Text).Reference("contentReference", p.Document));
        return json.Done();
    }
}
