using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A number in the analyte's own unit, or why there is none.</summary>
public readonly record struct ReadAmount(decimal Amount, string? Comparator, bool Converted, decimal? Low, decimal? High, string? Note, string? Why)
{
    public static ReadAmount No(string why) => new(0, null, false, null, null, null, why);
}

/// <summary>Number and unit as sent -> the analyte's own unit, by the explicit table; what the table does not have is never guessed (evidence 3.7, 3.8).</summary>
public static class ReadQuantity
{
    /// <summary>Beyond it no analyte has a meaning, and arithmetic could overflow. Cells in a litre go up to 5 x 10^12.</summary>
    private const decimal Absurd = 1_000_000_000_000_000m;

    /// <param name="ageYears">On the day of the biopsy, for plausible weights.</param>
    public static ReadAmount From(ResultValue.Quantity quantity, Analyte analyte, in RecognisedLab lab, ImmutableArray<ReferenceRange> ranges, int? ageYears)
    {
        if (quantity.Comparator is not (null or "<" or "<=" or ">" or ">=")) return ReadAmount.No($"the comparator '{quantity.Comparator}' is not known");
        var range = OnlyRange(ranges);
        var (factor, note, why) = UnitOf(quantity, analyte, lab, range);
        if (factor is null) return ReadAmount.No(why!);
        if (factor.From is { } from && quantity.Amount < from || factor.Below is { } below && quantity.Amount >= below) return ReadAmount.No(factor.Why ?? "the unit is ambiguous here");
        if (lab.Property == UnitProperty.Mass && factor.IsMoles) return ReadAmount.No($"the code is for mass, the unit {factor.Unit} for moles");
        if (lab.Property == UnitProperty.Moles && !factor.IsMoles) return ReadAmount.No($"the code is for moles, the unit {factor.Unit} for mass");
        if (Math.Abs(quantity.Amount) > Absurd) return ReadAmount.No("the number is absurd");

        var amount = factor.Convert(quantity.Amount);
        if (analyte.PlausibleAt(ageYears) is var (lowest, highest) && (amount < lowest || amount > highest))
            return ReadAmount.No($"{LabWords.Amount(amount, analyte.Unit)} is outside what is plausible ({LabWords.Amount(lowest, "")} to {LabWords.Amount(highest, analyte.Unit)})"
                + (analyte.Outside is { } more && amount > highest ? $". {more.TrimEnd('.')}" : ""));
        var (low, high) = Limits(range, analyte, factor);
        return new(amount, quantity.Comparator, factor.MultiplyBy != factor.DivideBy, low, high, note, null);
    }

    /// <summary>True when the unit, as sent, is one of the analyte's: settles a name that fits two analytes.</summary>
    public static bool Fits(ResultValue.Quantity quantity, Analyte analyte) =>
        (quantity.UnitCode is { Length: > 0 } code && Look(analyte, code) is not null) || (quantity.Unit is { Length: > 0 } unit && Look(analyte, unit) is not null);

    private static (UnitFactor? Factor, string? Note, string? Why) UnitOf(ResultValue.Quantity quantity, Analyte analyte, in RecognisedLab lab, ReferenceRange? range)
    {
        var (code, text) = (Blank(quantity.UnitCode), Blank(quantity.Unit));
        if (code is null && text is null) return WithoutUnit(quantity, analyte, lab, range);
        var byCode = code is null ? null : Look(analyte, code);
        var byText = text is null ? null : Look(analyte, text);
        if (byCode is not null && byText is not null && !byCode.SameAs(byText)) return (null, null, $"unit code '{code}' and unit text '{text}' disagree");
        if (byCode is not null) return (byCode, null, null);
        // A UCUM code that we do not know is the unit; other systems' codes may be explained by the text.
        if (byText is not null && (code is null || quantity.UnitSystem != "http://unitsofmeasure.org")) return (byText, null, null);
        return (null, null, $"the unit '{code ?? text}' is not known for {analyte.NameInside}");
    }

