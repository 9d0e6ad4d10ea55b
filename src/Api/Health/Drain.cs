using BiopsyFhir.Api.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BiopsyFhir.Api.Health;

/// <summary>
/// Told to stop (SIGTERM), the service first says that it is not ready and serves on for <c>Limits:DrainSeconds</c>, so that whoever
/// shares out requests sends no more; then it takes no connection, and ends when what was begun is done, after half a minute at most.
/// What a write had begun and could not end is taken up at the next start (<see cref="WriteBack.ResumeWrites"/>).
/// </summary>
public sealed class Drain(ServiceOptions options, IHostApplicationLifetime lifetime, TimeProvider clock) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>For what was begun, after the draining.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("It was told to stop.") : HealthCheckResult.Healthy());

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromSeconds(options.Limits.DrainSeconds), clock, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
