using System.Text;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// FHIR date, dateTime and instant (R4 section 2.24.0.1) of every precision -> the facility's days. A time without an offset is
/// taken as local. What is no date is null, never today.
/// </summary>
public static class FhirDates
{
    /// <summary>Outside these years a date is a placeholder (0001-01-01, 9999-12-31) or a slip, and arithmetic on it would overflow.</summary>
    public const int FirstYear = 1850, LastYear = 2199;

    public static PartialDate? Read(string? text, TimeZoneInfo zone) => text is null ? null : Read(text.AsSpan(), zone);

    /// <summary>The same without a string of its own: every entry has two or three dates.</summary>
    internal static PartialDate? Read(FhirElement json, TimeZoneInfo zone)
    {
        Span<char> letters = stackalloc char[64];
        return json is { ValueKind: JsonValueKind.String, IsEscaped: false } && Encoding.UTF8.TryGetChars(json.Utf8, letters, out var length)
            ? Read(letters[..length], zone) : Read(json.AsText(), zone);
    }

    private static PartialDate? Read(ReadOnlySpan<char> text, TimeZoneInfo zone)
    {
        var rest = text.Trim();
        if (!Digits(ref rest, 4, out var year) || year is < FirstYear or > LastYear) return null;
        if (rest.IsEmpty) return PartialDate.Year(year);
        if (!Mark(ref rest, '-') || !Digits(ref rest, 2, out var month) || month is < 1 or > 12) return null;
        if (rest.IsEmpty) return PartialDate.Month(year, month);
        if (!Mark(ref rest, '-') || !Digits(ref rest, 2, out var day) || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var date = new DateOnly(year, month, day);
        if (rest.IsEmpty) return PartialDate.Day(date);

        if ((!Mark(ref rest, 'T') && !Mark(ref rest, ' ')) || !Digits(ref rest, 2, out var hour) || !Mark(ref rest, ':') || !Digits(ref rest, 2, out var minute)) return null;
        var second = 0;
        if (Mark(ref rest, ':') && (!Digits(ref rest, 2, out second) || !Fraction(ref rest))) return null;
        if (hour > 23 || minute > 59 || second > 60) return null;
        var time = new TimeOnly(hour, minute, Math.Min(second, 59)); // 60: a leap second
        if (rest.IsEmpty) return PartialDate.Instant(LocalTime.At(date, time, zone), zone);
        return Offset(rest) is { } offset ? PartialDate.Instant(new DateTimeOffset(date, time, offset), zone) : null;
    }

    private static bool Digits(ref ReadOnlySpan<char> rest, int count, out int number)
    {
        number = 0;
        if (rest.Length < count) return false;
        foreach (var c in rest[..count])
        {
            if (!char.IsAsciiDigit(c)) return false;
            number = (number * 10) + (c - '0');
        }
        rest = rest[count..];
        return true;
    }

    private static bool Mark(ref ReadOnlySpan<char> rest, char mark)
    {
        if (rest.IsEmpty || rest[0] != mark) return false;
        rest = rest[1..];
        return true;
    }

    /// <summary>At most 20 places of a second, which no rule needs; none is right too.</summary>
    private static bool Fraction(ref ReadOnlySpan<char> rest)
    {
        if (!Mark(ref rest, '.') && !Mark(ref rest, ',')) return true;
        var length = 0;
        while (length < rest.Length && char.IsAsciiDigit(rest[length])) length++;
        rest = rest[length..];
        return length is >= 1 and <= 20;
    }

    /// <summary>Z, +HH:MM or +HHMM.</summary>
    private static TimeSpan? Offset(ReadOnlySpan<char> text)
    {
        if (text is "Z" or "z") return TimeSpan.Zero;
        var (back, ahead) = (Mark(ref text, '-'), false);
        if (!back) ahead = Mark(ref text, '+');
        if (!back && !ahead) return null;
        if (!Digits(ref text, 2, out var hours)) return null;
        Mark(ref text, ':');
        if (!Digits(ref text, 2, out var minutes) || !text.IsEmpty) return null;
        if (minutes > 59 || hours > 14 || (hours == 14 && minutes > 0)) return null;
        var span = new TimeSpan(hours, minutes, 0);
        return back ? -span : span;
    }
}
