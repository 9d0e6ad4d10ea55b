using System.Buffers;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Names of tests as laboratories print them.</summary>
public static class LabNames
{
    /// <summary>Lower case, without accents and punctuation, single blanks.</summary>
    public static string Key(string name)
    {
        if (IsKey(name)) return name;
        char[]? rented = null;
        var key = name.Length <= 256 ? stackalloc char[256] : rented = ArrayPool<char>.Shared.Rent(name.Length);
        var length = 0;
        foreach (var c in name)
        {
            var plain = c switch
            {
                '\u200b' or '\ufeff' => '\0',
                'á' or 'à' or 'â' or 'ä' or 'Á' or 'À' or 'Â' or 'Ä' => 'a',
                'é' or 'è' or 'ê' or 'ë' or 'É' or 'È' or 'Ê' or 'Ë' => 'e',
                'í' or 'ì' or 'î' or 'ï' or 'ı' or 'Í' or 'Ì' or 'Î' or 'Ï' or 'İ' => 'i',
                'ó' or 'ò' or 'ô' or 'ö' or 'Ó' or 'Ò' or 'Ô' or 'Ö' => 'o',
                'ú' or 'ù' or 'û' or 'ü' or 'Ú' or 'Ù' or 'Û' or 'Ü' => 'u',
                'ñ' or 'Ñ' => 'n',
                'ç' or 'Ç' => 'c',
                'ş' or 'Ş' => 's',
                'ğ' or 'Ğ' => 'g',
                _ => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ',
            };
            if (plain == '\0' || (plain == ' ' && (length == 0 || key[length - 1] == ' '))) continue;
            key[length++] = plain;
        }
        if (length > 0 && key[length - 1] == ' ') length--;
        var text = new string(key[..length]);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
        return text;
    }

    private static bool IsKey(string name)
    {
        for (var i = 0; i < name.Length; i++)
            if (!char.IsAsciiLetterLower(name[i]) && !char.IsAsciiDigit(name[i]) && (name[i] != ' ' || i == 0 || i == name.Length - 1 || name[i - 1] == ' ')) return false;
        return true;
    }

    /// <summary>"PLT (Trombosit)" is also "PLT".</summary>
    public static string? WithoutBrackets(string name)
    {
        var open = name.IndexOf('(');
        var close = open < 0 ? -1 : name.IndexOf(')', open);
        return close < 0 ? null : name.Remove(open, close - open + 1);
    }

    /// <summary>A LOINC long name in parts: "Creatinine [Moles/volume] in Serum, Plasma or Blood".</summary>
    public static bool TryLongName(string name, out string component, out UnitProperty property, out string system)
    {
        (component, property, system) = ("", UnitProperty.Open, "");
        var open = name.IndexOf(" [", StringComparison.Ordinal);
        var close = open < 0 ? -1 : name.IndexOf("] in ", open, StringComparison.Ordinal);
        if (close < 0) return false;
        component = name[..open];
        system = name[(close + 5)..];
        property = PropertyOf(name[(open + 2)..close]);
        return true;
    }

    public static UnitProperty PropertyOf(string words) =>
        words.StartsWith("Moles/", StringComparison.Ordinal) ? UnitProperty.Moles
        : words.StartsWith("Mass/", StringComparison.Ordinal) ? UnitProperty.Mass
        : UnitProperty.Open;

    /// <summary>Blood in one of its forms; a name that goes on to say urine, fluid or marrow is another analyte.</summary>
    public static bool IsBlood(string system) => Blood.Any(b => system.StartsWith(b, StringComparison.OrdinalIgnoreCase));

    /// <summary>True when the words speak of a specimen that our analytes are never measured in.</summary>
    public static bool SaysOtherSpecimen(string? words)
    {
        if (words is not { Length: > 0 }) return false;
        var key = $" {Key(words)} ";
        return OtherSpecimens.Any(o => key.Contains(o, StringComparison.Ordinal));
    }

    private static readonly ImmutableArray<string> Blood =
        ["Blood", "Venous blood", "Arterial blood", "Capillary blood", "Serum", "Plasma", "Platelet poor plasma", "Red Blood Cells"];

    private static readonly ImmutableArray<string> OtherSpecimens =
    [
        " urine ", " urinary ", " orina ", " idrar ", " csf ", " cerebrospinal ", " lcr ", " bos ", " fluid ", " pleural ", " ascites ", " ascitic ", " synovial ",
        " peritoneal ", " pericardial ", " dialysate ", " stool ", " feces ", " faeces ", " heces ", " gaita ", " diski ", " saliva ", " sweat ", " semen ",
        " marrow ", " kemik iligi ", " medula ", " cord blood ", " donor ",
    ];
}

/// <summary>What kind of unit a code fixes. Codes for moles and for mass are different codes.</summary>
public enum UnitProperty { Open, Mass, Moles }
