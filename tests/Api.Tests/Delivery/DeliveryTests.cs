using System.Net;
using System.Text;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>From the order to the patient, without anyone remembering: once, in the right language, at a decent hour.</summary>
public sealed class DeliveryTests
{
    [Fact]
    public async Task An_order_brings_the_leaflet_once_after_the_quiet_hours()
    {
        await using var world = await DeliveryWorld.StartAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.LookAsync();
        Assert.Equal(["leaflet queued"], await world.StatesAsync());
        Assert.Equal(0, await world.DeliverAsync()); // 05:00 in New York
        world.Host.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(1, await world.DeliverAsync());
        Assert.Equal(["leaflet sent"], await world.StatesAsync());
        var document = Assert.Single(world.Written);
        Assert.Equal("DocumentReference", document["resourceType"]!.ToString());
        Assert.Contains("Your bone marrow biopsy", Html(document), StringComparison.Ordinal);
        Assert.Contains("Your own dates come later", Html(document), StringComparison.Ordinal);
        Assert.Equal("ServiceRequest/1", document["context"]!["related"]![0]!["reference"]!.ToString());
    }

    [Theory]
    [InlineData("es", "Su biopsia de médula ósea")]
    [InlineData("tr-TR", "Kemik iliği biyopsiniz")]
    [InlineData("vi", "Please ask for an interpreter")]
    public async Task The_leaflet_speaks_the_language_of_the_chart_or_says_that_it_does_not(string language, string words)
    {
        await using var world = await DeliveryWorld.StartAsync(("Education:QuietUntil", "00:00"), ("Education:QuietFrom", "00:00"));
        world.Language = language;
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.DeliverAsync();
        Assert.Contains(words, Html(Assert.Single(world.Written)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_EHR_that_fails_is_tried_again_later_and_the_leaflet_comes_once()
    {
        await using var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        world.WriteFault = () => 503;
        await world.DeliverAsync();
        var row = Assert.Single(await world.RowsAsync());
        Assert.Equal(("queued", 1), (row.State, row.Attempts));
        Assert.True(row.DueAt > world.Host.Clock.GetUtcNow());
        Assert.Equal(0, await world.DeliverAsync());
        world.WriteFault = () => null;
        world.Host.Clock.Advance(TimeSpan.FromMinutes(10));
        await world.DeliverAsync();
        Assert.Equal(["leaflet sent"], await world.StatesAsync());
        Assert.Single(world.Written);
    }

    [Fact]
    public async Task After_many_tries_it_is_given_up_seen_and_can_be_tried_again_by_hand()
    {
        await using var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        world.WriteFault = () => 503;
        for (var i = 0; i < DeliverDue.MostAttempts; i++)
        {
            await world.DeliverAsync();
            world.Host.Clock.Advance(TimeSpan.FromHours(8));
        }
        var row = Assert.Single(await world.RowsAsync());
        Assert.Equal("given-up", row.State);
        Assert.NotNull(row.Reason);
        world.WriteFault = () => null;
        Assert.True(await world.Host.Get<Deliveries>().ReplayAsync(row.Id, default));
        await world.DeliverAsync();
        Assert.Equal(["leaflet sent"], await world.StatesAsync());
        Assert.False(await world.Host.Get<Deliveries>().ReplayAsync(row.Id, default)); // what was sent is not sent again
    }

    [Fact]
    public async Task A_worker_that_died_leaves_a_lease_that_another_takes_over()
    {
        await using var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await using (var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync())
            await db.Deliveries.ExecuteUpdateAsync(d => d.SetProperty(r => r.LeaseUntil, world.Host.Clock.GetUtcNow() + DeliverDue.Lease));
        Assert.Equal(0, await world.DeliverAsync());
        world.Host.Clock.Advance(DeliverDue.Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await world.DeliverAsync());
        Assert.Single(world.Written);
    }

    [Fact]
    public async Task Two_workers_at_once_send_each_leaflet_once()
    {
        await using var world = await DaytimeAsync();
        for (var i = 0; i < 40; i++) world.Order($"{i}", "2026-03-18", patient: $"pat-{i}");
        await world.LookAsync();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(world.DeliverAsync)));
        Assert.Equal(40, world.Written.Count);
        Assert.All(await world.StatesAsync(), s => Assert.Equal("leaflet sent", s));
    }

    [Fact]
    public async Task A_signed_plan_brings_reminders_at_local_times_and_they_go_out_on_their_days()
    {
        await using var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.DeliverAsync();
        await world.SignAsync("es");
        Assert.Equal(["2026-03-16 09:00 reminder-hold", "2026-03-19 09:00 reminder-after"],
            (await world.RowsAsync()).Where(r => r.State == "queued").OrderBy(r => r.DueAt).Select(r => $"{TimeZoneInfo.ConvertTime(r.DueAt, NewYork):yyyy-MM-dd HH:mm} {r.Kind}"));
        Assert.DoesNotContain("apixaban", (await world.RowsAsync())[^1].Payload, StringComparison.OrdinalIgnoreCase); // encrypted

        world.Host.Clock.Advance(new DateTimeOffset(2026, 3, 16, 13, 0, 1, TimeSpan.Zero) - world.Host.Clock.GetUtcNow());
        await world.DeliverAsync();
        var message = world.Written.Last();
        Assert.Equal("Communication", message["resourceType"]!.ToString());
        var words = message["payload"]![0]!["contentString"]!.ToString();
        Assert.Contains("tome la última dosis el lunes 16 de marzo de 2026", words, StringComparison.Ordinal);
        Assert.Equal("Practitioner/7", message["sender"]!["reference"]!.ToString());
        Assert.Null((await world.RowsAsync()).Single(r => r.Kind == "reminder-hold").Payload); // its words are gone
    }

    [Fact]
    public async Task Signing_the_same_plan_again_adds_nothing_and_another_plan_supersedes()
    {
        await using var world = await DaytimeAsync();
        await world.SignAsync("en");
        await world.SignAsync("en");
        Assert.Equal(["reminder-after queued", "reminder-hold queued"], await world.StatesAsync());
        await world.SignAsync("tr");
        Assert.Equal(2, (await world.StatesAsync()).Count(s => s.EndsWith("superseded", StringComparison.Ordinal)));
        Assert.Equal(2, (await world.StatesAsync()).Count(s => s.EndsWith("queued", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task When_the_biopsy_moves_the_reminders_stay_here_and_the_patient_is_told_that_the_dates_no_longer_count()
    {
        await using var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.DeliverAsync();
        await world.SignAsync("en");
        world.Order("1", "2026-03-25");
        await world.LookAsync();
        Assert.Equal(2, (await world.RowsAsync()).Count(r => r is { State: "superseded", Reason: "the biopsy moved from 2026-03-18 to 2026-03-25" }));
        await world.DeliverAsync();
        Assert.Contains("no longer count", world.Written.Last()["payload"]![0]!["contentString"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains(await world.Host.Get<Deliveries>().ListAsync("waiting-for-signature", default), d => d is { BiopsyDate: "2026-03-25", Order: "ServiceRequest/1" });
    }

    /// <summary>Signed anew before the word of the change went out (at night, say): coming after the new dates it would cast doubt on those.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_biopsy_has_moved_and_is_signed_again_every_reminder_comes_on_its_new_day_and_none_on_the_old(bool told)
    {
        await using var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.DeliverAsync();
        await world.SignAsync("en");
        world.Order("1", "2026-03-25");
        await world.LookAsync();
        if (told) await world.DeliverAsync();
        await world.SignAsync("en", new(2026, 3, 25));
        Assert.Equal(["2026-03-23 09:00 reminder-hold", "2026-03-26 09:00 reminder-after"], (await world.RowsAsync()).Where(r => r.State == "queued" && r.Kind != "withdrawal")
            .OrderBy(r => r.DueAt).Select(r => $"{TimeZoneInfo.ConvertTime(r.DueAt, NewYork):yyyy-MM-dd HH:mm} {r.Kind}"));
        world.SetClock("2026-03-20T12:00:00Z"); // after every old day
        await world.DeliverAsync();
        Assert.Equal(told ? ["dates no longer count"] : [], Messages(world).Select(m => m.Contains("no longer count", StringComparison.Ordinal) ? "dates no longer count" : m));
        world.SetClock("2026-03-23T13:00:00Z");
        await world.DeliverAsync();
        Assert.Contains("take your last dose on Monday, March 23, 2026", Messages(world).Last(), StringComparison.Ordinal);
    }

    /// <summary>Nine o'clock on the wall, on the days on which clocks change, by a clock that stands where it is put.</summary>
    [Theory]
    [InlineData("2026-10-28T12:00:00Z", "2026-11-03", "2026-11-01T13:59:59Z", "2026-11-01T14:00:00Z")] // put back this night: not yet nine when it was nine yesterday
    [InlineData("2027-03-10T12:00:00Z", "2027-03-16", "2027-03-14T12:59:59Z", "2027-03-14T13:00:00Z")] // put forward
    public async Task A_reminder_goes_out_at_the_right_local_minute_on_the_day_the_clocks_change(string signedAt, string biopsy, string before, string at)
    {
        await using var world = await DaytimeAsync();
        world.SetClock(signedAt);
        await world.SignAsync("en", DateOnly.Parse(biopsy, System.Globalization.CultureInfo.InvariantCulture));
        world.SetClock(before);
        Assert.Equal(0, await world.DeliverAsync());
        world.SetClock(at);
        Assert.Equal(1, await world.DeliverAsync());
        Assert.Single(Messages(world));
    }

    [Fact]
    public async Task A_reminder_that_would_come_at_night_waits_for_the_morning_of_the_hospital()
    {
        await using var world = await DeliveryWorld.StartAsync(("Facility:TimeZone", "Pacific/Auckland"), ("Education:ReminderTime", "06:30"));
        await world.SignAsync("en");
        var hold = (await world.RowsAsync()).Single(r => r.Kind == "reminder-hold");
        Assert.Equal(new DateTimeOffset(2026, 3, 16, 8, 0, 0, TimeSpan.FromHours(13)), hold.DueAt);
        Assert.Equal(new DateTimeOffset(2026, 3, 17, 0, 0, 0, TimeSpan.FromHours(13)), hold.ExpiresAt);
    }

    /// <summary>Dead letters: seen by a person, with the reason, and tried again by hand; nothing else can be.</summary>
    [Fact]
    public async Task The_page_shows_every_state_with_its_reason_and_a_button_where_trying_again_can_help()
    {
        await using var world = await DaytimeAsync();
        for (var i = 1; i <= Deliveries.States.Length; i++) world.Order($"{i}", "2026-03-18", patient: $"pat-{i}");
        await world.LookAsync();
        await using (var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync())
        {
            var rows = await db.Deliveries.OrderBy(d => d.OrderRef).ToListAsync();
            foreach (var (row, state) in rows.Zip(Deliveries.States.Skip(1))) (row.State, row.Reason) = (state, $"because {state}");
            await db.SaveChangesAsync();
        }
        var page = await world.PageAsync();
        Assert.All(Deliveries.States, state => Assert.Contains($"<strong>{state.Replace('-', ' ')}</strong>", page, StringComparison.Ordinal));
        Assert.All(Deliveries.States.Skip(1), state => Assert.Contains($"because {state}", page, StringComparison.Ordinal));
        Assert.Equal(2, System.Text.RegularExpressions.Regex.Count(page, "/replay\""));

        var dead = (await world.RowsAsync()).Single(r => r.State == "given-up");
        using var client = world.Host.Client();
        using var refused = await client.PostAsync($"/deliveries/{dead.Id}/replay", null); // nobody is signed in
        Assert.NotEqual("queued", (await world.RowsAsync()).Single(r => r.Id == dead.Id).State);
        foreach (var row in await world.RowsAsync()) Assert.Equal(row.State is "failed" or "given-up", await world.Host.Get<Deliveries>().ReplayAsync(row.Id, default));
        Assert.Equal("queued", (await world.RowsAsync()).Single(r => r.Id == dead.Id).State);
    }

    [Theory]
    [InlineData("revoked", true)]
    [InlineData("entered-in-error", true)]
    [InlineData("completed", false)]
    public async Task A_cancelled_biopsy_withdraws_and_a_finished_one_does_not(string status, bool withdrawn)
    {
        await using var world = await SignedAsync();
        world.Order("1", "2026-03-18", status);
        await world.LookAsync();
        await world.LookAsync();
        Assert.Equal(withdrawn ? 1 : 0, (await world.StatesAsync()).Count(s => s == "withdrawal queued"));
        Assert.Equal(withdrawn ? 2 : 0, (await world.StatesAsync()).Count(s => s.StartsWith("reminder", StringComparison.Ordinal) && s.EndsWith("withdrawn", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_date_that_moves_to_and_fro_brings_its_reminders_back_and_a_second_word_to_the_patient()
    {
        await using var world = await DaytimeAsync();
        for (var round = 0; round < 2; round++)
        {
            world.Order("1", "2026-03-18");
            await world.LookAsync();
            await world.SignAsync("en");
            Assert.Equal(2, (await world.StatesAsync()).Count(s => s.StartsWith("reminder", StringComparison.Ordinal) && s.EndsWith("queued", StringComparison.Ordinal)));
            world.Host.Clock.Advance(TimeSpan.FromMinutes(1));
            world.Order("1", "2026-03-25");
            await world.LookAsync();
            await world.DeliverAsync();
        }
        Assert.Equal(2, (await world.StatesAsync()).Count(s => s == "withdrawal sent"));
    }

    [Fact]
    public async Task An_order_that_moves_beyond_the_days_looked_at_has_moved()
    {
        await using var world = await SignedAsync();
        world.Order("1", "2026-09-30");
        world.Hidden = true; // no search finds it any more
        await world.LookAsync();
        Assert.Contains(await world.RowsAsync(), r => r is { State: "superseded", Reason: "the biopsy moved from 2026-03-18 to 2026-09-30" });
    }

    [Fact]
    public async Task An_order_that_is_suddenly_not_to_be_found_holds_the_reminders_back_for_a_person_and_tells_the_patient_nothing()
    {
        await using var world = await SignedAsync();
        world.Orders.Clear();
        await world.LookAsync();
        var held = (await world.RowsAsync()).Where(r => r.Kind.StartsWith("reminder", StringComparison.Ordinal)).ToList();
        Assert.All(held, r => Assert.Equal("failed", r.State));
        Assert.DoesNotContain(await world.StatesAsync(), s => s.StartsWith("withdrawal", StringComparison.Ordinal));
        Assert.True(await world.Host.Get<Deliveries>().ReplayAsync(held[0].Id, default));
    }

    [Fact]
    public async Task A_date_that_only_an_appointment_has_is_not_lost_when_appointments_cannot_be_read()
    {
        await using var world = await DaytimeAsync();
        world.Order("1", null);
        world.Appointment("9", "2026-03-18T13:00:00Z", "ServiceRequest/1");
        await world.LookAsync();
        await world.SignAsync("en");
        var usual = world.Ehr.Instead;
        world.Ehr.Instead = r => r.Path == "/fhir/Appointment" ? (503, "text/plain", "down") : usual(r);
        await world.LookAsync();
        Assert.Equal(2, (await world.StatesAsync()).Count(s => s.StartsWith("reminder", StringComparison.Ordinal) && s.EndsWith("queued", StringComparison.Ordinal)));
        world.Ehr.Instead = usual;
        world.Appointments.Clear();
        await world.LookAsync();
        Assert.Contains(await world.RowsAsync(), r => r is { State: "superseded", Reason: "the biopsy moved from 2026-03-18 to no date" });
    }

    [Fact]
    public async Task Orders_that_cannot_be_read_just_now_withdraw_nothing()
    {
        await using var world = await SignedAsync();
        var usual = world.Ehr.Instead;
        world.Ehr.Instead = r => r.Path.StartsWith("/fhir/", StringComparison.Ordinal) && r.Path != "/fhir/.well-known/smart-configuration" ? (503, "text/plain", "down") : usual(r);
        await world.LookAsync();
        Assert.DoesNotContain(await world.StatesAsync(), s => s.EndsWith("withdrawn", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_phone_number_the_leaflet_fails_with_the_reason_and_nothing_is_written()
    {
        await using var world = await DeliveryWorld.StartAsync(("Facility:AfterHoursPhone", ""), ("Education:QuietUntil", "00:00"), ("Education:QuietFrom", "00:00"));
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.DeliverAsync();
        var row = Assert.Single(await world.RowsAsync());
        Assert.Equal("failed", row.State);
        Assert.Contains("Facility:AfterHoursPhone", row.Reason, StringComparison.Ordinal);
        Assert.Empty(world.Written);
    }

    [Fact]
    public async Task The_states_can_be_read_by_those_who_may()
    {
        await using var world = await DaytimeAsync();
        using var client = world.Host.Client();
        using var refused = await client.GetAsync("/api/v1/deliveries");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    private static IEnumerable<string> Messages(DeliveryWorld world) => world.Written.Where(w => w["resourceType"]!.ToString() == "Communication").Select(w => w["payload"]![0]!["contentString"]!.ToString());

    /// <summary>One order, looked at, its plan signed.</summary>
    private static async Task<DeliveryWorld> SignedAsync()
    {
        var world = await DaytimeAsync();
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.SignAsync("en");
        return world;
    }

    private static Task<DeliveryWorld> DaytimeAsync() => DeliveryWorld.DaytimeAsync();

    private static string Html(System.Text.Json.Nodes.JsonObject document) => WebUtility.HtmlDecode(Encoding.UTF8.GetString(Convert.FromBase64String(document["content"]![0]!["attachment"]!["data"]!.ToString())));
}
