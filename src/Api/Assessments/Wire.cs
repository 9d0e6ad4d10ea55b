using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Api.Assessments;

/// <summary>How values are written in our JSON: enumerations in kebab-case, decimals without trailing zeros, instants with the facility's offset.</summary>
public static class Wire
{
    private static readonly ConcurrentDictionary<Enum, string> s_names = new();

    /// <summary>AskSpecialist becomes ask-specialist.</summary>
    public static string Name(Enum value) => s_names.GetOrAdd(value, static v =>
    {
        var name = new StringBuilder();
        foreach (var c in v.ToString())
        {
            if (char.IsUpper(c) && name.Length > 0) name.Append('-');
            name.Append(char.ToLowerInvariant(c));
        }
        return name.ToString();
    });

    /// <summary>At most six decimals: conversions leave long tails that no laboratory measured.</summary>
    public static decimal Plain(decimal number) => Math.Round(number, 6, MidpointRounding.AwayFromZero) / 1.000000000000000000000000000000000m;

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Instant(DateTimeOffset at) => at.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    public static void Write(this Utf8JsonWriter json, string name, decimal? number)
    {
        if (number is { } n) json.WriteNumber(name, Plain(n));
        else json.WriteNull(name);
    }

    public static void Write(this Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } n) json.WriteNumber(name, n);
        else json.WriteNull(name);
    }

    public static void Write(this Utf8JsonWriter json, string name, bool? flag)
    {
        if (flag is { } f) json.WriteBoolean(name, f);
        else json.WriteNull(name);
    }

    public static void Write(this Utf8JsonWriter json, string name, DateOnly? day) => json.WriteString(name, day is { } d ? Day(d) : null);

    public static void Write(this Utf8JsonWriter json, string name, DateTimeOffset? at) => json.WriteString(name, at is { } a ? Instant(a) : null);

    public static void Write(this Utf8JsonWriter json, string name, Enum? value) => json.WriteString(name, value is null ? null : Name(value));
}
