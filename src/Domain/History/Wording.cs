using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>
/// One word of a record. <see cref="Folded"/> is lower case with accents and Turkish letters as ASCII, so that spellings
/// meet; <see cref="AsWritten"/> keeps the case, because "ALL" is a leukaemia and "all" is not. A break between clauses is a word of its own.
/// </summary>
public readonly record struct Word(string Folded, string AsWritten)
{
    public static readonly Word Break = new(".", ".");

    public bool IsBreak => Folded == ".";
}

/// <summary>Free text -> words.</summary>
public static class Wording
{
    private const string Breaks = ".;,()[]\n\r|";

    public static ImmutableArray<Word> Of(IEnumerable<string> texts)
    {
        var words = ImmutableArray.CreateBuilder<Word>();
        foreach (var text in texts)
        {
            Split(text, words);
            words.Add(Word.Break);
        }
        return words.ToImmutable();
    }

    public static string Folded(string text)
    {
        if (System.Text.Ascii.IsValid(text)) return text.ToLowerInvariant();
        var folded = new StringBuilder(text.Length);
        foreach (var c in text)
            if (c is '₂') folded.Append('2');
            else Fold.Append(folded, c);
        return folded.ToString();
    }

    /// <summary>True when the letters of the text are all capitals: then a capital abbreviation proves nothing.</summary>
    public static bool IsShouted(ImmutableArray<Word> words) =>
        words.Count(w => !w.IsBreak) > 1 && words.All(w => w.AsWritten.All(c => !char.IsLower(c)));

    private static void Split(string text, ImmutableArray<Word>.Builder words)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            if (char.IsLetterOrDigit(c) || c is '₂' || Fold.IsMark(c))
            {
                if (start < 0) start = i;
                continue;
            }
            if (c is '\'' or '’') continue; // Hodgkin's is one word
            if (start >= 0)
            {
                var written = text[start..i].Replace("'", "", StringComparison.Ordinal).Replace("’", "", StringComparison.Ordinal);
                words.Add(new Word(Folded(written), written));
                start = -1;
            }
            // "St. Jude" goes on; a full stop ends a clause only before a space, after more than two letters.
            if (Breaks.Contains(c) && !(c == '.' && (i + 1 < text.Length && text[i + 1] != ' ' || words.Count > 0 && words[^1].Folded.Length <= 2)))
                words.Add(Word.Break);
        }
    }
}
