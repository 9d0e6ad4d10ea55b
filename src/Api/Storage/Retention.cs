using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>Removes what has served its purpose: launches never finished, sessions past their end, token ids that expired.</summary>
public sealed class Retention(IDbContextFactory<ServiceDb> databases, TimeProvider clock)
{
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        return await db.PendingLaunches.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.Sessions.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.SeenTokens.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel);
    }
}

/// <summary>Runs <see cref="Retention"/> at start and every ten minutes; a failed run is logged and tried again.</summary>
public sealed class RetentionSchedule(Retention retention, TimeProvider clock, ILogger<RetentionSchedule> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(10), clock);
        do
        {
            try
            {
                await retention.RunAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Expired rows were not removed: {Fault}", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
