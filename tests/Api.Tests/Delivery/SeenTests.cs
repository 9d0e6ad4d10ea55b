using System.Text.Json.Nodes;
using BiopsyFhir.Api.Delivery;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>Whether a message was seen: said where the EHR records it, "not known" everywhere else.</summary>
public sealed class SeenTests
{
    [Fact]
    public async Task A_message_that_the_EHR_says_was_received_is_seen_on_that_local_day()
    {
        await using var world = await RemindedAsync();
        Assert.Null((await ReminderAsync(world)).SeenOn);
        Message(world)["received"] = "2026-03-18T02:30:00Z"; // the evening before in New York
        await world.Host.Get<LookWhetherSeen>().LookAsync(default);
        Assert.Equal("2026-03-17", (await ReminderAsync(world)).SeenOn);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2026-03")]
    [InlineData("yesterday")]
    public async Task What_the_EHR_does_not_say_is_not_known(string? received)
    {
        await using var world = await RemindedAsync();
        if (received is not null) Message(world)["received"] = received;
        await world.Host.Get<LookWhetherSeen>().LookAsync(default);
        Assert.Null((await ReminderAsync(world)).SeenOn);
        Assert.Contains("seen: not known", await world.PageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_says_seen_and_when()
    {
        await using var world = await RemindedAsync();
        Message(world)["received"] = "2026-03-16T18:00:00Z";
        await world.Host.Get<LookWhetherSeen>().LookAsync(default);
        Assert.Contains("seen, on Monday 16 March 2026", await world.PageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_entered_in_error_was_not_seen()
    {
        await using var world = await RemindedAsync();
        (Message(world)["received"], Message(world)["status"]) = ("2026-03-16T18:00:00Z", "entered-in-error");
        await world.Host.Get<LookWhetherSeen>().LookAsync(default);
        Assert.Null((await ReminderAsync(world)).SeenOn);
    }

    [Fact]
    public async Task It_is_asked_again_until_it_is_known()
    {
        await using var world = await RemindedAsync();
        Assert.Equal(1, await AsksAsync(world));
        Message(world)["received"] = "2026-03-16T18:00:00Z";
        Assert.Equal(1, await AsksAsync(world));
        Assert.Equal(0, await AsksAsync(world));
    }

    [Fact]
    public async Task A_message_that_nobody_opened_for_two_weeks_is_no_longer_asked_about()
    {
        await using var world = await RemindedAsync();
        world.Host.Clock.Advance(LookWhetherSeen.HowLong + TimeSpan.FromDays(1));
        Assert.Equal(0, await AsksAsync(world));
    }

    private static async Task<int> AsksAsync(DeliveryWorld world)
    {
        var path = $"/fhir/Communication/{Message(world)["id"]}";
        var before = world.Ehr.To(path).Count;
        await world.Host.Get<LookWhetherSeen>().LookAsync(default);
        return world.Ehr.To(path).Count - before;
    }

    private static JsonObject Message(DeliveryWorld world) => Assert.Single(world.Written, w => w["resourceType"]!.ToString() == "Communication");

    private static async Task<DeliveryItem> ReminderAsync(DeliveryWorld world) => (await world.Host.Get<Deliveries>().ListAsync("sent", default)).Single(d => d.Kind == "reminder-hold");

    private static async Task<DeliveryWorld> RemindedAsync()
    {
        var world = await DeliveryWorld.DaytimeAsync();
        await world.SignAsync("en");
        world.Host.Clock.Advance(new DateTimeOffset(2026, 3, 16, 13, 0, 1, TimeSpan.Zero) - world.Host.Clock.GetUtcNow());
        await world.DeliverAsync();
        return world;
    }
}
