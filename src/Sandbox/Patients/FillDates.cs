using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Sandbox.Patients;

/// <summary>Turns <c>{{today-7}}</c>, <c>{{today-5m}}</c>, <c>{{today-81y-120d}}</c> and <c>{{today+7T08:00}}</c> into dates.
/// Steps are days (no letter or <c>d</c>), months (<c>m</c>) or years (<c>y</c>), taken from left to right; a time is UTC.</summary>
internal static partial class FillDates
{
    public static void In(JsonNode node, DateOnly today)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (name, value) in o.ToList())
                    if (value is JsonValue v && v.TryGetValue<string>(out var text)) { if (Filled(text, today) is { } filled) o[name] = filled; }
                    else if (value is not null) In(value, today);
                break;
            case JsonArray a:
                for (var i = 0; i < a.Count; i++)
                    if (a[i] is JsonValue v && v.TryGetValue<string>(out var text)) { if (Filled(text, today) is { } filled) a[i] = filled; }
                    else if (a[i] is { } inner) In(inner, today);
                break;
        }
    }

    /// <exception cref="FormatException">Braces that are not such a date: a seed with a slip must not start.</exception>
    public static string? Filled(string text, DateOnly today)
    {
        if (!text.Contains("{{", StringComparison.Ordinal)) return null;
        var filled = Token().Replace(text, match =>
        {
            var date = today;
            foreach (Capture step in match.Groups["step"].Captures)
                date = step.Value[^1] switch
                {
                    'y' => date.AddYears(Number(step.Value[..^1])),
                    'm' => date.AddMonths(Number(step.Value[..^1])),
                    'd' => date.AddDays(Number(step.Value[..^1])),
                    _ => date.AddDays(Number(step.Value)),
                };
            var time = match.Groups["time"];
            return $"{date:yyyy-MM-dd}" + (time.Success ? $"T{time.Value}:00+00:00" : "");
        });
        return filled.Contains("{{", StringComparison.Ordinal) ? throw new FormatException($"'{text}' is not a relative date.") : filled;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{\{today(?<step>[+-]\d+[dmy]?)*(T(?<time>\d\d:\d\d))?\}\}")]
    private static partial Regex Token();
}
