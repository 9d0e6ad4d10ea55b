namespace BiopsyFhir.Domain;

/// <summary>A wall-clock time on a local day -> the instant. Clocks that change make some times happen never or twice.</summary>
public static class LocalTime
{
    /// <returns>
    /// A time that happens twice is the earlier of the two, since that leaves less time since a last dose. A time that is
    /// skipped is read with the offset before the change: 02:30 becomes 03:30.
    /// </returns>
    public static DateTimeOffset At(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        if (zone.IsAmbiguousTime(local)) return new(local, zone.GetAmbiguousTimeOffsets(local).Max());
        if (!zone.IsInvalidTime(local)) return new(local, zone.GetUtcOffset(local));
        var before = zone.GetUtcOffset(local.AddHours(-3));
        return TimeZoneInfo.ConvertTime(new DateTimeOffset(local, before), zone);
    }

    /// <summary>True when the wall clock shows this time twice, or never.</summary>
    public static bool IsUnsure(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        return zone.IsAmbiguousTime(local) || zone.IsInvalidTime(local);
    }
}
