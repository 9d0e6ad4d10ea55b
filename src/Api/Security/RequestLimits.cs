using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using Microsoft.AspNetCore.HostFiltering;

namespace BiopsyFhir.Api.Security;

/// <summary>What a request may ask of the server before any endpoint sees it.</summary>
public static class RequestLimits
{
    public static void AddRequestLimits(this WebApplicationBuilder builder, ServiceOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Limits.RequestBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        // The sandbox signs anyone in. A web page elsewhere must not reach it under a name of its own that points to this machine.
        if (options.Sandbox.Enabled)
            builder.Services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
    }

    /// <summary>No request is decompressed: a small body that unpacks into a large one is refused at the door (415, RFC 9110).</summary>
    public static void UseRequestLimits(this WebApplication app) => app.Use((context, next) =>
        context.Request.Headers.ContentEncoding.Count > 0
            ? ErrorHandling.WriteAsync(context, new(FailureKind.UnsupportedMediaType, "Send the body without Content-Encoding.",
                [new("header Content-Encoding", "no content coding is accepted")]))
            : next(context));
}
