using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Pages;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace BiopsyFhir.Api.Smart;

/// <summary>SMART App Launch 2.2 in the order in which it happens: launch, the EHR's sign-in, callback, a session, its end.</summary>
public static class SmartEndpoints
{
    public static void MapSmart(this WebApplication app)
    {
        app.MapKeySet();
        // Arrays, so that a parameter given twice is seen as that and not as its first value.
        app.MapGet("/launch", (HttpContext context, Launcher launcher, string[]? iss, string[]? launch) => launcher.BeginAsync(context, iss ?? [], launch ?? []))
            .WithName("Launch").WithTags("SMART").WithSummary("EHR launch: the EHR names itself (iss) and the launch, once each.").Produces(302).AllowAnonymous();
        app.MapGet("/launch/standalone", (HttpContext context, Launcher launcher, string[]? iss) => launcher.BeginAsync(context, iss ?? [], null))
            .WithName("StandaloneLaunch").WithTags("SMART").WithSummary("Standalone launch: the user chooses the patient at the EHR named by iss.").Produces(302).AllowAnonymous();
        app.MapGet("/callback", (HttpContext context, Launcher launcher, string[]? state, string[]? code, string[]? error,
                [FromQuery(Name = "error_description")] string[]? description, string[]? iss) =>
                launcher.FinishAsync(context, new(state ?? [], code ?? [], error ?? [], description ?? [], iss ?? [],
                    known => SessionCookies.Read(context.Request, SessionCookies.LaunchName(known)))))
            .WithName("Callback").WithTags("SMART").WithSummary("The registered redirect address: the EHR's answer to a launch.").Produces(303).AllowAnonymous();

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
public sealed class Launcher(BeginLaunch begin, FinishLaunch finish, EhrRegistry ehrs, PublicAddress address, SmartOptions options, StoppedLaunches stopped, OrderContext orders, TimeProvider clock, ILogger<Launcher> log)
{
    /// <param name="launch">Null for a standalone launch.</param>
    public Task<IResult> BeginAsync(HttpContext context, string[] issuer, string[]? launch) => ExplainAsync(async () =>
    {
        if (issuer is [var one] && ehrs.ByIssuer(one) is { } ehr) context.FramedBy(ehr);
        var request = await begin.RunAsync(issuer, launch, context.RequestAborted);
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

    public Task<IResult> FinishAsync(HttpContext context, Callback callback) => ExplainAsync(async () =>
    {
        if (callback.State is [{ Length: > 0 and <= 200 } state]) SessionCookies.RemoveLaunch(context, state);
        var (session, cookie) = await finish.RunAsync(callback, context.RequestAborted);
        if (cookie is not null) SessionCookies.SetSession(context, session.Id, cookie, session.ExpiresAt - clock.GetUtcNow());
        // Only ever to a page of our own: no address is taken from what came in (open redirect).
        context.Response.Headers.Location = address.At(session.Path) + CardQuery(session);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    });

    /// <summary>Opened from a card of ours: the review starts on that card's order. Anything else in <c>appContext</c> is as if it were not there (H-55).</summary>
    private string CardQuery(SmartSession session) =>
        orders.Read(session.AppContext, session.Ehr.Id, session.PatientId) is { } card ? QueryString.Create(card.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).ToString() : "";

    private async Task<IResult> ExplainAsync(Func<Task<IResult>> launch)
    {
        try
        {
            return await launch();
        }
        catch (LaunchStoppedException e)
        {
            log.LogWarning("Launch stopped: {Code}", e.Stop.Code);
            Instruments.LaunchStopped(e.Stop.Code);
            return new RazorComponentResult<LaunchStopped>(new Dictionary<string, object?>
            {
                [nameof(LaunchStopped.Stop)] = e.Stop,
                // A browser without cookies or a cancelled sign-in is no fault of the connection.
                [nameof(LaunchStopped.CheckPath)] = e is { Ehr: { } known, Stop.Side: Side.Ehr or Side.Service } ? stopped.PathFor(known) : null,
            })
            { StatusCode = e.Stop.Status };
        }
    }
}
