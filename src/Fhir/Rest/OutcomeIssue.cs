using System.Collections.Immutable;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>One issue of an OperationOutcome. <see cref="Text"/> may quote patient data; <see cref="ToString"/> leaves it out.</summary>
public sealed record OutcomeIssue(string Severity, string Code, string? Text, ImmutableArray<string> Where)
{
    public bool IsError => Severity is "fatal" or "error";

    public override string ToString() => $"{Severity}: {Code}";

    /// <summary>The issues of an OperationOutcome, leniently; empty for anything else.</summary>
    public static ImmutableArray<OutcomeIssue> ReadAll(JsonElement outcome)
    {
        if (!FhirJson.IsResource(outcome, "OperationOutcome") || !outcome.TryGetProperty("issue", out var issues) || issues.ValueKind != JsonValueKind.Array)
            return [];
        return [.. issues.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object).Select(Read)];
    }

    private static OutcomeIssue Read(JsonElement issue)
    {
        var text = FhirJson.Text(issue, "diagnostics");
        if (issue.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object)
        {
            var said = FhirJson.Text(details, "text") ?? FhirJson.Items(details, "coding").Select(c => FhirJson.Text(c, "display")).FirstOrDefault(d => d is not null);
            text = said is null ? text : text is null || text == said ? said : $"{said} ({text})";
        }

        return new OutcomeIssue(
            FhirJson.Text(issue, "severity") ?? "error",
            FhirJson.Text(issue, "code") ?? "unknown",
            text,
            [.. FhirJson.Items(issue, "expression").Concat(FhirJson.Items(issue, "location")).Select(FhirJson.Text).OfType<string>()]);
    }
}
