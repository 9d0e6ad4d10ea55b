using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>
/// Whether free text of a laboratory affirms something: "30 % blasts" does, "No blasts, no schistocytes" and "blasts: 0 %" do not.
/// A negation reaches to the end of its sentence, unless a number or a "but" comes between.
/// </summary>
public static class Mentions
{
    private static readonly ImmutableHashSet<string> Negations =
        ["no", "not", "none", "nor", "without", "absent", "absence", "negative", "nil", "never", "non", "zero", "sin", "ni", "ausencia", "ausentes", "ausente", "negativo", "yok", "yoktur", "gorulmedi", "izlenmedi", "saptanmadi", "negatif"];

    private static readonly ImmutableHashSet<string> Turns = ["but", "however", "although", "except", "present", "positive", "pero", "excepto", "salvo", "ama", "ancak", "fakat"];

    /// <param name="beginnings">Beginnings of words, as <see cref="LabNames.Key"/> writes them: "blast" finds blasts and blastos.</param>
    public static bool Affirms(string? text, params ReadOnlySpan<string> beginnings)
    {
        if (text is not { Length: > 0 }) return false;
        foreach (var sentence in JoinDecimals(text).Split('.', ';', '\n', '\r', '!', '?'))
        {
            var words = Split(sentence);
            for (var i = 0; i < words.Length; i++)
                foreach (var beginning in beginnings)
                    if (words[i].StartsWith(beginning, StringComparison.Ordinal) && Affirmed(words, i)) return true;
        }
        return false;
    }

    private static bool Affirmed(ImmutableArray<string> words, int at)
    {
        if (at > 0 && IsNumber(words[at - 1], out var before)) return before > 0;
        for (var next = at + 1; next < words.Length && next <= at + 3; next++)
        {
            if (IsNumber(words[next], out var after)) return after > 0;
            // "blasts not seen", but "blasts, no schistocytes" begins something new.
            if (words[next] is "no" or "sin" or "without" && next + 1 < words.Length || Turns.Contains(words[next])) break;
            if (Negations.Contains(words[next])) return false;
        }
        for (var previous = at - 1; previous >= 0; previous--)
        {
            if (Negations.Contains(words[previous])) return false;
            if (Turns.Contains(words[previous]) || IsNumber(words[previous], out _)) return true;
        }
        return true;
    }

    private static bool IsNumber(string word, out int number)
    {
        number = 0;
        if (!char.IsAsciiDigit(word[0])) return false;
        foreach (var c in word)
            if (c is >= '1' and <= '9') number = 1; // above zero is all that counts: 0.5 % blasts are blasts
        return true;
    }

    /// <summary>The point of 0.5 ends no sentence; that 05 is above zero is all that is asked of it.</summary>
    private static string JoinDecimals(string text)
    {
        var joined = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            if (text[i] is not ('.' or ',') || i == 0 || i + 1 == text.Length || !char.IsAsciiDigit(text[i - 1]) || !char.IsAsciiDigit(text[i + 1])) joined.Append(text[i]);
        return joined.ToString();
    }

    private static ImmutableArray<string> Split(string sentence) => [.. LabNames.Key(sentence).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
