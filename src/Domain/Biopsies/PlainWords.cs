using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>
/// Text made comparable: lower case, letters without accents (English, Spanish, Turkish), British spellings as American ones,
/// punctuation as single blanks, a blank at both ends. "Kemik İliği biyopsisi" becomes " kemik iligi biyopsisi ".
/// </summary>
public static class PlainWords
{
    private const string Accented = "áàâäãåçéèêëğíìîïıñóòôöõøşšúùûüýÿž";
    private const string Plain = "aaaaaaceeeegiiiiinoooooossuuuuyyz";

    public static string Of(string text)
    {
        var plain = new StringBuilder(" ", text.Length + 2);
        foreach (var c in text)
        {
            if (c is >= '\u0300' and <= '\u036f') continue; // a combining accent: the letter before it stays
            var letter = c == 'İ' ? 'i' : char.ToLowerInvariant(c);
            var at = Accented.IndexOf(letter, StringComparison.Ordinal);
            if (at >= 0) letter = Plain[at];
            if (char.IsLetterOrDigit(letter)) plain.Append(letter);
            else if (plain[^1] != ' ') plain.Append(' ');
        }
        if (plain[^1] != ' ') plain.Append(' ');
        return plain.Replace("aemi", "emi").Replace("haem", "hem").Replace("oedem", "edem").Replace("tumour", "tumor").ToString();
    }

    /// <summary>Does a word of the plain text begin with this phrase?</summary>
    public static bool Begins(string plainText, string phrase)
    {
        for (var at = plainText.IndexOf(phrase, StringComparison.Ordinal); at >= 0; at = plainText.IndexOf(phrase, at + 1, StringComparison.Ordinal))
            if (at > 0 && plainText[at - 1] == ' ') return true;
        return false;
    }
}
