using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Privacy;

/// <summary>Each kind of row has its own end, which the site sets; what still stands for something stays.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task Each_kind_is_kept_for_the_days_that_the_site_gives_it()
    {
        using var host = new ServiceHost(new Dictionary<string, string?> { ["Retention:CardDays"] = "10", ["Retention:DeliveryDays"] = "40", ["Retention:ReceiptDays"] = "500" });
        var retention = host.Get<Retention>();
        var now = host.Clock.GetUtcNow();
        await using (var db = await DatabaseAsync(host))
        {
            db.HookCards.Add(new() { Id = "card", ShownAt = now });
            db.Deliveries.Add(new() { Id = "ended", Kind = "leaflet", State = "sent", CreatedAt = now, EndedAt = now, DueAt = now });
            db.Deliveries.Add(new() { Id = "queued", Kind = "leaflet", CreatedAt = now, DueAt = now });
            db.BiopsyWatch.Add(new() { EhrId = "e", Patient = "Patient/1", OrderRef = "closed", SeenAt = now });
            db.BiopsyWatch.Add(new() { EhrId = "e", Patient = "Patient/1", OrderRef = "open", SeenAt = now, Open = true });
            db.WriteReceipts.Add(new() { State = "created", At = now });
            db.WriteLedger.Add(new() { CreationKey = "completed", ConfirmedAt = now, Completed = true });
            db.WriteLedger.Add(new() { CreationKey = "begun", ConfirmedAt = now });
            await db.SaveChangesAsync();
        }
        await host.Get<AuditTrail>().RecordAsync(new("view", "user", "done"), default);

        Assert.Equal(["card", "ended", "queued", "closed", "open", "receipt", "completed", "begun"], await After(9));
        Assert.Equal(["ended", "queued", "closed", "open", "receipt", "completed", "begun"], await After(2));
        Assert.Equal(["queued", "open", "receipt", "completed", "begun"], await After(30));
        Assert.Equal(["queued", "open", "begun"], await After(460));
        Assert.Equal(1, (await host.Get<AuditTrail>().HeadAsync(default)).Number); // the trail stays
        Assert.Empty((await host.Get<AuditTrail>().VerifyAsync(null, default)).Faults);

        async Task<List<string>> After(int days)
        {
            host.Clock.Advance(TimeSpan.FromDays(days));
            await retention.RunAsync(default);
            await using var db = await DatabaseAsync(host);
            return
            [
                .. await db.HookCards.Select(r => r.Id).ToListAsync(), .. await db.Deliveries.OrderBy(r => r.Id).Select(r => r.Id).ToListAsync(), .. await db.BiopsyWatch.OrderBy(r => r.OrderRef).Select(r => r.OrderRef).ToListAsync(),
                .. await db.WriteReceipts.Select(r => "receipt").ToListAsync(), .. await db.WriteLedger.OrderByDescending(r => r.CreationKey).Select(r => r.CreationKey).ToListAsync(),
            ];
        }
    }

    private static Task<ServiceDb> DatabaseAsync(ServiceHost host) => host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
}
