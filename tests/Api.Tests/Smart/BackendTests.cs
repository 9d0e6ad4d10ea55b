using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>SMART Backend Services: row L-42.</summary>
public sealed class BackendTests
{
    [Fact]
    public async Task L_42_automation_signs_an_assertion_and_asks_for_system_scopes()
    {
        await using var world = await SmartWorld.StartAsync(("BackendClientId", "robot"));
        Assert.True(await ReadsAsync(world));
        var form = Assert.Single(world.Ehr.To("/auth/token")).Form;
        Assert.Equal(["client_assertion", "client_assertion_type", "grant_type", "scope"], form.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("client_credentials", form["grant_type"]);
        Assert.All(form["scope"].Split(' '), scope => Assert.StartsWith("system/", scope, StringComparison.Ordinal));
        Assert.DoesNotContain('*', form["scope"]);
        Assert.Contains("system/Subscription.cruds", form["scope"].Split(' '));
    }

    [Fact]
    public async Task L_42_one_token_serves_all_until_shortly_before_it_expires()
    {
        await using var world = await SmartWorld.StartAsync(("BackendClientId", "robot"));
        var reads = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => ReadsAsync(world))));
        Assert.DoesNotContain(false, reads);
        world.Host.Clock.Advance(TimeSpan.FromSeconds(269));
        Assert.True(await ReadsAsync(world));
        Assert.Single(world.Ehr.To("/auth/token"));
        world.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await ReadsAsync(world));
        Assert.Equal(2, world.Ehr.To("/auth/token").Count);
        Assert.DoesNotContain(world.Ehr.To("/auth/token"), r => r.Form.ContainsKey("refresh_token"));
    }

    [Fact]
    public async Task L_42_a_token_refused_by_the_chart_is_replaced_once()
    {
        await using var world = await SmartWorld.StartAsync(("BackendClientId", "robot"));
        Assert.True(await ReadsAsync(world));
        world.Ehr.LiveTokens.Clear();
        Assert.True(await ReadsAsync(world));
        Assert.Equal(2, world.Ehr.To("/auth/token").Count);
    }

    [Fact]
    public async Task L_42_a_refusal_is_a_failed_read_and_is_asked_again_next_time()
    {
        await using var world = await SmartWorld.StartAsync(("BackendClientId", "robot"));
        world.Ehr.Instead = request => request.Path is "/auth/token" ? FakeEhr.Error(401, "invalid_client") : null;
        Assert.False(await ReadsAsync(world));
        world.Ehr.Instead = _ => null;
        Assert.True(await ReadsAsync(world));
    }

    private static async Task<bool> ReadsAsync(SmartWorld world) =>
        (await world.Host.Get<EhrCharts>().ForBackend(world.Host.Get<EhrRegistry>().ById("north")!).ReadAsync("Patient/pat-9", default)).Failure is null;
}
