using System.Net;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task A_started_service_is_live_and_ready()
    {
        using var host = new ServiceHost();
        using var client = host.Client();
        Assert.Equal("""{"status":"healthy","checks":{}}""", await client.GetStringAsync("/health/live"));
        // Printing depends on the machine; without it the service is degraded, but ready.
        Assert.Matches("""^\{"status":"(healthy|degraded)","checks":\{"accepting":"healthy","database":"healthy","keys":"healthy","secrets":"healthy","print":"\1"\}\}$""", await client.GetStringAsync("/health/ready"));
    }

    [Fact]
    public async Task Who_looks_after_the_service_learns_why_part_by_part()
    {
        using var host = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true", ["Education:Chromium"] = "off" });
        using var client = host.Client();
        var detail = await client.GetStringAsync("/api/v1/health");
        Assert.Matches("\"status\":\"degraded\"", detail);
        Assert.Contains("Printing is switched off", detail, StringComparison.Ordinal);
        using var locked = new ServiceHost();
        using var stranger = locked.Client();
        using var refused = await stranger.GetAsync("/api/v1/health");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task An_EHR_that_is_left_alone_is_named_and_another_one_is_still_asked()
    {
        await using var north = await FakeEhr.StartAsync();
        north.Instead = request => request.Path.StartsWith("/fhir/Patient/", StringComparison.Ordinal) ? (200, "application/fhir+json", """{"resourceType":"Patient","id":"1"}""") : null;
        using var host = new ServiceHost(new Dictionary<string, string?>
        {
            ["Sandbox:Enabled"] = "true",
            ["Ehrs:0:Id"] = "north",
            ["Ehrs:0:Issuer"] = north.FhirBase,
            ["Ehrs:0:ClientId"] = "biopsy",
            ["Ehrs:1:Id"] = "south",
            ["Ehrs:1:ClientId"] = "biopsy",
            ["Ehrs:1:Issuer"] = $"http://127.0.0.1:{Testing.Loopback.FreePort()}/fhir",
        });
        using var client = host.Client();
        Assert.DoesNotContain("south", await client.GetStringAsync("/api/v1/health"), StringComparison.Ordinal);

        var (registry, charts) = (host.Get<EhrRegistry>(), host.Get<EhrCharts>());
        // Nobody listens there; each read is three attempts, and eight open the breaker.
        for (var n = 0; n < 3; n++) Assert.False((await charts.ForHook(registry.ById("south")!, null).ReadAsync("Patient/1", default)).Got(out _, out _));
        Assert.Contains("until a call succeeds again: south.", await client.GetStringAsync("/api/v1/health"), StringComparison.Ordinal);
        Assert.True((await charts.ForHook(registry.ById("north")!, null).ReadAsync("Patient/1", default)).Got(out var patient, out _));
        patient.Dispose();
        // It is no reason to send requests to another machine of ours: there it is broken too.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task Without_its_database_it_is_live_but_not_ready_and_says_no_more_than_that()
    {
        using var host = new ServiceHost();
        using var client = host.Client();
        await client.GetStringAsync("/health/ready");
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(host.Folder, "biopsyfhir.db*")) File.Delete(file);
        using var ready = await client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("\"database\":\"unhealthy\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var live = await client.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }
}
