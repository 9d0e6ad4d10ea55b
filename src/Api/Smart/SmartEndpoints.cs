using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Pages;
using BiopsyFhir.Api.Smart.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BiopsyFhir.Api.Smart;

/// <summary>SMART App Launch 2.2 in the order in which it happens: launch, the EHR's sign-in, callback, a session, its end.</summary>
public static class SmartEndpoints
{
    public static void MapSmart(this WebApplication app)
    {
        app.MapKeySet();
        app.MapGet("/launch", (HttpContext context, Launcher launcher) => launcher.BeginAsync(context, standalone: false))
            .WithName("Launch").WithSummary("EHR launch: iss and launch.").AllowAnonymous();
        app.MapGet("/launch/standalone", (HttpContext context, Launcher launcher) => launcher.BeginAsync(context, standalone: true))
            .WithName("StandaloneLaunch").WithSummary("Standalone launch: iss.").AllowAnonymous();
        app.MapGet("/callback", (HttpContext context, Launcher launcher) => launcher.FinishAsync(context))
            .WithName("Callback").WithSummary("The registered redirect address.").AllowAnonymous();

        var review = app.MapReview().ExcludeFromDescription();
        review.MapGet("/ehr-style.css", async (SmartSession session, EhrStyle style, CancellationToken cancel) =>
            Results.Text(await style.CssAsync(session, cancel), "text/css"));
        review.MapPost("/sign-out", async (SmartSession session, EndSession end, CancellationToken cancel) =>
        {
            await end.SignOutAsync(session, cancel);
            return new RazorComponentResult<SessionOver>(new Dictionary<string, object?> { [nameof(SessionOver.Words)] = EndReasons.InWords(EndReasons.SignedOut) });
        });
    }
}

/// <summary>The browser's side of a launch: parameters in, cookie and redirect out, or a page that says why not.</summary>
public sealed class Launcher(BeginLaunch begin, FinishLaunch finish, EhrRegistry ehrs, PublicAddress address, SmartOptions options, TimeProvider clock, ILogger<Launcher> log)
{
    public Task<IResult> BeginAsync(HttpContext context, bool standalone) => ExplainAsync(context, async () =>
    {
        var query = context.Request.Query;
        if (ehrs.ByIssuer(query["iss"] is [{ } one] ? one : null) is { } ehr) context.FramedBy(ehr);
        var request = await begin.RunAsync(query["iss"], standalone ? null : [.. query["launch"]], context.RequestAborted);
        SessionCookies.SetLaunch(context, request.State, request.Browser, TimeSpan.FromMinutes(options.LaunchMinutes));
        if (!request.Post) return Results.Redirect(request.Url);
        // The sign-in may go on to other hosts of the EHR, and browsers hold form-action against redirects too.
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.PagePolicy(
            ehrs.FrameOrigins, WebAddress.Origin(request.Endpoint), "https:");
        return new RazorComponentResult<ContinueToEhr>(new Dictionary<string, object?>
        {
            [nameof(ContinueToEhr.Action)] = request.Endpoint.OriginalString,
            [nameof(ContinueToEhr.Fields)] = request.Parameters,
        });
    });

    public Task<IResult> FinishAsync(HttpContext context) => ExplainAsync(context, async () =>
    {
        var query = context.Request.Query;
        var (session, cookie) = await finish.RunAsync(new(query["state"], query["code"], query["error"], query["error_description"], query["iss"],
            state => context.Request.Cookies[SessionCookies.LaunchName(state)]), context.RequestAborted);
        if (cookie is not null) SessionCookies.SetSession(context, session.Id, cookie, session.ExpiresAt - clock.GetUtcNow());
        // Only ever to a page of our own: no address is taken from what came in (open redirect).
        context.Response.Headers.Location = address.At(session.Path);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }, after: () =>
    {
        if (context.Request.Query["state"] is [{ Length: > 0 and <= 200 } state]) SessionCookies.RemoveLaunch(context, state);
    });

    private async Task<IResult> ExplainAsync(HttpContext context, Func<Task<IResult>> launch, Action? after = null)
    {
        try
        {
            return await launch();
        }
        catch (LaunchStoppedException e)
        {
            log.LogWarning("Launch stopped: {Code}", e.Stop.Code);
            return new RazorComponentResult<LaunchStopped>(new Dictionary<string, object?> { [nameof(LaunchStopped.Stop)] = e.Stop }) { StatusCode = e.Stop.Status };
        }
        finally
        {
            after?.Invoke();
        }
    }
}
