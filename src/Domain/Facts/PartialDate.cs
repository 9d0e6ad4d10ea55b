namespace BiopsyFhir.Domain;

/// <summary>
/// A date as a record states it: a year, a month, a day, or an instant already turned into the facility's local day.
/// A partial date stands for every day that it covers; each rule says whether it takes the first or the last of them.
/// </summary>
/// <param name="First">First local day covered.</param>
/// <param name="Last">Last local day covered; equal to <paramref name="First"/> for a full date.</param>
/// <param name="At">The instant, in the facility's offset, when the record gave one.</param>
public readonly record struct PartialDate(DateOnly First, DateOnly Last, DateTimeOffset? At = null)
{
    public static PartialDate Day(DateOnly day) => new(day, day);

    public static PartialDate Month(int year, int month) =>
        new(new DateOnly(year, month, 1), new DateOnly(year, month, DateTime.DaysInMonth(year, month)));

    public static PartialDate Year(int year) => new(new DateOnly(year, 1, 1), new DateOnly(year, 12, 31));

    /// <summary>An instant belongs to the facility's local day, never to the UTC day.</summary>
    public static PartialDate Instant(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var day = DateOnly.FromDateTime(local.DateTime);
        return new(day, day, local);
    }

    public bool IsFull => First == Last;

    public override string ToString() =>
        IsFull ? $"{First:yyyy-MM-dd}" : First.Year == Last.Year && First.Month == Last.Month ? $"{First:yyyy-MM}" : $"{First:yyyy}";
}
