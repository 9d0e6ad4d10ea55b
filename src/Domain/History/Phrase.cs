using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// What a knowledge file writes to recognise words. <c>coronary stent*</c>: two words in a row, the second by its beginning.
/// <c>disc|disk</c>: one word in either spelling. <c>double j / JJ</c>: one row of words or the other. <c>stent* &amp; carotid</c>: both, anywhere
/// in the record. A word in CAPITALS must stand so (<c>TIA</c>); with <c>!</c> only in a record that is not in capitals throughout (<c>ALL!</c>).
/// </summary>
public sealed record Phrase(string Written, ImmutableArray<ImmutableArray<Phrase.Row>> Parts)
{
    /// <summary>Words in a row.</summary>
    public readonly record struct Row(ImmutableArray<ImmutableArray<Pattern>> Words)
    {
        public int Length => Words.Length;

        public bool StandsAt(ImmutableArray<Word> words, int from, bool shouted)
        {
            if (from < 0 || from + Words.Length > words.Length) return false;
            for (var i = 0; i < Words.Length; i++)
            {
                var matches = false;
                foreach (var pattern in Words[i])
                    if (pattern.Matches(words[from + i], shouted))
                    {
                        matches = true;
                        break;
                    }
                if (!matches) return false;
            }
            return true;
        }
    }

    /// <summary>One spelling of one word.</summary>
    public readonly record struct Pattern(string Text, bool Beginning, bool Capitals, bool NotShouted)
    {
        public bool Matches(Word word, bool shouted) =>
            Capitals ? word.AsWritten == Text && !(NotShouted && shouted)
            : Beginning ? word.Folded.StartsWith(Text, StringComparison.Ordinal)
            : word.Folded == Text;
    }

    /// <summary>Where a phrase was found: first word and the word after the last.</summary>
    public readonly record struct Span(int From, int To);

    public static Phrase Read(string written) => new(written,
        [.. written.Split(" & ").Select(part => (ImmutableArray<Row>)[.. part.Split(" / ").Select(ReadRow)])]);

    public static Row ReadRow(string written) =>
        new([.. written.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => (ImmutableArray<Pattern>)[.. word.Split('|').Select(ReadPattern)])]);

    /// <summary>Where its first part stands; null when a part is not there, or never in a way that <paramref name="counts"/>.</summary>
    public Span? Find(ImmutableArray<Word> words, bool shouted, Func<Span, bool> counts)
    {
        Span? first = null;
        foreach (var rows in Parts)
        {
            if (Spans(rows, words, shouted).Where(counts).Select(s => (Span?)s).FirstOrDefault() is not { } found) return null;
            first ??= found;
        }
        return first;
    }

    /// <summary>Every place where a part of it stands, when all its parts are there.</summary>
    public IEnumerable<Span> Spans(ImmutableArray<Word> words, bool shouted)
    {
        var parts = Parts.Select(rows => Spans(rows, words, shouted).ToList()).ToList();
        return parts.Any(p => p.Count == 0) ? [] : parts.SelectMany(p => p);
    }

    private static IEnumerable<Span> Spans(ImmutableArray<Row> rows, ImmutableArray<Word> words, bool shouted)
    {
        for (var from = 0; from < words.Length; from++)
            foreach (var row in rows)
                if (row.StandsAt(words, from, shouted)) yield return new(from, from + row.Length);
    }

    private static Pattern ReadPattern(string word)
    {
        var text = word.TrimEnd('!', '*');
        var capitals = text.Length > 1 && text.Any(char.IsLetter) && text.All(c => char.IsUpper(c) || char.IsDigit(c));
        return new(capitals ? text : Wording.Folded(text), word.EndsWith('*'), capitals, word.EndsWith('!'));
    }
}
