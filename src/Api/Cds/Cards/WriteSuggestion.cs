using System.Text.Json;
using BiopsyFhir.Api.Assessments;

namespace BiopsyFhir.Api.Cds;

/// <summary>A suggestion as JSON: its actions with whole resources (H-49).</summary>
public static class WriteSuggestion
{
    private const string Loinc = "http://loinc.org";

    public static void Write(Utf8JsonWriter json, Suggestion suggestion, Guid card, HookCall call, HookFound.Judged found)
    {
        json.WriteStartObject();
        json.WriteString("label", suggestion.Label);
        json.WriteString("uuid", CardIds.OfSuggestion(card, suggestion.Kind));
        json.WriteStartArray("actions");
        switch (suggestion)
        {
            case Suggestion.OrderTests order:
                foreach (var test in order.Tests) Order(json, test, call, found);
                break;
            case Suggestion.AddNote note:
                Note(json, note);
                break;
            case Suggestion.RemoveDraft remove:
                json.WriteStartObject();
                json.WriteString("type", "delete");
                json.WriteString("description", remove.Label);
                json.WriteString("resourceId", remove.Reference);
                json.WriteEndObject();
                break;
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Order(Utf8JsonWriter json, OrderableTest test, HookCall call, HookFound.Judged found)
    {
        json.WriteStartObject();
        json.WriteString("type", "create");
        json.WriteString("description", $"Draft order: {test.Display}");
        json.WriteStartObject("resource");
        json.WriteString("resourceType", "ServiceRequest");
        json.WriteString("status", "draft");
        json.WriteString("intent", "order");
        Texts(json, "category", "Laboratory");
        json.WriteStartObject("code");
        json.WriteStartArray("coding");
        json.WriteStartObject();
        json.WriteString("system", Loinc);
        json.WriteString("code", test.Code);
        json.WriteString("display", test.Display);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("text", Suggestion.Name(test, found.Readiness.Policy));
        json.WriteEndObject();
        Reference(json, "subject", $"Patient/{call.PatientId}");
        if (call.EncounterId is { Length: > 0 } encounter) Reference(json, "encounter", $"Encounter/{encounter}");
        if (test.Due is { } due) json.WriteString("occurrenceDateTime", Wire.Day(due));
        if (call.UserId.StartsWith("Practitioner", StringComparison.Ordinal)) Reference(json, "requester", call.UserId);
        Texts(json, "reasonCode", $"Before the bone marrow biopsy on {Wire.Day(found.Readiness.Snapshot.Biopsy.Date)}");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Every member as it came, in its order and spelling; only the note is ours.</summary>
    private static void Note(Utf8JsonWriter json, Suggestion.AddNote note)
    {
        json.WriteStartObject();
        json.WriteString("type", "update");
        json.WriteString("description", $"Adds to the order: {note.Note}");
        json.WriteStartObject("resource");
        var there = false;
        using var draft = note.Draft.ToJsonDocument();
        foreach (var member in draft.RootElement.EnumerateObject())
        {
            if (!member.NameEquals("note"))
            {
                member.WriteTo(json);
                continue;
            }
            there = true;
            json.WriteStartArray("note");
            foreach (var old in member.Value.EnumerateArray()) old.WriteTo(json);
            Text(json, note.Note);
            json.WriteEndArray();
        }
        if (!there) Texts(json, "note", note.Note);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartArray(name);
        Text(json, text);
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static void Reference(Utf8JsonWriter json, string name, string reference)
    {
        json.WriteStartObject(name);
        json.WriteString("reference", reference);
        json.WriteEndObject();
    }
}
