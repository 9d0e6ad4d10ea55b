using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;

namespace BiopsyFhir.Api.Errors;

/// <summary>
/// The last border: whatever endpoint, routing or server gave up on leaves as a <see cref="Failure"/>. Callers of <c>/api</c> get
/// problem+json, callers of <c>/cds-services</c>, <c>/subscriptions</c> and <c>/fhir</c> an OperationOutcome, browsers a short page.
/// </summary>
public static class ErrorHandling
{
    public static IServiceCollection AddErrors(this IServiceCollection services) => services.AddExceptionHandler<ExceptionsAsFailures>();

    public static void UseErrors(this WebApplication app)
    {
        // Without this diagnostic the middleware writes the exception, and with it perhaps a payload, to the log.
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = context => WriteAsync(context, new(FailureKind.Defect, Ours)),
            SuppressDiagnosticsCallback = _ => true,
        });
        app.UseStatusCodePages(context =>
        {
            var status = context.HttpContext.Response.StatusCode;
            return WriteAsync(context.HttpContext, new(FailureWire.FromStatus(status), Sentence(status)));
        });
    }

    /// <summary>Writes the failure in the form that this path's callers read.</summary>
    public static Task WriteAsync(HttpContext context, Failure failure)
    {
        var path = context.Request.Path;
        IResult result = path.StartsWithSegments("/cds-services") || path.StartsWithSegments("/subscriptions") || path.StartsWithSegments("/fhir") ? failure.ToOperationOutcome()
            : path.StartsWithSegments("/api") || !WantsPage(context.Request) ? failure.ToProblem()
            : new FailurePage(failure);
        return result.ExecuteAsync(context);
    }

    private const string Ours = "The fault is on our side and has been recorded; quote the trace id to support.";

    private static bool WantsPage(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static string Sentence(int status) => status switch
    {
        401 => "A valid sign-in is required.",
        403 => "The signed-in caller may not do this.",
        404 => "No resource has this address.",
        408 => "The body came more slowly than this service waits for one (240 bytes a second).",
        405 => "The Allow header lists the methods that work here.",
        413 => "The request body is larger than this service accepts.",
        415 => "Send the content type that the description of this endpoint names.",
        _ => "The request could not be handled.",
    };

    private sealed class ExceptionsAsFailures(ILogger<ExceptionsAsFailures> log) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
            {
                httpContext.Response.StatusCode = 499; // the caller is gone; nobody reads this
                return true;
            }
            if (exception is BadHttpRequestException bad)
            {
                await WriteAsync(httpContext, new(FailureWire.FromStatus(bad.StatusCode), Sentence(bad.StatusCode)));
                return true;
            }
            if (IsDatabase(exception))
            {
                log.LogError("The database failed: {Exception} at {Place}", exception.GetType().FullName, Place(exception));
                httpContext.Response.Headers.RetryAfter = "5";
                await WriteAsync(httpContext, new(FailureKind.Unavailable, "This service cannot use its own store just now, so the request was not carried out. Ask again in a few seconds; if that does not help, quote the trace id to support."));
                return true;
            }
            // Type and place only: messages of parsers and clients quote what they choked on.
            log.LogError("Unhandled {Exception} at {Place}", exception.GetType().FullName, Place(exception));
            await WriteAsync(httpContext, new(FailureKind.Defect, Ours));
            return true;
        }

        /// <summary>Locked, full, broken or gone: that passes, or an operator sees to it; nothing of ours is wrong.</summary>
        private static bool IsDatabase(Exception? exception) => exception is not null && (exception is DbException || IsDatabase(exception.InnerException));

        private static string Place(Exception exception) =>
            exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("BiopsyFhir", StringComparison.Ordinal))?.Trim() ?? "unknown";
    }
}
