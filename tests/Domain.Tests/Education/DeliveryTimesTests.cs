using System.Globalization;

namespace BiopsyFhir.Domain.Tests.Education;

/// <summary>Local minutes -> instants, quiet hours and changing clocks included.</summary>
public class DeliveryTimesTests
{
    private static readonly QuietHours Night = new(new(20, 0), new(8, 0));
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
