using System.Globalization;

namespace BiopsyFhir.Domain.Tests.Education;

/// <summary>Local minutes -> instants, quiet hours and changing clocks included.</summary>
public class DeliveryTimesTests
{
    private static readonly QuietHours Night = new(new(20, 0), new(8, 0));
    private static readonly QuietHours Never = new(new(0, 0), new(0, 0));
    private static readonly TimeZoneInfo NewYork = Patients.NewYork;

    [Theory]
    [InlineData("2026-03-07", "09:00", "2026-03-07T09:00:00-05:00")] // the day before clocks go forward
    [InlineData("2026-03-08", "09:00", "2026-03-08T09:00:00-04:00")] // the day they do: the same wall time
    [InlineData("2026-11-01", "09:00", "2026-11-01T09:00:00-05:00")]
    [InlineData("2026-03-07", "21:00", "2026-03-08T08:00:00-04:00")] // quiet in the evening, over the change
    [InlineData("2026-03-08", "07:59", "2026-03-08T08:00:00-04:00")]
    [InlineData("2026-03-08", "08:00", "2026-03-08T08:00:00-04:00")]
    public void A_time_is_the_wall_clocks_and_never_a_quiet_one(string day, string time, string instant) =>
        Assert.Equal(Instant(instant), DeliveryTimes.At(DateOnly.Parse(day, CultureInfo.InvariantCulture), TimeOnly.Parse(time, CultureInfo.InvariantCulture), Night, NewYork));

    [Theory]
    [InlineData("2026-03-08T01:30:00-05:00", "2026-03-08T08:00:00-04:00")]
    [InlineData("2026-03-08T12:00:00-04:00", "2026-03-08T12:00:00-04:00")]
    [InlineData("2026-11-01T01:30:00-04:00", "2026-11-01T08:00:00-05:00")] // the hour that comes twice
    [InlineData("2026-11-01T23:00:00-05:00", "2026-11-02T08:00:00-05:00")]
    public void What_should_go_out_now_waits_for_the_morning(string now, string instant) => Assert.Equal(Instant(instant), DeliveryTimes.Soonest(Instant(now), Night, NewYork));

    [Fact]
    public void Skipped_wall_time_is_the_minute_after_the_gap() =>
        Assert.Equal(Instant("2026-03-08T03:30:00-04:00"), DeliveryTimes.At(new(2026, 3, 8), new(2, 30), new(new(0, 0), new(0, 0)), NewYork));

    /// <summary>A minute that comes twice is the first of the two: a reminder sooner, never a second one.</summary>
    [Theory]
    [InlineData("America/New_York", "2026-11-01", "01:30", "2026-11-01T01:30:00-04:00")]
    [InlineData("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T02:30:00+02:00")]
    public void A_wall_time_that_comes_twice_is_the_first(string zone, string day, string time, string instant) =>
        Assert.Equal(Instant(instant), DeliveryTimes.At(DateOnly.Parse(day, CultureInfo.InvariantCulture), TimeOnly.Parse(time, CultureInfo.InvariantCulture), Never, TimeZoneInfo.FindSystemTimeZoneById(zone)));

    /// <summary>Every minute of the days on which clocks change, the day before and the day after: on the wall it is that minute, or, where the wall skips it, an hour later.</summary>
    [Theory]
    [InlineData("America/New_York", "2026-03-08", 60)]
    [InlineData("America/New_York", "2026-11-01", 0)]
    [InlineData("Europe/Berlin", "2026-03-29", 60)]
    [InlineData("Europe/Berlin", "2026-10-25", 0)]
    [InlineData("Pacific/Auckland", "2026-09-27", 60)]
    [InlineData("Pacific/Auckland", "2026-04-05", 0)]
    [InlineData("Asia/Kolkata", "2026-03-29", 0)]
    public void Every_minute_is_the_walls(string zoneId, string change, int skipped)
    {
        var (zone, day, moved) = (TimeZoneInfo.FindSystemTimeZoneById(zoneId), DateOnly.Parse(change, CultureInfo.InvariantCulture), 0);
        for (var n = -1; n <= 1; n++)
            for (var minute = 0; minute < 24 * 60; minute++)
            {
                var wall = day.AddDays(n).ToDateTime(TimeOnly.MinValue.AddMinutes(minute));
                var shown = TimeZoneInfo.ConvertTime(DeliveryTimes.At(DateOnly.FromDateTime(wall), TimeOnly.FromDateTime(wall), Never, zone), zone).DateTime;
                if (shown == wall) continue;
                moved++;
                Assert.Equal(wall.AddHours(1), shown);
            }
        Assert.Equal(skipped, moved);
    }

    [Fact]
    public void Equal_bounds_are_never_quiet() => Assert.False(new QuietHours(new(8, 0), new(8, 0)).Contains(new(8, 0)));

    [Fact]
    public void The_wait_doubles_up_to_six_hours_and_is_spread()
    {
        Assert.Equal([30, 60, 120], Enumerable.Range(1, 3).Select(n => DeliveryTimes.Backoff(n, 0.5).TotalSeconds));
        Assert.Equal(6 * 3600, DeliveryTimes.Backoff(50, 0.5).TotalSeconds);
        Assert.Equal((22.5, 37.5), (DeliveryTimes.Backoff(1, 0).TotalSeconds, DeliveryTimes.Backoff(1, 1).TotalSeconds));
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
