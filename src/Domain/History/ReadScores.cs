using System.Collections.Immutable;
using System.Globalization;

namespace BiopsyFhir.Domain;

/// <summary>Recorded CHA2DS2-VASc and CHADS2 scores, as problems of their own whose fact carries the number. They have no sure code: by words.</summary>
public static class ReadScores
{
    public static IEnumerable<Problem> From(Snapshot snapshot)
    {
        foreach (var result in snapshot.Chart.Results)
        {
            if (result.CannotInterpret is not null || result.Status is "entered-in-error" or "cancelled" or "unknown") continue;
            var kind = s_kinds.Of(result.Code, 0, static (code, _) => MayNameAScore(code) ? Kind(Wording.Of(code.AllWords)) : null);
            if (kind is null || Score(result.Value) is not { } score || score < 0 || score > (kind == "chads2" ? 6 : 9)) continue;
            yield return new(kind, result.Code.Words, result.Effective, true, new(result.Reference, $"{result.Code.Words} {score}", score, null, result.Effective?.Last), result.Code)
            {
                Source = ProblemSource.Result,
            };
        }
    }

    private static readonly Remembered<string?> s_kinds = new();

    /// <summary>Cheaper than reading the words of every result: the letters that all writings of the scores share.</summary>
    private static bool MayNameAScore(Concept code)
    {
        foreach (var words in code.AllWords)
            if (HasTheLetters(words)) return true;
        return false;
    }

    private static bool HasTheLetters(string words)
    {
        if (!System.Text.Ascii.IsValid(words)) return true; // folding may make them
        foreach (var letter in "chads")
            if (!words.AsSpan().ContainsAny(letter, char.ToUpperInvariant(letter))) return false;
        return true;
    }

    private static string? Kind(ImmutableArray<Word> words)
    {
        var joined = string.Concat(words.Where(w => !w.IsBreak).Select(w => w.Folded));
        if (joined.Contains("cha2ds2vas", StringComparison.Ordinal) || joined.Contains("chadsvas", StringComparison.Ordinal) || joined.Contains("chads2vas", StringComparison.Ordinal)) return "cha2ds2-vasc";
        return joined.Contains("chads2", StringComparison.Ordinal) ? "chads2" : null;
    }

    private static decimal? Score(ResultValue value) => value switch
    {
        ResultValue.Quantity { Comparator: null } quantity => quantity.Amount,
        ResultValue.Words words when decimal.TryParse(words.Text.Trim(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number) => number,
        ResultValue.Coded coded when decimal.TryParse(coded.Concept.Words.Trim(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}
