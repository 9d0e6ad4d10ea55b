using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Browsers as CDS clients (H-38): preflight without a token, and the headers on every answer, refusals and faults included; else a
/// browser shows its own message instead of ours.
/// </summary>
public static class HookCors
{
    private const string Policy = "CdsHooks";

    public static IServiceCollection AddHookCors(this IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<CdsOptions, ServiceOptions, PublicAddress>((cors, cds, options, address) =>
            cors.AddPolicy(Policy, policy => policy
                .SetIsOriginAllowed(origin => cds.AllowedOrigins.Contains(origin) || (options.Sandbox.Enabled && origin == address.Base))
                .WithMethods("GET", "POST").WithHeaders("Authorization", "Content-Type").WithExposedHeaders("Server-Timing")
                .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        return services;
    }

    public static void UseHookCors(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/cds-services"), hooks => hooks.UseCors(Policy));
}
