namespace BiopsyFhir.Domain;

/// <summary>When patients are not disturbed, in the facility's local time; may span midnight. From equal to Until: never quiet.</summary>
public sealed record QuietHours(TimeOnly From, TimeOnly Until)
{
    public bool Contains(TimeOnly time) => From <= Until ? time >= From && time < Until : time >= From || time < Until;
}

/// <summary>Local days and times -> instants at which something is sent. Pure; a clock that changes is treated as <see cref="LocalTime"/> says.</summary>
public static class DeliveryTimes
{
    /// <summary>The time on that day; inside quiet hours, the end of them.</summary>
    public static DateTimeOffset At(DateOnly day, TimeOnly time, QuietHours quiet, TimeZoneInfo zone)
    {
        if (!quiet.Contains(time)) return LocalTime.At(day, time, zone);
        // Quiet hours that span midnight end on the next day for a time in the evening.
        return LocalTime.At(time >= quiet.Until ? day.AddDays(1) : day, quiet.Until, zone);
    }

    /// <summary>Now, or the end of the quiet hours.</summary>
    public static DateTimeOffset Soonest(DateTimeOffset now, QuietHours quiet, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var time = TimeOnly.FromDateTime(local.DateTime);
        return quiet.Contains(time) ? At(DateOnly.FromDateTime(local.DateTime), time, quiet, zone) : now;
    }

    /// <summary>Wait before the next try: half a minute, doubled each time, six hours at most, spread by a quarter so that many do not come back at once.</summary>
    /// <param name="attempts">Tries so far, from 1.</param>
    /// <param name="chance">0 to 1.</param>
    public static TimeSpan Backoff(int attempts, double chance)
    {
        var seconds = Math.Min(30 * Math.Pow(2, Math.Min(attempts, 20) - 1), 6 * 3600);
        return TimeSpan.FromSeconds(seconds * (0.75 + 0.5 * chance));
    }
}
