using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Smart.Tokens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace BiopsyFhir.Api.SignIn;

/// <summary>People sign in to our own pages, and out again. Where a launch opens the page, the EHR has signed them in already.</summary>
public static class SignInEndpoints
{
    public const string Path = "/sign-in";
    public const string CallbackPath = "/sign-in/callback";
    public const string ReturnTo = "returnTo";

    public static void MapSignIn(this WebApplication app)
    {
        var pages = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet(Path, (HttpContext context, EntraSignIn signIn, SignInTickets tickets, [FromQuery(Name = ReturnTo)] string? returnTo) => ExplainAsync(context, async () =>
        {
            var (ticket, address) = await signIn.BeginAsync(Ours(returnTo), context.RequestAborted);
            tickets.Keep(context, ticket);
            return Results.Redirect(address.AbsoluteUri);
        }));
        pages.MapGet(CallbackPath, (HttpContext context, EntraSignIn signIn, SignInTickets tickets, string[]? state, string[]? code, string[]? error) => ExplainAsync(context, async () =>
        {
            if (state is not [{ Length: > 0 and <= 200 } one] || tickets.Take(context, one) is not { } ticket)
                throw new SignInRefusedException("state-unknown", "This sign-in was not begun in this browser, took too long, or has been used already.");
            if (error is [var said, ..]) throw new SignInRefusedException(EhrWords.Code(said), "The sign-in was cancelled or refused.");
            if (code is not [{ Length: > 0 } answer]) throw new SignInRefusedException("no-code", "The sign-in ended without a result.");
            await context.SignInAsync(PageCookie.Scheme, await signIn.FinishAsync(ticket, answer, context.RequestAborted));
            return Results.LocalRedirect("~" + ticket.ReturnTo);
        }));
        pages.MapPost("/sign-out", async (HttpContext context) =>
        {
            if (OwnPages.IsFromElsewhere(context.Request)) return Results.StatusCode(StatusCodes.Status403Forbidden);
            await context.SignOutAsync(PageCookie.Scheme);
            return (IResult)new RazorComponentResult<SignedOut>();
        });
    }

    /// <summary>Only ever a path of this service: no <c>//host</c>, no <c>/\host</c>, no control characters (open redirect).</summary>
    private static string Ours(string? returnTo) =>
        returnTo is ['/', ..] and not ['/', '/' or '\\', ..] && !returnTo.Contains('\\') && !returnTo.Any(char.IsControl) ? returnTo : "/check-ehr";

    private static async Task<IResult> ExplainAsync(HttpContext context, Func<Task<IResult>> step)
    {
        try
        {
            return await step();
        }
        catch (SignInRefusedException e)
        {
            context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SignInEndpoints)).LogWarning("Sign-in stopped: {Code}", e.Code);
            return new FailurePage(new(FailureKind.NotSignedIn, $"{e.Message} Open the page again. Code for support: {e.Code}"));
        }
    }
}
