using System.Text.Json.Nodes;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>A refusal: becomes an OperationOutcome with this status, and undoes the write it happens in.</summary>
/// <param name="code">IssueType of R4 (<c>invalid</c>, <c>required</c>, <c>forbidden</c>, <c>not-found</c> …).</param>
/// <param name="expression">FHIRPath of what is wrong, where that can be said.</param>
internal sealed class FhirFault(int status, string code, string diagnostics, string? expression = null) : Exception(diagnostics)
{
    public int Status => status;

    /// <summary>More of the same kind found in the same pass; all are reported at once.</summary>
    public IReadOnlyList<(string Text, string? Expression)> Others { get; init; } = [];

    public JsonObject Outcome()
    {
        var issues = Others.Prepend((Message, expression));
        return new JsonObject { ["resourceType"] = "OperationOutcome", ["issue"] = new JsonArray([.. issues.Select(i => Issue("error", code, i.Item1, i.Item2))]) };
    }

    public static JsonObject Issue(string severity, string code, string diagnostics, string? expression = null)
    {
        var issue = new JsonObject { ["severity"] = severity, ["code"] = code, ["diagnostics"] = diagnostics };
        if (expression is not null) issue["expression"] = new JsonArray(expression);
        return issue;
    }

    public FhirFault At(string place) =>
        new(status, code, $"{place}: {Message}", expression is null ? place : $"{place}.{expression}") { Others = Others };

    public static FhirFault Invalid(string diagnostics, string? expression = null) => new(400, "invalid", diagnostics, expression);
    public static FhirFault NotFound(string what) => new(404, "not-found", $"There is no {what} here.");
    public static FhirFault Gone(string what) => new(410, "deleted", $"{what} was deleted.");
    public static FhirFault Forbidden(string why) => new(403, "forbidden", why);
}
