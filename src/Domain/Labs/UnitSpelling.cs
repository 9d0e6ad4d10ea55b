using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>Typography of units: what two spellings differ in without meaning anything else.</summary>
public static class UnitSpelling
{
    /// <summary>Without blanks, with u for either micro sign and x for the times sign; 10³ is 10^3, mm³ is mm3.</summary>
    public static string Key(string unit)
    {
        var plain = new StringBuilder(unit.Length);
        var raised = false;
        foreach (var c in unit)
        {
            if (char.IsWhiteSpace(c) || c is '\u200b' or '\ufeff') continue;
            var superscript = c switch { '\u00b9' => '1', '\u00b2' => '2', '\u00b3' => '3', >= '\u2070' and <= '\u2079' => (char)('0' + (c - '\u2070')), _ => '\0' };
            // A raised digit after a digit is an exponent; dropping the difference would make 10³ a hundred and three.
            if (superscript != '\0' && !raised && plain.Length > 0 && char.IsAsciiDigit(plain[^1])) plain.Append('^');
            raised = superscript != '\0';
            plain.Append(superscript != '\0' ? superscript : c switch
            {
                '\u00b5' or '\u03bc' => 'u',
                '\u00d7' => 'x',
                '\u2044' or '\u2215' => '/',
                '\u2212' or '\u2013' => '-',
                _ => c,
            });
        }
        return plain.ToString();
    }

    /// <summary>A UCUM annotation such as {cells} says what is counted and is no part of the unit.</summary>
    public static string WithoutAnnotations(string key)
    {
        var open = key.IndexOf('{');
        if (open < 0) return key;
        var plain = new StringBuilder(key.Length);
        var depth = 0;
        foreach (var c in key)
        {
            if (c == '{') depth++;
            else if (c == '}') depth--;
            else if (depth == 0) plain.Append(c);
        }
        return plain.ToString();
    }
}
