using System.Globalization;
using System.Text.RegularExpressions;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// FHIR date, dateTime and instant (R4 section 2.24.0.1) of every precision -> the facility's days. A time without an offset is
/// taken as local. What is no date is null, never today.
/// </summary>
public static partial class FhirDates
{
    /// <summary>Outside these years a date is a placeholder (0001-01-01, 9999-12-31) or a slip, and arithmetic on it would overflow.</summary>
    public const int FirstYear = 1850, LastYear = 2199;

    public static PartialDate? Read(string? text, TimeZoneInfo zone)
    {
        if (text is null || Pattern().Match(text.Trim()) is not { Success: true } match) return null;
        var year = Part(match, "year");
        if (year is < FirstYear or > LastYear) return null;
        if (!match.Groups["month"].Success) return PartialDate.Year(year);
        var month = Part(match, "month");
        if (month is < 1 or > 12) return null;
        if (!match.Groups["day"].Success) return PartialDate.Month(year, month);
        var day = Part(match, "day");
        if (day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var date = new DateOnly(year, month, day);
        if (!match.Groups["hour"].Success) return PartialDate.Day(date);

        var (hour, minute, second) = (Part(match, "hour"), Part(match, "minute"), Part(match, "second"));
        if (hour > 23 || minute > 59 || second > 60) return null;
        var time = new TimeOnly(hour, minute, Math.Min(second, 59)); // 60: a leap second
        if (!match.Groups["offset"].Success) return PartialDate.Instant(LocalTime.At(date, time, zone), zone);
        return Offset(match.Groups["offset"].Value) is { } offset ? PartialDate.Instant(new DateTimeOffset(date, time, offset), zone) : null;
    }

    private static TimeSpan? Offset(string text)
    {
        if (text is "Z" or "z") return TimeSpan.Zero;
        var (hours, minutes) = (int.Parse(text.AsSpan(1, 2), CultureInfo.InvariantCulture), int.Parse(text.AsSpan(text.Length - 2), CultureInfo.InvariantCulture));
        if (minutes > 59 || hours > 14 || (hours == 14 && minutes > 0)) return null;
        var span = new TimeSpan(hours, minutes, 0);
        return text[0] == '-' ? -span : span;
    }

    private static int Part(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?<year>[0-9]{4})(-(?<month>[0-9]{2})(-(?<day>[0-9]{2})([T ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})(:(?<second>[0-9]{2})([.,][0-9]{1,20})?)?(?<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?)?)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
