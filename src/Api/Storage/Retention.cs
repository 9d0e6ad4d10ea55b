using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Worklist;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// Removes what has served its purpose: launches never finished, sessions past their end, token ids that expired, after half an hour
/// who saw which card, lists of biopsies to come that nobody has looked at for a day, and what <see cref="RetentionOptions"/> gives days to. The table in docs/privacy.md says the same per kind.
/// </summary>
public sealed class Retention(IDbContextFactory<ServiceDb> databases, ServiceOptions options, TimeProvider clock)
{
    /// <summary>How long a card counts as just read (H-43).</summary>
    public static readonly TimeSpan CardsAreFresh = TimeSpan.FromMinutes(30);

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var (now, kept) = (clock.GetUtcNow(), options.Retention);
        var (read, looked) = (now - CardsAreFresh, now - WorklistLists.Kept);
        var (cards, deliveries, receipts) = (now.AddDays(-kept.CardDays), now.AddDays(-kept.DeliveryDays), now.AddDays(-kept.ReceiptDays));
        await db.HookCards.Where(r => r.ShownAt < read && r.Viewer != null)
            .ExecuteUpdateAsync(row => row.SetProperty(r => r.Viewer, (string?)null).SetProperty(r => r.Fingerprint, (string?)null), cancel);
        // The words of a message that can only come too late now serve nobody.
        await db.Deliveries.Where(r => r.ExpiresAt < now && r.State != "queued" && r.Payload != null).ExecuteUpdateAsync(row => row.SetProperty(r => r.Payload, (string?)null), cancel);
        return await db.PendingLaunches.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.Sessions.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.Worklist.Where(r => r.AskedAt < looked).ExecuteDeleteAsync(cancel)
            + await db.SeenTokens.Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(cancel)
            + await db.HookCards.Where(r => r.ShownAt < cards).ExecuteDeleteAsync(cancel)
            + await db.HookFeedback.Where(r => r.ReceivedAt < cards).ExecuteDeleteAsync(cancel)
            + await db.Deliveries.Where(r => r.EndedAt < deliveries).ExecuteDeleteAsync(cancel)
            + await db.BiopsyWatch.Where(r => !r.Open && r.SeenAt < deliveries).ExecuteDeleteAsync(cancel)
            + await db.WriteReceipts.Where(r => r.At < receipts).ExecuteDeleteAsync(cancel)
            // One that was begun and never completed may stand for something in the EHR.
            + await db.WriteLedger.Where(r => r.Completed && r.ConfirmedAt < receipts).ExecuteDeleteAsync(cancel);
    }
}

/// <summary>
/// Runs <see cref="Retention"/> at start and every ten minutes; a failed run is logged and tried again. Says where the audit trail ends,
/// so that a log that is collected elsewhere holds what <c>verify-audit</c> can be compared with.
/// </summary>
public sealed class RetentionSchedule(Retention retention, AuditTrail audit, TimeProvider clock, ILogger<RetentionSchedule> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(10), clock);
        var said = AuditHead.Empty;
        do
        {
            try
            {
                await retention.RunAsync(stoppingToken);
                var head = await audit.HeadAsync(stoppingToken);
                if (head != said && log.IsEnabled(LogLevel.Information)) log.LogInformation("The audit trail ends with {Head}", head);
                said = head;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Expired rows were not removed: {Fault}", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
