using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// Members of a JSON object, read so that no input can throw: what is absent, null or of another type is null or empty.
/// Whether that matters is decided by whoever asks.
/// </summary>
public static class Members
{
    /// <summary>The member, or an element of kind Undefined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FhirElement Member(this FhirElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    public static bool Has(this FhirElement json, string name) => json.Member(name).ValueKind != JsonValueKind.Undefined;

    /// <summary>The first of several members that is there: the same element under the names of several FHIR versions.</summary>
    public static FhirElement FirstOf(this FhirElement json, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (json.Member(name) is { ValueKind: not JsonValueKind.Undefined } found) return found;
        return default;
    }

    /// <summary>A text with something in it, as received.</summary>
    public static string? Text(this FhirElement json, string name) => json.Member(name).AsText();

    public static string? AsText(this FhirElement json) =>
        json.ValueKind == JsonValueKind.String && json.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>The same of a text that comes with many patients: system, display or unit.</summary>
    public static string? CommonText(this FhirElement json, string name) => json.Member(name).AsCommonText();

    /// <summary>A code: trimmed; a number that stands where a code belongs is taken by its digits.</summary>
    public static string? CodeText(this FhirElement json, string name)
    {
        var code = json.Member(name);
        return code.ValueKind == JsonValueKind.Number ? code.GetRawText() : code.AsCommonText()?.Trim();
    }

    /// <summary>Ids stand where codes do, but are one patient's.</summary>
    public static string? Id(this FhirElement json)
    {
        var id = json.Member("id");
        return id.ValueKind == JsonValueKind.Number ? id.GetRawText() : id.AsText()?.Trim();
    }

    private static string? AsCommonText(this FhirElement json) =>
        json.ValueKind == JsonValueKind.String && json.GetCommonString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>True, false, or null when it is not there or no boolean.</summary>
    public static bool? Flag(this FhirElement json, string name) => json.Member(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static decimal? Number(this FhirElement json, string name) => json.Member(name).AsNumber();

    /// <summary>
    /// A number that a decimal can hold. Too large, or so small that it would become zero: null. A number written as text is
    /// not a number.
    /// </summary>
    public static decimal? AsNumber(this FhirElement json)
    {
        if (json.ValueKind != JsonValueKind.Number) return null;
        var raw = json.Utf8;
        if (TryPlain(raw, out var plain)) return plain;
        if (!decimal.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return null;
        return number == 0 && HasDigitOtherThanZero(raw) ? null : number;
    }

    /// <summary>Up to eighteen digits, with or without a point: what nearly every number is. As the framework reads it, with its places.</summary>
    private static bool TryPlain(ReadOnlySpan<byte> raw, out decimal number)
    {
        number = default;
        if (raw.Length > 19) return false;
        var (digits, point) = (0L, -1);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] is >= (byte)'0' and <= (byte)'9') digits = (digits * 10) + (raw[i] - '0');
            else if (raw[i] == '.') point = i;
            else return false;
        }
        if (point < 0 && raw.Length > 18) return false;
        number = new((int)digits, (int)(digits >> 32), 0, isNegative: false, (byte)(point < 0 ? 0 : raw.Length - point - 1));
        return true;
    }

    public static int? Whole(this FhirElement json, string name) =>
        json.Number(name) is { } number && number == decimal.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;

    /// <summary>The items of a list member, without nulls; a single value counts as a list of one (STU3 and R5 differ from R4 here).</summary>
    public static JsonItems Items(this FhirElement json, string name) => new(json.Member(name));

    private static bool HasDigitOtherThanZero(ReadOnlySpan<byte> raw)
    {
        foreach (var c in raw)
        {
            if (c is (byte)'e' or (byte)'E') return false;
            if (c is >= (byte)'1' and <= (byte)'9') return true;
        }
        return false;
    }
}
