using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>Marks an endpoint whose path names a session.</summary>
public sealed class NeedsSession;

/// <summary>
/// Lets a request into a session's pages or API only when the session in the path is alive and the cookie is that session's own; a
/// request that changes something must also carry the page's token. Everyone else learns nothing about the session.
/// </summary>
public static class SessionGuard
{
    /// <summary>Pages of a session: <c>/review/{session}</c>.</summary>
    public static RouteGroupBuilder MapReview(this WebApplication app) => Guarded(app.MapGroup("/review/{session}"));

    /// <summary>The session's JSON: <c>/api/v1/sessions/{session}</c>.</summary>
    public static RouteGroupBuilder MapSessionApi(this WebApplication app) => Guarded(app.MapGroup("/api/v1/sessions/{session}"));

    public static void UseSessions(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<NeedsSession>() is not null && await RefusalAsync(context) is { } refusal)
            await refusal.ExecuteAsync(context);
        else
            await next(context);
    });

    private static RouteGroupBuilder Guarded(RouteGroupBuilder group) => group
        .WithMetadata(new NeedsSession())
        .AllowAnonymous() // the guard is its authorization
        .DisableAntiforgery(); // ours is bound to the path, see PageTokens

    private static async Task<IResult?> RefusalAsync(HttpContext context)
    {
        var (services, cancel) = (context.RequestServices, context.RequestAborted);
        var sessions = services.GetRequiredService<SessionStore>();
        var found = context.Request.RouteValues["session"] is string { Length: > 0 and <= 64 } id ? await sessions.FindAsync(id, cancel) : null;
        var cookie = SessionCookies.Read(context.Request, SessionCookies.SessionName);
        if (found is null || (found.CookieHash is { } hash && (cookie is null || !Secrets.Matches(cookie, hash))))
            return Over(context, null);

        var session = found.Session;
        context.FramedBy(session.Ehr);
        if (found.EndReason is { } reason) return Over(context, reason);
        var away = services.GetRequiredService<TimeProvider>().GetUtcNow() - found.LastUsedAt;
        if (away >= TimeSpan.FromMinutes(5) && await services.GetRequiredService<EndSession>().EndedAtEhrAsync(session, cancel))
            return Over(context, EndReasons.SignedOutAtEhr);
        if (!(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            && !services.GetRequiredService<PageTokens>().Fits(await TokenAsync(context.Request, cancel), session))
            return new Failure(FailureKind.Forbidden, "The request does not carry the token of this session's page.",
                [new($"header {PageTokens.Header} or form field {PageTokens.Field}", "is missing or belongs to another session")]).ToProblem();
        if (away >= TimeSpan.FromMinutes(1)) await sessions.TouchAsync(session.Id, cancel);
        context.Features.Set(session);
        return null;
    }

    private static async Task<string?> TokenAsync(HttpRequest request, CancellationToken cancel) =>
        request.Headers[PageTokens.Header] is [{ } header] ? header
        : request.HasFormContentType ? (await request.ReadFormAsync(cancel))[PageTokens.Field].ToString()
        : null;

    private static IResult Over(HttpContext context, string? reason)
    {
        var words = reason is null ? "This review is not open in this browser, or its time is over." : EndReasons.InWords(reason);
        return context.Request.Path.StartsWithSegments("/api")
            ? new Failure(FailureKind.NotSignedIn, $"{words} Open it again from the patient's chart.").ToProblem()
            : new RazorComponentResult<SessionOver>(new Dictionary<string, object?> { [nameof(SessionOver.Words)] = words }) { StatusCode = 401 };
    }
}
