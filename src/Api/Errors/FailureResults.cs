using System.Diagnostics;
using System.Text.Json;

namespace BiopsyFhir.Api.Errors;

/// <summary>RFC 9457 <c>application/problem+json</c> with an <c>errors</c> entry per fault and a trace id to quote to support.</summary>
public sealed class ProblemResult(Failure failure) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Write.JsonAsync(httpContext, failure, "application/problem+json", json =>
    {
        var (status, _, title, type) = FailureWire.Of(failure.Kind);
        json.WriteString("type", $"urn:biopsyfhir:problem:{type}");
        json.WriteString("title", title);
        json.WriteNumber("status", status);
        json.WriteString("detail", failure.Detail);
        json.WriteString("traceId", Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier);
        if (failure.Errors is not { Count: > 0 } errors) return;
        json.WriteStartArray("errors");
        foreach (var error in errors)
        {
            json.WriteStartObject();
            json.WriteString("where", error.Where);
            json.WriteString("detail", error.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}

/// <summary>FHIR R4 OperationOutcome: one issue per fault, one at least.</summary>
public sealed class OperationOutcomeResult(Failure failure) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Write.JsonAsync(httpContext, failure, "application/fhir+json; charset=utf-8", json =>
    {
        var issue = FailureWire.Of(failure.Kind).Issue;
        json.WriteString("resourceType", "OperationOutcome");
        json.WriteStartArray("issue");
        foreach (var error in failure.Errors is { Count: > 0 } some ? some : [new Fault("", failure.Detail)])
        {
            json.WriteStartObject();
            json.WriteString("severity", "error");
            json.WriteString("code", issue);
            json.WriteString("diagnostics", error.Where is "" ? error.Detail : $"{error.Where}: {error.Detail}");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}

file static class Write
{
    public static async Task JsonAsync(HttpContext context, Failure failure, string contentType, Action<Utf8JsonWriter> members)
    {
        context.Response.StatusCode = FailureWire.Of(failure.Kind).Status;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        if (failure.Kind is FailureKind.UnsupportedMediaType) context.Response.Headers.AcceptEncoding = "identity"; // RFC 9110 section 15.5.16
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }
}
