using System.Text.Json.Nodes;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>What a policy row has a rule say: its texts with their blanks, how serious, and what is asked for.</summary>
internal sealed record PolicyStatement(string Title, string Detail, Severity Severity, string Action)
{
    /// <summary>Null for a row that is no statement (a medicine, a number).</summary>
    public static PolicyStatement? Of(PolicyRow row) =>
        JsonNode.Parse(row.Content) is JsonObject members && Text(members, "title") is { } title && Text(members, "severity") is { } severity
            && Enum.TryParse<Severity>(severity, ignoreCase: true, out var level) && Text(members, "action") is { } action
            ? new(title, Text(members, "detail") ?? "", level, action) : null;

    private static string? Text(JsonObject members, string name) => members[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
