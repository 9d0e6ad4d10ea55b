using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir.Search;

/// <summary>The span of time that a FHIR date, dateTime, instant or Period stands for: from <see cref="Low"/> up to, not including, <see cref="High"/>.
/// Dates without a zone are read as UTC, the sandbox's zone.</summary>
internal readonly record struct DateRange(DateTimeOffset Low, DateTimeOffset High)
{
    private static readonly (string Format, Func<DateTimeOffset, DateTimeOffset> Next)[] Precisions =
    [
        ("yyyy", d => d.AddYears(1)),
        ("yyyy-MM", d => d.AddMonths(1)),
        ("yyyy-MM-dd", d => d.AddDays(1)),
        ("yyyy-MM-dd'T'HH:mm", d => d.AddMinutes(1)),
        ("yyyy-MM-dd'T'HH:mmK", d => d.AddMinutes(1)),
        ("yyyy-MM-dd'T'HH:mm:ss", d => d.AddSeconds(1)),
        ("yyyy-MM-dd'T'HH:mm:ssK", d => d.AddSeconds(1)),
        ("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", d => d.AddMilliseconds(1)),
    ];

    public static DateRange? Parse(string? text)
    {
        foreach (var (format, next) in Precisions)
            if (DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var low))
                return low.Year == 9999 ? null : new DateRange(low, next(low));
        return null;
    }

    public static DateRange? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Parse(value.GetString()),
        JsonValueKind.Object => (Parse(value.Text("start")), Parse(value.Text("end"))) switch
        {
            (null, null) => null,
            (var start, var end) => new DateRange(start?.Low ?? DateTimeOffset.MinValue, end?.High ?? DateTimeOffset.MaxValue),
        },
        _ => null,
    };

    /// <summary>R4 search prefixes (hl7.org/fhir/R4/search.html#prefix), on ranges: <c>ge</c> holds when any part is at or after the start.</summary>
    public bool Meets(string prefix, DateRange wanted) => prefix switch
    {
        "eq" => Low >= wanted.Low && High <= wanted.High,
        "ne" => !(Low >= wanted.Low && High <= wanted.High),
        "gt" => High > wanted.High,
        "ge" => High > wanted.Low,
        "lt" => Low < wanted.Low,
        "le" => Low < wanted.High,
        "sa" => Low >= wanted.High,
        "eb" => High <= wanted.Low,
        _ => false,
    };
}
