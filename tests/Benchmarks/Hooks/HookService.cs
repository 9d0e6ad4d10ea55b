using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Benchmarks.Hooks;

/// <summary>The service with its hooks, no token asked for, and beside them <c>POST /drain</c>, which reads a body and answers no cards.</summary>
internal static class HookService
{
    public const string OrderSign = "/cds-services/bone-marrow-biopsy-order-sign";

    public static async Task<WebApplication> StartAsync(bool listening)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        foreach (var (key, value) in new[] { ("Sandbox:Enabled", "false"), ("Cds:RequireToken", "false"), ("Ehrs:0:Issuer", "https://ehr.example.org/fhir"), ("Ehrs:0:ClientId", "biopsy"), ("urls", "http://127.0.0.1:0") })
            builder.Configuration[key] = value;
        builder.Configuration["Database:Folder"] = Directory.CreateTempSubdirectory("biopsyfhir-bench-").FullName;
        var (options, faults) = ReadServiceOptions.From(builder.Configuration, builder.Environment);
        if (faults.Count > 0) throw new InvalidDataException(string.Join('\n', faults));
        var folder = new DataFolder(options);
        builder.AddRequestLimits(options);
        // Only what a hook needs: the rest of the service would want more registered than is measured here.
        builder.Host.UseDefaultServiceProvider(container => container.ValidateOnBuild = false);
        builder.Services.AddServiceOptions(options).AddStorage(folder).AddTokenProtection(options, folder)
            .AddApiCaller(options).AddErrors().AddSmart().AddAssessments(options).AddSingleton<CapabilitiesShelf>().AddHooks();
        var app = builder.Build();
        app.UseSecurityHeaders();
        app.UseHookCors();
        app.UseErrors();
        app.UseRequestLimits();
        app.UseRouting();
        await app.PrepareStorageAsync();
        app.MapHooks();
        app.MapPost("/drain", DrainAsync);
        app.MapGet("/allocated", () => GC.GetTotalAllocatedBytes(precise: true).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (listening) await app.StartAsync();
        else foreach (var starting in app.Services.GetServices<IHostedService>().Where(s => s is not BackgroundService or HookAudit && s.GetType().Assembly == typeof(HookServices).Assembly)) await starting.StartAsync(default);
        return app;
    }

    /// <summary>The handler of a call without a socket: what is left when the network costs nothing.</summary>
    public static Action<ReadOnlyMemory<byte>> Handler(WebApplication app)
    {
        var endpoint = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Single(e => e.RoutePattern.RawText is "/cds-services/{id}");
        return body =>
        {
            var context = new DefaultHttpContext { RequestServices = app.Services };
            context.Request.Method = "POST";
            context.Request.Path = OrderSign;
            context.Request.ContentType = "application/json";
            context.Request.ContentLength = body.Length;
            context.Request.RouteValues["id"] = OrderSign.Split('/')[^1];
            context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body, out var segment);
            context.Request.Body = new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
            context.SetEndpoint(endpoint);
            endpoint.RequestDelegate!(context).GetAwaiter().GetResult();
            if (context.Response.StatusCode != 200) throw new InvalidOperationException($"status {context.Response.StatusCode}");
        };
    }

    private static async Task DrainAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        for (var more = true; more;)
        {
            var read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            more = !read.IsCompleted;
        }
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync("""{"cards":[]}"""u8.ToArray());
    }
}
