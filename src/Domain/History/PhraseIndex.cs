using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Which phrases can begin in a text at all, by its words: a chart has thousands of entries, and the catalogue a thousand phrases.</summary>
public sealed class PhraseIndex<T>
{
    private const int Stem = 3;

    private readonly FrozenDictionary<string, ImmutableArray<(T Owner, Phrase Phrase)>> _words;
    private readonly FrozenDictionary<string, ImmutableArray<(T Owner, Phrase Phrase)>>.AlternateLookup<ReadOnlySpan<char>> _byBeginning;
    private readonly FrozenDictionary<string, ImmutableArray<(T Owner, Phrase Phrase)>> _capitals;

    public PhraseIndex(IEnumerable<(T Owner, Phrase Phrase)> phrases)
    {
        var firsts = phrases.SelectMany(p => p.Phrase.Parts[0].SelectMany(row => row.Words[0]).Select(first => (first, p))).ToList();
        _words = Table(firsts.Where(f => f.first is { Capitals: false, Beginning: false }).Select(f => (f.first.Text, f.p)));
        var beginnings = Table(firsts.Where(f => f.first is { Capitals: false, Beginning: true }).Select(f => (f.first.Text[..Math.Min(Stem, f.first.Text.Length)], f.p)));
        _byBeginning = beginnings.GetAlternateLookup<ReadOnlySpan<char>>();
        _capitals = Table(firsts.Where(f => f.first.Capitals).Select(f => (f.first.Text, f.p)));
    }

    /// <summary>Phrases whose first word may stand in the text; each once.</summary>
    public List<(T Owner, Phrase Phrase)> In(ImmutableArray<Word> words)
    {
        var found = new List<(T, Phrase)>();
        HashSet<Phrase>? seen = null;
        foreach (var word in words)
        {
            if (word.IsBreak) continue;
            Add(_words.GetValueOrDefault(word.Folded));
            if (char.IsUpper(word.AsWritten[0])) Add(_capitals.GetValueOrDefault(word.AsWritten));
            for (var length = 1; length <= Math.Min(Stem, word.Folded.Length); length++)
                if (_byBeginning.TryGetValue(word.Folded.AsSpan(0, length), out var begun)) Add(begun);
        }
        return found;

        void Add(ImmutableArray<(T Owner, Phrase Phrase)> candidates)
        {
            if (candidates.IsDefault) return;
            foreach (var candidate in candidates)
                if ((seen ??= new(ReferenceEqualityComparer.Instance)).Add(candidate.Phrase)) found.Add(candidate);
        }
    }

    private static FrozenDictionary<string, ImmutableArray<(T, Phrase)>> Table(IEnumerable<(string Key, (T, Phrase) Value)> rows) =>
        rows.GroupBy(r => r.Key, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.Select(r => r.Value).ToImmutableArray(), StringComparer.Ordinal);
}
