using System.Diagnostics;
using System.Text.Encodings.Web;

namespace BiopsyFhir.Api.Errors;

/// <summary>A failure for a person in a browser: plain words, no detail that only a program could use.</summary>
public sealed class FailurePage(Failure failure) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var (status, _, title, _) = FailureWire.Of(failure.Kind);
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.CacheControl = "no-store";
        var trace = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
        return Results.Content($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>{Text(title)} · BiopsyFhir</title></head>
            <body><main><h1>{Text(title)}</h1><p>{Text(failure.Detail)}</p><p><small>Trace {Text(trace)}</small></p></main></body></html>
            """, "text/html; charset=utf-8", statusCode: status).ExecuteAsync(httpContext);
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
