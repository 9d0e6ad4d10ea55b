using System.Diagnostics;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Telemetry;

namespace BiopsyFhir.Api.Cds;

/// <summary>CDS Hooks 2.0: discovery, calls, feedback.</summary>
public static class HookEndpoints
{
    public static IServiceCollection AddHooks(this IServiceCollection services) => services
        .AddHookCors()
        .AddSingleton<HookKeys>().AddSingleton<VerifyHookToken>()
        .AddSingleton<GatherHook>().AddSingleton<CallEndpoint>().AddSingleton<WarmHooks>().AddHostedService(provider => provider.GetRequiredService<WarmHooks>())
        .AddSingleton<HookAudit>().AddHostedService(provider => provider.GetRequiredService<HookAudit>())
        .AddCards();

    /// <summary>Before the store is prepared: both take their time, and neither needs the other.</summary>
    public static void WarmHooksEarly(this WebApplication app) => app.Services.GetRequiredService<WarmHooks>().Begin(app.Lifetime.ApplicationStopping);

    public static void MapHooks(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<CdsOptions>().RequireToken && !app.Services.GetRequiredService<ServiceOptions>().Sandbox.Enabled)
            app.Logger.LogWarning("Cds:RequireToken is false: the hooks answer any caller.");
        var hooks = app.MapGroup("/cds-services").WithTags("CDS Hooks").AllowAnonymous();
        hooks.MapGet("", DiscoveryEndpoint.Get).RequireHookToken(open: true).WithName("DiscoverHooks").Produces<JsonElement>().ProducesOutcome(401);
        hooks.MapPost("/{id}", (HttpContext context, CallEndpoint call, string id) => call.PostAsync(Timed(context, id), id)).RequireHookToken()
            .WithName("CallHook").WithSummary("One call of a hook: context and prefetch in, cards out.")
            .Accepts<JsonElement>("application/json", "application/fhir+json").Produces<JsonElement>().ProducesOutcome(400, 401, 404, 412, 413, 415);
        hooks.MapPost("/{id}/feedback", FeedbackEndpoint.PostAsync).RequireHookToken()
            .WithName("HookFeedback").WithSummary("Takes what clinicians did with cards.")
            .Accepts<FeedbackBody>("application/json").Produces(200).ProducesOutcome(400, 401, 404, 413, 415);
    }

    private static HttpContext Timed(HttpContext context, string id)
    {
        var began = Stopwatch.GetTimestamp();
        context.Response.OnCompleted(() =>
        {
            Instruments.Hook(id, context.Response.StatusCode, Stopwatch.GetElapsedTime(began));
            return Task.CompletedTask;
        });
        return context;
    }

    /// <summary>Callers of hooks read faults as OperationOutcome (H-13).</summary>
    private static void ProducesOutcome(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses) endpoint.Produces<JsonElement>(status, "application/fhir+json");
    }
}
