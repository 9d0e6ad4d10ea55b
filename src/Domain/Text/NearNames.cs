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

    private readonly FrozenDictionary<string, string[]> _byParts;

    public NearNames(IEnumerable<string> names) => _byParts = names.Where(n => n.Length >= Shortest)
        .SelectMany(n => Parts(n).Select(p => (Part: p, Name: n)))
        .GroupBy(x => x.Part, x => x.Name).ToFrozenDictionary(g => g.Key, g => g.Distinct().Order(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);

    /// <summary>The first name, alphabetically, that the word may have been meant for; null for none.</summary>
    public string? Of(string word) => word.Length < Shortest - 1 || word.Length > 40 ? null
        : Parts(word).Where(_byParts.ContainsKey).SelectMany(p => _byParts[p]).Where(n => Slips(word, n) <= Allowed(n)).Order(StringComparer.Ordinal).FirstOrDefault();

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
