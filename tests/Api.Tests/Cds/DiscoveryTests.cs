using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Api.Tests.Cds;

public sealed partial class DiscoveryTests
{
    [Fact]
    public async Task H_01_H_02_Discovery_lists_the_four_services()
    {
        await using var world = await HookWorld.StartAsync();
        var json = await DiscoverAsync(world, null);
        Schema.Discovery.Check(json);
        Assert.Equal([(HookWorld.PatientView, "patient-view"), (HookWorld.OrderSelect, "order-select"), (HookWorld.OrderSign, "order-sign"), (HookWorld.AppointmentBook, "appointment-book")],
            json["services"]!.AsArray().Select(s => ((string)s!["id"]!, (string)s["hook"]!)));
        Assert.All(json["services"]!.AsArray(), s => Assert.NotNull((string?)s!["title"]));
    }

    [Fact]
    public async Task H_03_H_14_H_15_Templates_are_relative_and_use_only_what_every_client_of_2_0_fills()
    {
        await using var world = await HookWorld.StartAsync();
        var templates = Templates(await DiscoverAsync(world, null));
        Assert.Equal("Patient/{{context.patientId}}", templates["patient"]);
        Assert.All(templates.Where(t => t.Key is not "patient"), t => Assert.Matches(PlainTemplate(), t.Value));
    }

    [Fact]
    public async Task H_16_Drafts_and_selections_are_no_tokens_of_a_template()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.All(Templates(await DiscoverAsync(world, null)).Values, t => Assert.False(t.Contains("draftOrders", StringComparison.Ordinal) || t.Contains("selections", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task H_05_H_17_Computed_dates_are_for_clients_known_to_fill_them_and_for_nobody_else()
    {
        await using var world = await HookWorld.StartAsync(("Ehrs:0:CdsClients:0:Prefetch", "3.0"));
        var plain = await DiscoverAsync(world, null);
        var theirs = await DiscoverAsync(world, world.Token("/cds-services"));
        Schema.Discovery.Check(theirs);
        Assert.DoesNotContain("today()", plain.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("today()", Templates(theirs)["laboratory"], StringComparison.Ordinal);
        Assert.Null(plain["services"]![0]!["version"]);
        Assert.NotNull(theirs["services"]![0]!["version"]);
    }

    [Fact]
    public async Task H_18_Each_query_is_short()
    {
        await using var world = await HookWorld.StartAsync(("Ehrs:0:CdsClients:0:Prefetch", "3.0"));
        foreach (var token in new[] { null, world.Token("/cds-services") })
            Assert.All(Templates(await DiscoverAsync(world, token)).Values, t => Assert.True(t.Length < 150, t));
    }

    [Fact]
    public async Task H_07_Discovery_takes_a_token_made_for_its_own_address_and_works_without_one()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(HttpMethod.Get, "/cds-services", null, null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(HttpMethod.Get, "/cds-services", null, world.Token("/cds-services"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.SendAsync(HttpMethod.Get, "/cds-services", null, world.Token($"/cds-services/{HookWorld.OrderSign}"))).StatusCode);
    }

    [Fact]
    public async Task H_04_What_a_client_must_give_is_said()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.All((await DiscoverAsync(world, null))["services"]!.AsArray(), s => Assert.Contains("fhirAuthorization", (string)s!["usageRequirements"]!, StringComparison.Ordinal));
    }

    private static async Task<JsonObject> DiscoverAsync(HookWorld world, string? token)
    {
        using var answer = await world.SendAsync(HttpMethod.Get, "/cds-services", null, token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static Dictionary<string, string> Templates(JsonObject discovery) =>
        discovery["services"]![0]!["prefetch"]!.AsObject().ToDictionary(p => p.Key, p => (string)p.Value!);

    [GeneratedRegex(@"^[A-Z][A-Za-z]+\?patient=\{\{context\.patientId\}\}(&(category|code)=[A-Za-z0-9-]+|&_sort=-date|&_count=\d+)*$")]
    private static partial Regex PlainTemplate();
}
