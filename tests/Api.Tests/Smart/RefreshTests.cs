using System.Net;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>Tokens that run out: rows L-17, L-29, L-38 to L-40.</summary>
public sealed class RefreshTests
{
    [Fact]
    public async Task L_17_L_38_a_token_is_refreshed_when_there_is_a_refresh_token_whatever_the_scope_says()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.GrantedScope = "launch patient/Patient.rs"; // no offline_access, no online_access
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        world.Host.Clock.Advance(TimeSpan.FromSeconds(280));
        Assert.True(await ReadsAsync(world, session));
        var form = world.Ehr.To("/auth/token")[^1].Form;
        Assert.Equal(["client_id", "grant_type", "refresh_token"], form.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, world.Ehr.To("/auth/token").Count);
    }

    [Fact]
    public async Task L_38_a_rotated_refresh_token_replaces_the_old_one_and_a_missing_one_keeps_it()
    {
        await using var world = await SmartWorld.StartAsync();
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        var used = new List<string>();
        for (var n = 0; n < 2; n++)
        {
            world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
            Assert.True(await ReadsAsync(world, session));
            used.Add(world.Ehr.To("/auth/token")[^1].Form["refresh_token"]);
        }
        Assert.NotEqual(used[0], used[1]);

        var kept = Assert.Single(world.Ehr.LiveRefreshTokens).Key;
        world.Ehr.WithRefreshToken = false;
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.True(await ReadsAsync(world, session));
        world.Ehr.LiveRefreshTokens[kept] = true; // this server lets a refresh token be used again
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.True(await ReadsAsync(world, session));
        Assert.Equal(kept, world.Ehr.To("/auth/token")[^1].Form["refresh_token"]);
    }

    [Fact]
    public async Task L_38_a_confidential_client_authenticates_its_refresh_the_same_way()
    {
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "secret"), ("ClientSecret", "s3cret"));
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.True(await ReadsAsync(world, session));
        Assert.All(world.Ehr.To("/auth/token"), r => Assert.StartsWith("Basic ", r.Headers["Authorization"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task L_39_many_calls_at_once_make_one_refresh()
    {
        await using var world = await SmartWorld.StartAsync();
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        var reads = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ReadsAsync(world, session))));
        Assert.DoesNotContain(false, reads);
        Assert.Equal(2, world.Ehr.To("/auth/token").Count); // the code, and one refresh
    }

    [Fact]
    public async Task L_39_two_nodes_on_one_database_make_one_refresh()
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        await using var second = SmartWorld.With(world.Ehr, ("Database:Folder", world.Host.Folder));
        var other = await second.SessionAsync(id);
        var session = await world.SessionAsync(id);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        second.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        world.Ehr.Instead = request =>
        {
            if (request.Path is "/auth/token") Thread.Sleep(300); // long enough for both to want it
            return null;
        };
        var reads = await Task.WhenAll(
            Task.Run(() => ReadsAsync(world, session)), Task.Run(() => ReadsAsync(second, other)),
            Task.Run(() => ReadsAsync(world, session)), Task.Run(() => ReadsAsync(second, other)));
        Assert.DoesNotContain(false, reads);
        Assert.Equal(2, world.Ehr.To("/auth/token").Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task L_39_invalid_grant_of_any_status_ends_the_session_and_is_not_tried_again(int status)
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        var session = await world.SessionAsync(id);
        world.Ehr.Instead = request => request.Path is "/auth/token" ? FakeEhr.Error(status, "invalid_grant", "gone") : null;
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.False(await ReadsAsync(world, session));
        Assert.False(await ReadsAsync(world, session));
        Assert.Equal(2, world.Ehr.To("/auth/token").Count);
        using var page = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
        Assert.Contains("open the review again", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L_39_a_server_in_trouble_does_not_end_the_session()
    {
        await using var world = await SmartWorld.StartAsync();
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        world.Ehr.Instead = request => request.Path is "/auth/token" ? (500, "text/html", "<h1>oops</h1>") : null;
        Assert.False(await ReadsAsync(world, session));
        world.Ehr.Instead = _ => null;
        Assert.True(await ReadsAsync(world, session));
    }

    [Fact]
    public async Task L_39_without_a_refresh_token_nothing_is_asked()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.WithRefreshToken = false;
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.False(await ReadsAsync(world, session));
        Assert.Single(world.Ehr.To("/auth/token"));
    }

    [Fact]
    public async Task L_40_a_401_of_the_chart_leads_to_one_refresh_and_one_more_try()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.ExpiresIn = null; // the server does not say how long
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        world.Ehr.LiveTokens.Clear();
        Assert.True(await ReadsAsync(world, session));
        Assert.Equal(2, world.Ehr.To("/fhir/Patient/pat-1").Count);
        Assert.Equal(2, world.Ehr.To("/auth/token").Count);
    }

    [Fact]
    public async Task L_29_a_refresh_that_answers_for_another_patient_closes_the_session_at_once()
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        var session = await world.SessionAsync(id);
        world.Ehr.TokenFields["patient"] = "pat-2";
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.False(await ReadsAsync(world, session));
        Assert.Empty(world.Ehr.To("/fhir/Patient/pat-1"));
        using var page = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Contains("another patient", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L_15_a_refresh_that_narrows_the_scope_is_noticed()
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        Assert.Empty((await world.SessionAsync(id)).Degraded);
        world.Ehr.GrantedScope = "patient/Patient.rs";
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        await ReadsAsync(world, await world.SessionAsync(id));
        Assert.NotEmpty((await world.SessionAsync(id)).Degraded);
    }

    private static async Task<bool> ReadsAsync(SmartWorld world, SmartSession session) =>
        (await world.Host.Get<EhrCharts>().For(session).ReadAsync(session.Patient, default)).Failure is null;
}
