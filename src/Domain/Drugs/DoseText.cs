using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>An amount in a text. <paramref name="Unit"/> is mg, IU, mL or each (tablets, syringes); grams and micrograms are turned into mg.</summary>
/// <param name="Per">Unit of a ratio ("100 mg/mL": mL), or null.</param>
/// <param name="PerValue">"40 mg/0.4 mL": 0.4.</param>
/// <param name="At">Index of the number's token.</param>
public readonly record struct Amount(decimal Value, string Unit, string? Per, decimal PerValue, int At);

/// <summary>What an instruction says in words: amounts, how often, when, and whether as needed.</summary>
/// <param name="TakesPerDay">Null when not said.</param>
public sealed record DoseText(ImmutableArray<Amount> Amounts, decimal? TakesPerDay, bool AsNeeded, ImmutableArray<TimeOnly> Times)
{
    /// <summary>More than this many takes a day is no dosing but something else that looked like it.</summary>
    private const int MostTakesPerDay = 24;

    public static DoseText Read(ImmutableArray<Token> tokens, DrugCatalogue drugs)
    {
        var span = tokens.AsSpan();
        var amounts = ImmutableArray.CreateBuilder<Amount>(0);
        var times = ImmutableArray.CreateBuilder<TimeOnly>(0);
        decimal? takes = BetweenDashes(span);
        var (timesNamed, asNeeded) = (0, false);
        for (var i = 0; i < span.Length;)
        {
            if (Time(span, i) is { } time)
            {
                times.Add(time.At);
                i += time.Length;
                continue;
            }
            if (AmountAt(span, i, drugs) is { } amount) amounts.Add(amount);
            var step = 1;
            if (drugs.DoseWords.Longest(span, i) is { } word && word.Value.Meaning is not (DoseMeaning.Unit or DoseMeaning.Word))
            {
                step = word.Length;
                switch (word.Value.Meaning)
                {
                    case DoseMeaning.AsNeeded: asNeeded = true; break;
                    case DoseMeaning.Time: timesNamed++; break;
                    default:
                        // "günde 100 mg" is an amount a day, not a hundred takes: the number belongs to its unit.
                        var isAmount = span[i + step - 1].IsNumber && AmountAt(span, i + step - 1, drugs) is { Unit: not "each" };
                        takes ??= isAmount && word.Value.Meaning == DoseMeaning.Takes ? 1 : Takes(word.Value, span.Slice(i, step));
                        if (isAmount) step--;
                        break;
                }
            }
            i += step;
        }
        return new(amounts.ToImmutable(), takes ?? (timesNamed > 0 ? timesNamed : times.Count > 0 ? times.Count : null), asNeeded, times.ToImmutable());
    }

    private static decimal? Takes(DoseWord word, ReadOnlySpan<Token> tokens)
    {
        decimal? first = null, smallest = null;
        foreach (var token in tokens)
            if (token.Number is { } n) (first, smallest) = (first ?? n, Math.Min(smallest ?? n, n));
        var takes = word.Meaning switch
        {
            DoseMeaning.Takes => word.Number ?? first,
            DoseMeaning.TakesFirst => first,
            DoseMeaning.Hours => 24 / NotZero(word.Number ?? smallest), // "every 4 to 6 hours": the more frequent
            DoseMeaning.Days => 1 / NotZero(word.Number ?? first),
            DoseMeaning.PerWeek => (word.Number ?? first) / 7,
            _ => null,
        };
        return takes is > 0 and <= MostTakesPerDay ? takes : null;
    }

    private static decimal? NotZero(decimal? value) => value == 0 ? null : value;

    /// <summary>"1-0-1": morning, noon, evening (and night); as written in German and Turkish.</summary>
    private static decimal? BetweenDashes(ReadOnlySpan<Token> tokens)
    {
        for (var i = 0; i + 2 < tokens.Length; i++)
        {
            var length = 1;
            while (i + length < tokens.Length && length < 4 && tokens[i + length] is { IsNumber: true, Before: '-' }) length++;
            if (!tokens[i].IsNumber || length < 3) continue;
            var takes = 0;
            foreach (var token in tokens.Slice(i, length))
                if (token.Number > 0) takes++;
            if (takes > 0) return takes;
        }
        return null;
    }

