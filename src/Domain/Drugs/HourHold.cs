namespace BiopsyFhir.Domain;

/// <summary>Hour-based holds: last dose at least h hours before the start, counted as elapsed time across a change of the clock.</summary>
internal static class HourHold
{
    /// <summary>The latest instant for a dose, in the facility's offset.</summary>
    public static DateTimeOffset CutOff(Snapshot snapshot, decimal hours) => Local(snapshot.Biopsy.At.AddHours(-(double)hours), snapshot.Facility.Zone);

    /// <summary>The last scheduled dose at or before the cut-off; the cut-off itself when no times of day are given.</summary>
    public static DateTimeOffset LastDose(Medicine medicine, DateTimeOffset cutOff, TimeZoneInfo zone)
    {
        if (medicine.TimesOfDay.IsEmpty) return cutOff;
        var day = DateOnly.FromDateTime(cutOff.DateTime);
        // Two days back always hold a scheduled time, even where a clock change took one away.
        return Enumerable.Range(0, 3).SelectMany(back => medicine.TimesOfDay.Select(time => LocalTime.At(day.AddDays(-back), time, zone)))
            .Where(at => at <= cutOff).DefaultIfEmpty(cutOff).Max();
    }

    /// <summary>
    /// First procedure day when the last dose was taken at that time: the local day on which the hours are over, the next one if they
    /// end after the usual start.
    /// </summary>
    public static DateOnly Earliest(DateTimeOffset dose, decimal hours, Facility facility)
    {
        var over = Local(dose.AddHours((double)hours), facility.Zone);
        var day = DateOnly.FromDateTime(over.DateTime);
        return TimeOnly.FromDateTime(over.DateTime) > facility.DefaultStart ? day.AddDays(1) : day;
    }

    /// <summary>The latest moment of a day at which a dose may have been taken.</summary>
    public static DateTimeOffset LatestOn(DateOnly day, Medicine medicine, TimeZoneInfo zone) =>
        LocalTime.At(day, medicine.TimesOfDay.IsEmpty ? new TimeOnly(23, 59) : medicine.TimesOfDay.Max(), zone);

    public static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.DateTime);

    public static DateTimeOffset Local(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone);
}
