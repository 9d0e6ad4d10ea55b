using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// Headers on every answer. The policy allows nothing but our own files; pages may be framed by the EHRs that named their origins
/// and by nobody else (<c>X-Frame-Options</c> knows no list, so it is not sent).
/// </summary>
public static class SecurityHeaders
{
    public static void UseSecurityHeaders(this WebApplication app)
    {
        var ehrs = app.Services.GetRequiredService<EhrRegistry>();
        var https = app.Services.GetRequiredService<ServiceOptions>().PublicBaseUrl?.Scheme is "https";
        app.Use(async (context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                if (https) headers.StrictTransportSecurity = "max-age=31536000";
                headers["Referrer-Policy"] = "no-referrer"; // our URLs carry session ids
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
                if (headers.ContentSecurityPolicy.Count is 0) headers.ContentSecurityPolicy = PagePolicy(context.Frames() ?? ehrs.FrameOrigins);
                if (headers.CacheControl.Count is 0) headers.CacheControl = "no-store";
                return Task.CompletedTask;
            });
            await next(context);
        });
    }

    /// <summary>The policy of our own pages; <paramref name="formTargets"/> are further places that a form of the page may post to.</summary>
    public static string PagePolicy(IEnumerable<string> frames, params string[] formTargets) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; "
        + $"form-action {string.Join(' ', ["'self'", .. formTargets])}; base-uri 'none'; frame-ancestors {string.Join(' ', ["'self'", .. frames])}";

    /// <summary>Narrows who may frame this answer to one EHR's origins.</summary>
    public static void FramedBy(this HttpContext context, EhrOptions ehr) => context.Items[typeof(SecurityHeaders)] = ehr.FrameOrigins;

    public static void FramedByNobody(this HttpContext context) => context.Items[typeof(SecurityHeaders)] = (IReadOnlyList<string>)[];

    private static IReadOnlyList<string>? Frames(this HttpContext context) => context.Items[typeof(SecurityHeaders)] as IReadOnlyList<string>;
}
