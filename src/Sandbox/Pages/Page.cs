using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BiopsyFhir.Sandbox.Pages;

/// <summary>A page of the demo EHR: rendered on the server, nothing inline, nothing from elsewhere.</summary>
internal static class Page
{
    /// <param name="frames">Origin whose pages may stand in a frame of this page.</param>
    public static IResult Of<T>(Dictionary<string, object?> parameters, int status = 200, string? frames = null, string? forms = null) where T : IComponent =>
        new Guarded(new RazorComponentResult<T>(parameters) { StatusCode = status }, frames, forms);

    public static IResult Message(int status, string title, string text) =>
        Of<MessagePage>(new() { [nameof(MessagePage.Title)] = title, [nameof(MessagePage.Text)] = text }, status);

    private sealed class Guarded(IResult page, string? frames, string? forms) : IResult
    {
        public Task ExecuteAsync(HttpContext http)
        {
            var headers = http.Response.Headers;
            // form-action also governs where the answer to a form redirects, hence the app's origin.
            headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
                + $"frame-ancestors 'self'; form-action 'self' {forms}; frame-src 'self' {frames}";
            headers.XContentTypeOptions = "nosniff";
            headers.CacheControl = "no-store";
            headers["Referrer-Policy"] = "no-referrer";
            return page.ExecuteAsync(http);
        }
    }
}
