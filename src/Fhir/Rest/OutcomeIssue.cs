using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>One issue of an OperationOutcome. <see cref="Text"/> may quote patient data; <see cref="ToString"/> leaves it out.</summary>
public sealed record OutcomeIssue(string Severity, string Code, string? Text, ImmutableArray<string> Where)
{
    public bool IsError => Severity is "fatal" or "error";

    public override string ToString() => $"{Severity}: {Code}";

    /// <summary>The issues of an OperationOutcome, leniently; empty for anything else.</summary>
    public static ImmutableArray<OutcomeIssue> ReadAll(FhirElement outcome)
    {
        if (!outcome.IsA("OperationOutcome"))
            return [];
        return [.. outcome.Items("issue").Where(i => i.ValueKind == JsonValueKind.Object).Select(Read)];
    }

    private static OutcomeIssue Read(FhirElement issue)
    {
        var text = issue.Text("diagnostics");
        if (issue.Member("details") is { ValueKind: JsonValueKind.Object } details)
        {
            var said = details.Text("text") ?? details.Items("coding").Select(c => c.Text("display")).FirstOrDefault(d => d is not null);
            text = said is null ? text : text is null || text == said ? said : $"{said} ({text})";
        }

        return new OutcomeIssue(
            issue.Text("severity") ?? "error",
            issue.Text("code") ?? "unknown",
            text,
            [.. issue.Items("expression").Concat(issue.Items("location")).Select(Members.AsText).OfType<string>()]);
    }
}
