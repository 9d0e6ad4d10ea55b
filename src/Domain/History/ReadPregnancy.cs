using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;

namespace BiopsyFhir.Domain;

/// <summary>Pregnancy from results: status, gestational age, expected date of delivery. Weeks are completed weeks on the day of the biopsy.</summary>
public static class ReadPregnancy
{
    private const int FullTermDays = 280;

    public static IEnumerable<Problem> From(Snapshot snapshot, LabCatalogue labs)
    {
        foreach (var result in snapshot.Chart.Results)
        {
            if (result.CannotInterpret is not null || result.Status is "entered-in-error" or "cancelled" or "unknown") continue;
            if (snapshot.Chart.Person.Sex == Sex.Male) continue;
            var d0 = snapshot.Biopsy.Date;
            var asks = s_asks.Of(result.Code, 0, static (code, _) => Of(code));
            if (asks == default) continue;
            if (asks.Age && result.Value is ResultValue.Quantity age && result.Effective is { } at)
            {
                // A gestational age whose number or unit cannot be read is still a pregnancy.
                var elapsed = d0.DayNumber - at.First.DayNumber;
                if (Days(age, labs) is not { } days)
                {
                    if (elapsed <= FullTermDays + 21) yield return Pregnant(result, $"gestational age {age.Amount} {age.UnitCode ?? age.Unit}".TrimEnd(), null);
                    continue;
                }
                var onD0 = days + elapsed;
                if (onD0 <= FullTermDays + 21) yield return Pregnant(result, $"gestational age {age.Amount} {age.UnitCode ?? age.Unit}", onD0 / 7);
            }
            else if (asks.Delivery && DueDate(result.Value) is { } due && due.AddDays(21) >= d0)
            {
                var onD0 = FullTermDays - (due.DayNumber - d0.DayNumber);
                if (onD0 >= 0) yield return Pregnant(result, $"delivery expected {due:yyyy-MM-dd}", onD0 / 7);
            }
            else if (asks.Status && result.Effective is { } seen && seen.Last.AddDays(FullTermDays) >= d0
                && Wording.Of(StatusWords(result.Value)) is var words && words.Any(w => w.Folded.StartsWith("pregnan", StringComparison.Ordinal)))
            {
                var span = words.Select((w, i) => (w, i)).First(x => x.w.Folded.StartsWith("pregnan", StringComparison.Ordinal)).i;
                if (Denial.Of(words, new(span, span + 1)) == Said.Affirmed) yield return Pregnant(result, $"pregnancy status: {StatusWords(result.Value).First()}", null);
            }
        }
    }

    private static Problem Pregnant(ResultRecord result, string says, int? weeks) =>
        new("pregnancy", says, result.Effective, true, new(result.Reference, weeks is { } w ? $"{says}; {w} completed weeks on the day of the biopsy" : says, weeks, weeks is null ? null : "wk", result.Effective?.Last), result.Code)
        {
            Source = ProblemSource.Result,
            Details = weeks is { } n ? ImmutableSortedDictionary<string, string>.Empty.Add("weeks", $"{n}") : ImmutableSortedDictionary<string, string>.Empty,
        };

    private static readonly SearchValues<string> s_gestationalAge = Words("gestational age"), s_delivery = Words("date of delivery", "delivery date"), s_status = Words("pregnancy status");

    private static SearchValues<string> Words(params string[] words) => SearchValues.Create(words, StringComparison.OrdinalIgnoreCase);

    private static readonly Remembered<(bool Age, bool Delivery, bool Status)> s_asks = new();

    private static (bool Age, bool Delivery, bool Status) Of(Concept code) =>
        (Is(code, "18185-9", s_gestationalAge), Is(code, "11778-8", s_delivery), Is(code, "82810-3", s_status));

    private static bool Is(Concept asked, string loinc, SearchValues<string> words)
    {
        foreach (var code in asked.Codes)
            if (code.System == "http://loinc.org" && code.Value == loinc) return true;
        foreach (var said in asked.AllWords)
            if (said.AsSpan().ContainsAny(words)) return true;
        return false;
    }

    private static int? Days(ResultValue.Quantity age, LabCatalogue labs)
    {
        var analyte = labs["gestational-age"];
        var read = ReadQuantity.From(age, analyte, new([analyte], UnitProperty.Open, ByCode: true, Capillary: false), [], null);
        return read.Why is null ? Gestation.Days(read.Amount) : null;
    }

    private static DateOnly? DueDate(ResultValue value) =>
        value is ResultValue.Words { Text.Length: >= 10 } words && DateOnly.TryParseExact(words.Text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static IEnumerable<string> StatusWords(ResultValue value) => value switch
    {
        ResultValue.Coded coded => coded.Concept.AllWords,
        ResultValue.Words words => [words.Text],
        _ => [],
    };
}