    /// <summary>20:00, 8 am.</summary>
    private static (TimeOnly At, int Length)? Time(ReadOnlySpan<Token> tokens, int i)
    {
        if (i + 1 >= tokens.Length || tokens[i].Number is not (>= 0 and < 24) || tokens[i].Number is not { Scale: 0 } hour) return null;
        if (tokens[i + 1] is { Before: ':', Number: { Scale: 0 } minute } && minute < 60) return (new TimeOnly((int)hour, (int)minute), 2);
        if (hour is 0 or > 12) return null;
        return tokens[i + 1].Text switch
        {
            "am" => (new TimeOnly((int)hour % 12, 0), 2),
            "pm" => (new TimeOnly(((int)hour % 12) + 12, 0), 2),
            _ => null,
        };
    }

    /// <summary>A number (or "half", "two") and its unit, with the larger end of a range ("1-2 tablets") and "1/2".</summary>
    private static Amount? AmountAt(ReadOnlySpan<Token> tokens, int i, DrugCatalogue drugs)
    {
        var next = i + 1;
        decimal value;
        if (tokens[i].Number is { } number)
        {
            // The smaller end of a range and the denominator of "1/2" and "mg/0.4 mL" are no amounts of their own.
            if (i > 0 && tokens[i - 1].IsNumber && tokens[i].Before == '/') return null;
            if (i > 0 && GroupedUnits(tokens, i - 1, drugs) is not null) return null;
            value = number;
            if (next < tokens.Length && tokens[next].Number is { } second)
            {
                if (GroupedUnits(tokens, i, drugs) is { } grouped) (value, next) = (grouped, next + 1);
                else if (tokens[next].Before == '/' && second > 0) (value, next) = (value / second, next + 1);
                else return null;
            }
        }
        else if (drugs.DoseWords.Longest(tokens, i) is { Value: { Meaning: DoseMeaning.Word, Number: { } said } } word)
            (value, next) = (said, i + word.Length);
        else return null;

        if (Unit(tokens, ref next, drugs) is not { } unit) return null;
        if (unit == "kg") return null;
        // "5.000 IE" has a thousands point; nobody writes units to three places.
        if (unit == "IU" && value.Scale == 3 && value < 1000) value *= 1000;
        (value, unit) = unit switch { "g" => (value * 1000, "mg"), "ug" => (value / 1000, "mg"), _ => (value, unit) };

        string? per = null;
        var perValue = 1m;
        if (next < tokens.Length && (tokens[next].Before == '/' || tokens[next].Text == "per"))
        {
            if (tokens[next].Text == "per") next++;
            if (next < tokens.Length && tokens[next].Number is > 0 and { } denominator) (perValue, next) = (denominator, next + 1);
            per = Unit(tokens, ref next, drugs) is var u && u == "each" ? null : u;
        }
        return new(value, unit, per, perValue, i);
    }

    /// <summary>"15 000 IE" is fifteen thousand units, not none. Only before units: "2 500 mg tablets" are two tablets.</summary>
    private static decimal? GroupedUnits(ReadOnlySpan<Token> tokens, int i, DrugCatalogue drugs)
    {
        if (i + 2 >= tokens.Length || tokens[i].Number is not (> 0 and < 1000 and { Scale: 0 } thousands)) return null;
        if (tokens[i + 1] is not { Before: ' ', Number: (0 or (>= 100 and < 1000)) and { Scale: 0 } rest }) return null;
        var at = i + 2;
        return Unit(tokens, ref at, drugs) == "IU" ? (thousands * 1000) + rest : null;
    }

    private static string? Unit(ReadOnlySpan<Token> tokens, ref int at, DrugCatalogue drugs)
    {
        if (at >= tokens.Length || drugs.DoseWords.Longest(tokens, at) is not { Value.Meaning: DoseMeaning.Unit } unit) return null;
        at += unit.Length;
        return unit.Value.Unit;
    }
}
