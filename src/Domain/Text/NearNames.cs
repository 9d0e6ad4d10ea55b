using System.Collections.Frozen;

namespace BiopsyFhir.Domain;

/// <summary>
/// Words that are one slip away from a name (two, in a long name): a letter missing, added, changed or swapped with its
/// neighbour. Both sides are looked up with letters left out, so the cost does not grow with the number of names.
/// </summary>
public sealed class NearNames
{
    /// <summary>Shorter names have too many honest neighbours.</summary>
    private const int Shortest = 6;

    /// <summary>From this length on two slips are still closer to the name than to any other word.</summary>
    private const int TwoSlipsFrom = 10;

    private const int Longest = 40;
    private const int FilterSize = 1 << 18;

    private readonly System.Collections.BitArray _mayBeAPart = new(FilterSize);

    private readonly FrozenDictionary<string, string[]> _byParts;
    private readonly FrozenDictionary<string, string[]>.AlternateLookup<ReadOnlySpan<char>> _byPartSpans;

    public NearNames(IEnumerable<string> names)
    {
        _byParts = names.Where(n => n.Length >= Shortest)
            .SelectMany(n => Parts(n).Select(p => (Part: p, Name: n)))
            .GroupBy(x => x.Part, x => x.Name).ToFrozenDictionary(g => g.Key, g => g.Distinct().Order(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);
        _byPartSpans = _byParts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var part in _byParts.Keys) _mayBeAPart[Mix(part)] = true;
    }

    /// <summary>The first name, alphabetically, that the word may have been meant for; null for none.</summary>
    public string? Of(string word)
    {
        if (word.Length is < Shortest - 1 or > Longest) return null;
        // Every unknown word of a chart comes here, so its parts are looked up in place: no string is made of them.
        Span<char> one = stackalloc char[Longest], two = stackalloc char[Longest];
        var first = Better(word, null, word);
        for (var i = 0; i < word.Length; i++)
        {
            LeaveOut(word, i, one);
            var part = one[..(word.Length - 1)];
            first = Better(part, first, word);
            if (word.Length < TwoSlipsFrom - 2) continue;
            for (var j = i; j < part.Length; j++)
            {
                LeaveOut(part, j, two);
                first = Better(two[..(part.Length - 1)], first, word);
            }
        }
        return first;
    }

    private string? Better(ReadOnlySpan<char> part, string? first, string word)
    {
        if (!_mayBeAPart[Mix(part)]) return first;
        if (_byPartSpans.TryGetValue(part, out var names))
            foreach (var name in names)
                if ((first is null || string.CompareOrdinal(name, first) < 0) && Slips(word, name) <= Allowed(name)) first = name;
        return first;
    }

    /// <summary>Nearly all parts of ordinary words are parts of no name; most are told apart by this sum already.</summary>
    private static int Mix(ReadOnlySpan<char> part)
    {
        var sum = (uint)part.Length;
        foreach (var letter in part) sum = (sum * 31) + letter;
        return (int)(sum % FilterSize);
    }

    private static void LeaveOut(ReadOnlySpan<char> word, int at, Span<char> rest)
    {
        word[..at].CopyTo(rest);
        word[(at + 1)..].CopyTo(rest[at..]);
    }

    private static int Allowed(string name) => name.Length >= TwoSlipsFrom ? 2 : 1;

    private static HashSet<string> Parts(string word)
    {
        var parts = new HashSet<string>(StringComparer.Ordinal) { word };
        for (var i = 0; i < word.Length; i++)
        {
            var one = word.Remove(i, 1);
            parts.Add(one);
            if (word.Length < TwoSlipsFrom - 2) continue;
            for (var j = i; j < one.Length; j++) parts.Add(one.Remove(j, 1));
        }
        return parts;
    }

    /// <summary>Optimal string alignment distance.</summary>
    private static int Slips(string a, string b)
    {
        var (before, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[b.Length];
    }
}
