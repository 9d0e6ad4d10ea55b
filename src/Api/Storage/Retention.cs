using BiopsyFhir.Api.Worklist;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// Removes what has served its purpose: launches never finished, sessions past their end, token ids that expired, after half an hour
/// who saw which card, lists of biopsies to come that nobody has looked at for a day, and after 400 days – a year and the month that is compared with it – the counts of cards and feedback, and deliveries that ended.
/// </summary>
public sealed class Retention(IDbContextFactory<ServiceDb> databases, TimeProvider clock)
{
    /// <summary>How long a card counts as just read (H-43).</summary>
    public static readonly TimeSpan CardsAreFresh = TimeSpan.FromMinutes(30);

    public static readonly TimeSpan CardsAreCounted = TimeSpan.FromDays(400);

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        var (read, counted, looked) = (now - CardsAreFresh, now - CardsAreCounted, now - WorklistLists.Kept);
        await db.HookCards.Where(r => r.ShownAt < read && r.Viewer != null)
            .ExecuteUpdateAsync(row => row.SetProperty(r => r.Viewer, (string?)null).SetProperty(r => r.Fingerprint, (string?)null), cancel);
        // The words of a message that can only come too late now serve nobody.
        await db.Deliveries.Where(r => r.ExpiresAt < now && r.State != "queued" && r.Payload != null).ExecuteUpdateAsync(row => row.SetProperty(r => r.Payload, (string?)null), cancel);
        return await db.PendingLaunches.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.Sessions.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.Worklist.Where(r => r.AskedAt < looked).ExecuteDeleteAsync(cancel)
            + await db.SeenTokens.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.HookCards.Where(r => r.ShownAt < counted).ExecuteDeleteAsync(cancel)
            + await db.HookFeedback.Where(r => r.ReceivedAt < counted).ExecuteDeleteAsync(cancel)
            + await db.Deliveries.Where(r => r.EndedAt < counted).ExecuteDeleteAsync(cancel)
            + await db.BiopsyWatch.Where(r => !r.Open && r.SeenAt < counted).ExecuteDeleteAsync(cancel);
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
