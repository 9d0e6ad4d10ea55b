using System.Buffers;
using System.Globalization;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Text of one card in a rented buffer. Everything of ours is added as Markdown; everything that may come from a chart goes through
/// <see cref="Text(ReadOnlySpan{char})"/>, after which it means nothing to a Markdown or HTML reader (H-44).
/// </summary>
public sealed class CardText : IDisposable
{
    /// <summary>H-40: under 140. Counted in UTF-16 units, as browsers count: a reader never counts more.</summary>
    public const int LongestSummary = 139;

    private char[] _chars = ArrayPool<char>.Shared.Rent(8 * 1024);
    private int _length;

    public ReadOnlySpan<char> Written => _chars.AsSpan(0, _length);

    public int Length => _length;

    public void Clear() => _length = 0;

    public void Dispose()
    {
        ArrayPool<char>.Shared.Return(_chars, clearArray: true); // it held a patient's words
        _chars = [];
    }

    /// <summary>Markdown of our own, as it stands.</summary>
    public CardText Raw(ReadOnlySpan<char> markdown)
    {
        markdown.CopyTo(Room(markdown.Length));
        _length += markdown.Length;
        return this;
    }

    public CardText Number(int number)
    {
        number.TryFormat(Room(12), out var written, provider: CultureInfo.InvariantCulture);
        _length += written;
        return this;
    }

    /// <summary>"Monday 16 March 2026".</summary>
    public CardText Day(DateOnly day)
    {
        day.TryFormat(Room(40), out var written, "dddd d MMMM yyyy", CultureInfo.InvariantCulture);
        _length += written;
        return this;
    }

    /// <summary>Words that may come from a chart: on one line, without control and direction characters, and with every sign of Markdown and HTML made plain.</summary>
    public CardText Text(ReadOnlySpan<char> words)
    {
        var room = Room(words.Length * 5 + 2); // the longest: "&" becomes "&amp;"
        var (to, blank, atStart, number) = (0, false, true, false);
        for (var i = 0; i < words.Length; i++)
        {
            var c = PlainChar(words, i);
            if (c == '\0') continue;
            if (c == ' ')
            {
                (blank, number) = (!atStart, false);
                continue;
            }
            if (blank) room[to++] = ' ';
            // What begins a line could be a list, a heading or a rule: "- ", "# ", "1. ", "===".
            var begins = (atStart && c is '-' or '+' or '#' or '=') || (number && c is '.' or ')' && (i + 1 == words.Length || PlainChar(words, i + 1) is ' '));
            number = (atStart || number) && char.IsAsciiDigit(c);
            (blank, atStart) = (false, false);
            switch (c)
            {
                case '<': "&lt;".CopyTo(room[to..]); to += 4; break;
                case '>': "&gt;".CopyTo(room[to..]); to += 4; break;
                case '&': "&amp;".CopyTo(room[to..]); to += 5; break;
                default:
                    if (begins || c is '\\' or '`' or '*' or '_' or '[' or ']' or '~' or '|' or '@' || (c == ':' && words[i..].StartsWith("://")) || (c == '.' && i >= 3 && IsWww(words, i)))
                        room[to++] = '\\';
                    room[to++] = c;
                    break;
            }
        }
        _length += to;
        return this;
    }

    /// <summary>Plain words for a summary: one line, no control or direction characters, at most <see cref="LongestSummary"/> long.</summary>
    public static string Summary(string words)
    {
        var plain = Plain(words);
        return plain.Length <= LongestSummary ? plain : Shorten(plain, LongestSummary);
    }

    /// <summary>At most so long, with an ellipsis where something was cut.</summary>
    public static string Shorten(string plain, int most) => plain.Length <= most ? plain : Cut(plain, most - 1) + "…";

    /// <summary>One line without control and direction characters.</summary>
    public static string Plain(string words)
    {
        var clean = true;
        for (var i = 0; i < words.Length && clean; i++) clean = PlainChar(words, i) == words[i] && !(words[i] == ' ' && (i == 0 || i == words.Length - 1 || words[i - 1] == ' '));
        if (clean) return words;
        var room = ArrayPool<char>.Shared.Rent(words.Length);
        var (to, blank) = (0, false);
        for (var i = 0; i < words.Length; i++)
        {
            var c = PlainChar(words, i);
            if (c == '\0') continue;
            if (c == ' ')
            {
                blank = to > 0;
                continue;
            }
            if (blank) room[to++] = ' ';
            blank = false;
            room[to++] = c;
        }
        var plain = new string(room, 0, to);
        ArrayPool<char>.Shared.Return(room, clearArray: true);
        return plain;
    }

    /// <summary>Between two characters as a reader sees them, never inside one: a flag or a letter with its accents stays whole. At a blank where one is near.</summary>
    private static string Cut(string plain, int most)
    {
        var end = 0;
        while (end < plain.Length)
        {
            var next = StringInfo.GetNextTextElementLength(plain.AsSpan(end));
            if (end + next > most) break;
            end += next;
        }
        var blank = plain.LastIndexOf(' ', Math.Max(0, end - 1));
        return plain[..(blank > end - 20 && blank > 0 ? blank : end)].TrimEnd(' ', ',', ';', ':');
    }

    /// <summary>The character as it may be shown: a blank for a break, NUL for one that is left out, U+FFFD for half of a pair.</summary>
    private static char PlainChar(ReadOnlySpan<char> words, int i)
    {
        var c = words[i];
        if (c is > ' ' and < '\x7f') return c;
        if (char.IsHighSurrogate(c)) return i + 1 < words.Length && char.IsLowSurrogate(words[i + 1]) ? c : '\uFFFD';
        if (char.IsLowSurrogate(c)) return i > 0 && char.IsHighSurrogate(words[i - 1]) ? c : '\uFFFD';
        return c switch
        {
            '\u00A0' or '\u2028' or '\u2029' => ' ',
            // Direction overrides could show "2 mg" for "gm 2"; the rest is invisible. U+200C and U+200D are letters' and emoji's own.
            '\u200B' or '\u200E' or '\u200F' or '\u061C' or '\uFEFF' or '\u00AD' or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u206F') => '\0',
            _ when char.IsControl(c) || char.IsWhiteSpace(c) => ' ',
            _ => c,
        };
    }

    private static bool IsWww(ReadOnlySpan<char> words, int dot) => words[(dot - 3)..dot].Equals("www", StringComparison.OrdinalIgnoreCase);

    private Span<char> Room(int more)
    {
        if (_chars.Length - _length < more)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(_chars.Length * 2, _length + more));
            Written.CopyTo(larger);
            ArrayPool<char>.Shared.Return(_chars, clearArray: true);
            _chars = larger;
        }
        return _chars.AsSpan(_length);
    }
}