    /// <summary>Never assumed, except INR, or when the code fixes what is measured and the laboratory's own range shows the scale.</summary>
    private static (UnitFactor?, string?, string?) WithoutUnit(ResultValue.Quantity quantity, Analyte analyte, in RecognisedLab lab, ReferenceRange? range)
    {
        if (analyte.UnitMayBeAbsent) return (analyte.Units[analyte.Unit], null, null);
        if (lab.ByCode && range is not null)
        {
            if ((Blank(range.UnitCode) ?? Blank(range.Unit)) is { } rangeUnit)
                return Look(analyte, rangeUnit) is { } factor ? (factor, $"unit taken from the laboratory's own range ({rangeUnit})", null) : (null, null, $"no unit, and its range has the unknown unit '{rangeUnit}'");
            if (OnlyScale(analyte, lab.Property, range) is { } scale)
                return (scale, $"sent without unit; the laboratory's own range ({range.Low}-{range.High}) shows {scale.Unit}", null);
        }
        return (null, null, "no unit");
    }

    private static UnitFactor? OnlyScale(Analyte analyte, UnitProperty property, ReferenceRange range)
    {
        if (analyte.UsualRange is not var (from, to) || range.Low is not { } low || range.High is not { } high || high > Absurd || low < 0) return null;
        UnitFactor? only = null;
        foreach (var factor in analyte.Units.Values)
        {
            if (property == UnitProperty.Mass && factor.IsMoles || property == UnitProperty.Moles && !factor.IsMoles) continue;
            if (factor.Convert(low) < from || factor.Convert(high) > to) continue;
            if (only is not null && !only.SameAs(factor)) return null;
            // Several names of one scale: always the same one of them.
            if (only is null || string.CompareOrdinal(factor.Unit, only.Unit) < 0) only = factor;
        }
        return only;
    }

    private static UnitFactor? Look(Analyte analyte, string unit) =>
        // Letter case mostly means nothing, but "G/L" is a thousand million per litre and "g/L" is grams.
        Spelt(analyte, unit) is { } factor && !(unit.AsSpan().TrimStart().StartsWith("g/") && !factor.Unit.StartsWith('g')) ? factor : null;

    private static UnitFactor? Spelt(Analyte analyte, string unit)
    {
        if (analyte.Units.TryGetValue(unit, out var factor)) return factor;
        var key = UnitSpelling.Key(unit);
        if (analyte.Units.TryGetValue(key, out factor)) return factor;
        var plain = UnitSpelling.WithoutAnnotations(key);
        return plain.Length > 0 && plain.Length < key.Length && analyte.Units.TryGetValue(plain, out factor) ? factor : null;
    }

    /// <summary>Limits count only when the entry has exactly one range with numbers: which of several is the normal one is not known here.</summary>
    private static ReferenceRange? OnlyRange(ImmutableArray<ReferenceRange> ranges)
    {
        ReferenceRange? only = null;
        foreach (var range in ranges)
        {
            if (range.Low is null && range.High is null) continue;
            if (only is not null && (only.Low != range.Low || only.High != range.High)) return null;
            only ??= range;
        }
        return only;
    }

    private static (decimal? Low, decimal? High) Limits(ReferenceRange? range, Analyte analyte, UnitFactor factor)
    {
        if (range is null || Math.Abs(range.Low ?? 0) > Absurd || Math.Abs(range.High ?? 0) > Absurd) return (null, null);
        if ((Blank(range.UnitCode) ?? Blank(range.Unit)) is { } unit)
        {
            if (Look(analyte, unit) is not { } own) return (null, null);
            factor = own;
        }
        return (range.Low is { } low ? factor.Convert(low) : null, range.High is { } high ? factor.Convert(high) : null);
    }

    private static string? Blank(string? unit) => string.IsNullOrWhiteSpace(unit) ? null : unit.Trim();
}
