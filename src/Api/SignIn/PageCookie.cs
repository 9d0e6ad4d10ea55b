using System.Globalization;
using BiopsyFhir.Api.Errors;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// The cookie of people who signed in to our own pages: an encrypted ticket with name, object id and app roles. It ends after an hour
/// without a request, and eight hours after the sign-in whatever happens, so that a role taken away is gone by the next shift.
/// </summary>
public static class PageCookie
{
    public const string Scheme = "EntraPages";

    /// <summary>When the person signed in, seconds since 1970.</summary>
    public const string Since = "since";

    public static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    public static readonly TimeSpan Whole = TimeSpan.FromHours(8);

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "__Host-biopsyfhir"; // by its name bound to this host, Secure, Path=/
        options.Cookie.Path = "/";
        options.Cookie.HttpOnly = true;
        options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        // These pages are opened by people, never in an EHR's frame; Lax keeps other sites' posts out.
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.ExpireTimeSpan = Idle;
        options.SlidingExpiration = true;
        options.LoginPath = SignInEndpoints.Path;
        options.ReturnUrlParameter = SignInEndpoints.ReturnTo;
        options.Events.OnValidatePrincipal = async context =>
        {
            var now = (context.Options.TimeProvider ?? TimeProvider.System).GetUtcNow();
            if (!long.TryParse(context.Principal?.FindFirst(Since)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var since)
                || now >= DateTimeOffset.FromUnixTimeSeconds(since) + Whole
                || context.Principal.FindFirst("oid")?.Value is not { } person
                || await context.HttpContext.RequestServices.GetRequiredService<EndedSignIns>().IsEndedAsync(person, DateTimeOffset.FromUnixTimeSeconds(since), context.HttpContext.RequestAborted))
                context.RejectPrincipal();
        };
        options.Events.OnRedirectToLogin = context =>
        {
            // What a form would have done is not done later by a link.
            if (HttpMethods.IsGet(context.Request.Method)) context.Response.Redirect(new Uri(context.RedirectUri).PathAndQuery); // the host in it is the caller's claim
            else return ErrorHandling.WriteAsync(context.HttpContext, new(FailureKind.NotSignedIn, "Your sign-in has ended; nothing was done. Open the page again."));
            return Task.CompletedTask;
        };
        options.Events.OnRedirectToAccessDenied = context => ErrorHandling.WriteAsync(context.HttpContext,
            new(FailureKind.Forbidden, "You are signed in, but you do not have the role that this needs. Ask the people who manage access to this service."));
    }
}
