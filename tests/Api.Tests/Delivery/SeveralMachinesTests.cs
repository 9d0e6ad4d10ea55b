using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Testing;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>Three services on one PostgreSQL.</summary>
public sealed class SeveralMachinesTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [PostgresFact]
    public async Task Each_leaflet_goes_out_once_whoever_takes_it_and_the_EHR_failing_now_and_then()
    {
        await using var world = await DeliveryWorld.StartAsync(("Database:Provider", "postgres"), ("Database:ConnectionString", postgres.ConnectionString), ("Education:QuietFrom", "00:00"), ("Education:QuietUntil", "00:00"));
        for (var i = 0; i < 60; i++) world.Order($"{i}", "2026-03-18", patient: $"pat-{i}");
        DeliverDue[] workers = [world.Host.Get<DeliverDue>(), world.Another().Get<DeliverDue>(), world.Another().Get<DeliverDue>()];
        var calls = 0;
        world.WriteFault = () => Interlocked.Increment(ref calls) % 10 == 0 ? 503 : null;
        await world.LookAsync();
        // A retry waits for its time; the clocks of all three stand, so the rounds are made here.
        for (var round = 0; round < 8 && (await world.StatesAsync()).Contains("leaflet queued"); round++)
        {
            await Task.WhenAll(workers.Select(w => Task.Run(() => w.RunAsync(default))));
            await using var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
            await db.Database.ExecuteSqlAsync($"UPDATE delivery SET due_at = 0 WHERE state = 'queued'");
        }
        Assert.All(await world.StatesAsync(), s => Assert.Equal("leaflet sent", s));
        Assert.Equal(60, world.Written.Count);
        Assert.Equal(60, world.Written.Select(w => w["subject"]!["reference"]!.ToString()).Distinct().Count());
    }
}
