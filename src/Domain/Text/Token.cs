using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>One word or number of a record's text, folded so that case, accents and Turkish dotless i make no difference.</summary>
/// <param name="Text">Small letters a-z where the alphabet is Latin; a number in plain form (2.5).</param>
/// <param name="Number">Its value when the token is a number.</param>
/// <param name="Before">The most telling character between it and the token before: '\0' none, ' ' blank, '-', '/', ':' or '.' for any other mark.</param>
public readonly record struct Token(string Text, decimal? Number, char Before)
{
    public bool IsNumber => Number is not null;

    /// <summary>True when a mark other than a hyphen or a slash stands before it: what stands there does not belong to it.</summary>
    public bool StartsNewPart => Before is '.' or ':';

    /// <summary>Cuts a text into tokens, in one pass. Letters and digits part ("75mg" is two tokens).</summary>
    public static ImmutableArray<Token> Of(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        var tokens = ImmutableArray.CreateBuilder<Token>(AtMost(text));
        StringBuilder? folded = null;
        var before = '\0';
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (char.IsAsciiDigit(c))
            {
                var end = EndOfNumber(text, i);
                var value = NumberOf(text.AsSpan(i, end - i));
                tokens.Add(new(value.Plain(), value, before));
                (i, before) = (end, '\0');
            }
            else if (c == '½')
            {
                tokens.Add(new("0.5", 0.5m, before));
                (i, before) = (i + 1, '\0');
            }
            else if (char.IsLetter(c) || Fold.IsMark(c))
            {
                var start = i;
                while (i < text.Length && (char.IsLetter(text[i]) || Fold.IsMark(text[i]))) i++;
                if (Folded(text.AsSpan(start, i - start), ref folded) is not { Length: > 0 } word) continue;
                tokens.Add(new(word, null, before));
                before = '\0';
            }
            else
            {
                before = MoreTelling(before, c);
                i++;
            }
        }
        return tokens.DrainToImmutable();
    }

    /// <summary>Each begins where letters or digits begin; nearly always there are just so many.</summary>
    private static int AtMost(string text)
    {
        var (most, before) = (0, ' ');
        foreach (var c in text)
        {
            var kind = char.IsAsciiDigit(c) ? '1' : c == '½' ? '½' : char.IsLetter(c) || Fold.IsMark(c) ? 'a' : ' ';
            if (kind == '½' || (kind != ' ' && kind != before)) most++;
            before = kind;
        }
        return most;
    }

    /// <param name="folded">A room for letters that are not ASCII, made when there are any.</param>
    private static string Folded(ReadOnlySpan<char> letters, ref StringBuilder? folded)
    {
        if (Ascii.IsValid(letters)) return string.Create(letters.Length, letters, static (word, written) => Ascii.ToLower(written, word, out _));
        folded = (folded ?? new()).Clear();
        foreach (var letter in letters) Fold.Append(folded, letter);
        return folded.ToString();
    }

    private static char MoreTelling(char old, char c)
    {
        var mark = c switch
        {
            '-' or '\u2010' or '\u2011' or '\u2013' => '-',
            '/' => '/',
            ':' => ':',
            // An apostrophe parts a Turkish ending or a French article from the name and does not break the phrase.
            '\'' or '\u2019' or '[' or ']' or '{' or '}' or '%' or '®' or '™' => ' ',
            _ when char.IsWhiteSpace(c) && c is not ('\n' or '\r') => ' ',
            _ => '.',
        };
        return Rank(mark) > Rank(old) ? mark : old;
    }

    private static int Rank(char mark) => mark switch { '\0' => 0, ' ' => 1, '-' => 2, '/' => 3, ':' => 4, _ => 5 };

    /// <summary>Digits, with a point or comma only where digits follow it.</summary>
    private static int EndOfNumber(string text, int start)
    {
        var i = start;
        while (i < text.Length && (char.IsAsciiDigit(text[i])
            || (text[i] is '.' or ',' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])))) i++;
        return i;
    }

    /// <summary>
    /// "2,5" and "2.5" are two and a half; "25,000" and "1.000.000" are grouped. "5.000" stays five: only a unit tells
    /// (see <c>DoseText</c>). A number too long to be one is 0, which no rule takes for a dose.
    /// </summary>
    private static decimal NumberOf(ReadOnlySpan<char> digits)
    {
        var (points, commas) = (digits.Count('.'), digits.Count(','));
        if (commas == 0 && points < 2) return decimal.TryParse(digits, out var asWritten) ? asWritten : 0;
        var plain = digits.ToString();
        if (commas > 0 && points > 0) plain = digits.LastIndexOf('.') > digits.LastIndexOf(',') ? plain.Replace(",", "") : plain.Replace(".", "").Replace(',', '.');
        else if (points > 1) plain = plain.Replace(".", "");
        else if (commas > 1 || (commas == 1 && digits.Length - digits.IndexOf(',') == 4 && digits[0] != '0')) plain = plain.Replace(",", "");
        else plain = plain.Replace(',', '.');
        return decimal.TryParse(plain, out var value) ? value : 0;
    }
}

/// <summary>Letters of the catalogue's languages to a-z. An own table: the service runs without culture data.</summary>
internal static class Fold
{
    private static readonly FrozenDictionary<char, string> Letters = Table().ToFrozenDictionary();

    /// <summary>Combining accents and invisible joiners: part of a word, worth nothing.</summary>
    public static bool IsMark(char c) => c is (>= '\u0300' and <= '\u036f') or '\u00ad' or '\u200b' or '\u200c' or '\u200d' or '\u2060' or '\ufeff';

    public static void Append(StringBuilder word, char c)
    {
        if (char.IsAsciiLetterLower(c)) word.Append(c);
        else if (char.IsAsciiLetterUpper(c)) word.Append((char)(c | 0x20));
        else if (Letters.TryGetValue(c, out var plain)) word.Append(plain);
        else if (!IsMark(c)) word.Append(char.ToLowerInvariant(c));
    }

    private static Dictionary<char, string> Table()
    {
        (string From, string To)[] rows =
        [
            ("àáâãäåāăą", "a"), ("æ", "ae"), ("çćĉċč", "c"), ("ďđð", "d"), ("èéêëēĕėęě", "e"), ("ĝğġģ", "g"), ("ĥħ", "h"),
            ("ìíîïĩīĭįı", "i"), ("ĵ", "j"), ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņň", "n"), ("òóôõöøōŏő", "o"), ("œ", "oe"), ("ŕŗř", "r"),
            ("śŝşšș", "s"), ("ß", "ss"), ("ţťŧț", "t"), ("ùúûüũūŭůűų", "u"), ("ŵ", "w"), ("ýÿŷ", "y"), ("źżž", "z"), ("þ", "th"),
            ("µμ", "u"), // micro sign and Greek mu: µg is ug
            ("İ", "i"),
        ];
        var table = new Dictionary<char, string>();
        foreach (var (from, to) in rows)
            foreach (var c in from)
            {
                table[c] = to;
                if (c is not ('µ' or 'μ' or 'ı')) table.TryAdd(char.ToUpperInvariant(c), to);
            }
        return table;
    }
}
