using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Telemetry;

/// <summary>Looks every half minute at what nobody calls for: deliveries that should have gone out, and the certificate's end.</summary>
public sealed class WatchQueues(IDbContextFactory<ServiceDb> databases, KeyWrappingOptions keys, WrappingCertificates certificates, TimeProvider clock, ILogger<WatchQueues> log) : BackgroundService
{
    public static readonly TimeSpan Late = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(30), clock);
        do
        {
            if (End() is { } at) Volatile.Write(ref Instruments.CertificateSecondsLeft, (at - clock.GetUtcNow()).TotalSeconds);
            try
            {
                Volatile.Write(ref Instruments.DeliveriesOverdue, await OverdueAsync(stoppingToken));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Overdue deliveries could not be counted: {Fault}", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public async Task<long> OverdueAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var late = clock.GetUtcNow() - Late;
        return await db.Deliveries.LongCountAsync(d => d.State == "queued" && d.DueAt < late, cancel);
    }

    private DateTimeOffset? End() => keys.Certificate is null ? null : new(certificates.Wrapping.NotAfter.ToUniversalTime(), TimeSpan.Zero);
}
