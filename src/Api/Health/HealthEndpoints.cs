using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BiopsyFhir.Api.Health;

/// <param name="Status">healthy, degraded or unhealthy.</param>
public sealed record HealthDetail(string Status, IReadOnlyList<HealthPart> Parts);

/// <param name="Why">Null when there is nothing to say.</param>
public sealed record HealthPart(string Name, string Status, string? Why, int Milliseconds);

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: database and keys work, so launches would. A part that is off but
/// not needed to serve (PDF, a poller) adds a check whose failure status is Degraded.
/// </summary>
public static class HealthEndpoints
{
    public static IServiceCollection AddHealth(this IServiceCollection services, ServiceOptions options)
    {
        services.AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Limits.DrainSeconds) + Drain.Patience);
        services.AddHealthChecks()
            .AddCheck<Drain>("accepting", tags: ["ready"])
            .AddCheck<DatabaseAnswers>("database", tags: ["ready"])
            .AddCheck<KeysWork>("keys", tags: ["ready"])
            .AddCheck<SecretsTakenUp>("secrets", failureStatus: HealthStatus.Degraded, tags: ["ready"])
            .AddCheck<CanPrint>("print", failureStatus: HealthStatus.Degraded, tags: ["ready"])
            .AddCheck<EhrsAnswer>("ehrs", failureStatus: HealthStatus.Degraded);
        return services;
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false, ResponseWriter = WriteAsync });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready"), ResponseWriter = WriteAsync });
        app.MapApi().MapGet("/health", DetailAsync).WithName("Health").WithTags("Operations").WithSummary("What the service rests on, part by part: state, why, and how long the look took.").Produces<HealthDetail>();
    }

    /// <summary>The same for those who look after the service: why, and how long each look took.</summary>
    private static async Task<HealthDetail> DetailAsync(HealthCheckService health, HttpContext http)
    {
        var report = await health.CheckHealthAsync(http.RequestAborted);
        return new(Word(report.Status), [.. report.Entries.Select(e => new HealthPart(e.Key, Word(e.Value.Status), e.Value.Description ?? e.Value.Exception?.GetType().Name, (int)e.Value.Duration.TotalMilliseconds))]);
    }

    private static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();

    /// <summary>Names and states only: whoever may ask for health need not learn why.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            status = Word(report.Status),
            checks = report.Entries.ToDictionary(e => e.Key, e => Word(e.Value.Status)),
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

    /// <summary>A secret that was changed and cannot be used leaves the service working with the one of before; somebody has to know.</summary>
    private sealed class SecretsTakenUp(SecretFiles secrets, WrappingCertificates wrapping, SigningKeys signing) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            List<string> keys = [.. secrets.NotTakenUp];
            if (wrapping.Trouble is not null) keys.Add("DataProtection:Certificate");
            if (signing.Trouble is not null) keys.Add("Smart:SigningKeys");
            List<string> why = [];
            if (keys is not []) why.Add($"Changed and not usable, so that what was there before is in use: {string.Join(", ", keys)}.");
            if (wrapping.InMemoryOnly > 0) why.Add("A certificate that stored keys may need is no longer in DataProtection:Certificate or PreviousCertificates; put it back before a restart.");
            return Task.FromResult(why is [] ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join(" ", why)));
        }
    }

    /// <summary>Each EHR has a circuit breaker of its own: one that is left alone slows no other, and does not make this service unready.</summary>
    private sealed class EhrsAnswer(EhrConnections connections) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(connections.LeftAlone is { Count: > 0 } broken
                ? HealthCheckResult.Degraded($"Left alone after repeated failures, until a call succeeds again: {string.Join(", ", broken)}.")
                : HealthCheckResult.Healthy());
    }

    /// <summary>Without it handouts go out as HTML alone.</summary>
    private sealed class CanPrint(PrintHandout print) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult((print.WhyOff ?? print.LastFailure) is { } why ? HealthCheckResult.Degraded(why) : HealthCheckResult.Healthy());
    }
}
