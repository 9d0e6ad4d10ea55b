using System.Text.Json;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BiopsyFhir.Api.Health;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: database and keys work, so launches would. A part that is off but
/// not needed to serve (PDF, a poller) adds a check whose failure status is Degraded.
/// </summary>
public static class HealthEndpoints
{
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<DatabaseAnswers>("database", tags: ["ready"])
            .AddCheck<KeysWork>("keys", tags: ["ready"])
            .AddCheck<CanPrint>("print", failureStatus: HealthStatus.Degraded, tags: ["ready"]);
        return services;
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false, ResponseWriter = WriteAsync });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready"), ResponseWriter = WriteAsync });
    }

    /// <summary>Names and states only: whoever may ask for health need not learn why.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            status = report.Status.ToString().ToLowerInvariant(),
            checks = report.Entries.ToDictionary(e => e.Key, e => e.Value.Status.ToString().ToLowerInvariant()),
        }));
    }

    private sealed class DatabaseAnswers(IDbContextFactory<ServiceDb> databases) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            await db.Sessions.AnyAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }

    private sealed class KeysWork(IDataProtectionProvider protection, SigningKeys signing) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var protector = protection.CreateProtector("health");
            return Task.FromResult(protector.Unprotect(protector.Protect("ready")) is "ready" && signing.All is not []
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy());
        }
    }

    /// <summary>Without it handouts go out as HTML alone.</summary>
    private sealed class CanPrint(PrintHandout print) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(print.WhyOff is { } why ? HealthCheckResult.Degraded(why) : HealthCheckResult.Healthy());
    }
}
