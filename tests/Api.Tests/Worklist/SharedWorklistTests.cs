using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Delivery;
using BiopsyFhir.Api.Tests.Storage;
using BiopsyFhir.Api.Worklist;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Worklist;

/// <summary>Two services on one PostgreSQL read each EHR once for both.</summary>
public sealed class SharedWorklistTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [PostgresFact]
    public async Task What_one_machine_has_read_the_other_shows_without_asking_the_EHR()
    {
        await using var world = await WorldAsync();
        var (first, second) = (world.Host, world.Another());
        await first.Get<WorklistShelf>().Refresh(default);
        var asked = world.Ehr.Requests.Count;
        var (list, _) = await second.Get<WorklistShelf>().NewestAsync(default);
        Assert.Equal("Patient/pat-1", Assert.Single(list!.Rows).Patient);
        await second.Get<WorklistShelf>().RefreshDueAsync(TimeSpan.FromMinutes(15), default);
        Assert.Equal(asked, world.Ehr.Requests.Count);
        await using var db = await first.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        Assert.DoesNotContain("pat-1", (await db.Worklist.SingleAsync()).List, StringComparison.Ordinal); // encrypted
    }

    [PostgresFact]
    public async Task An_EHR_that_a_machine_reads_is_left_to_it_until_its_lease_is_over()
    {
        await using var world = await WorldAsync();
        var (dead, alive) = (world.Host, world.Another());
        var id = dead.Get<ReadWorklist>().Ehrs.Single();
        Assert.True(await dead.Get<WorklistLists>().TryTakeAsync(id, default)); // and it is killed

        await alive.Get<WorklistShelf>().Refresh(default);
        Assert.Equal((null, true), await alive.Get<WorklistShelf>().NewestAsync(default));
        alive.Clock.Advance(WorklistLists.Lease);
        await alive.Get<WorklistShelf>().Refresh(default);
        Assert.Single((await alive.Get<WorklistShelf>().NewestAsync(default)).List!.Rows);

        // It was not dead after all: what it brings now is older than what is there.
        await dead.Get<WorklistLists>().SaveAsync(new(id, [], [], dead.Clock.GetUtcNow()), default);
        Assert.Single((await alive.Get<WorklistShelf>().NewestAsync(default)).List!.Rows);
    }

    [PostgresFact]
    public async Task A_list_is_read_again_while_somebody_looks_and_is_gone_a_day_after_the_last_look()
    {
        await using var world = await WorldAsync();
        var (shelf, host) = (world.Host.Get<WorklistShelf>(), world.Host);
        await shelf.AskedAsync(default);
        await shelf.Refresh(default);

        host.Clock.Advance(TimeSpan.FromMinutes(15));
        var asked = world.Ehr.Requests.Count;
        await shelf.RefreshDueAsync(TimeSpan.FromMinutes(15), default);
        Assert.True(world.Ehr.Requests.Count > asked, "it was not read again");

        host.Clock.Advance(WorklistLists.Kept);
        asked = world.Ehr.Requests.Count;
        await shelf.RefreshDueAsync(TimeSpan.FromMinutes(15), default);
        Assert.Equal(asked, world.Ehr.Requests.Count);
        await host.Get<Retention>().RunAsync(default);
        Assert.Equal((null, false), await shelf.NewestAsync(default));
    }

    private async Task<DeliveryWorld> WorldAsync()
    {
        var world = await DeliveryWorld.StartAsync(("Database:Provider", "postgres"), ("Database:ConnectionString", postgres.NewDatabase()), ("Education:Automatic", "false"));
        world.Order("1", "2026-03-18", patient: "pat-1");
        return world;
    }
}
