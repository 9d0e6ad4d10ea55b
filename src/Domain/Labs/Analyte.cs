using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What a usable result of an analyte looks like.</summary>
public enum AnalyteKind
{
    /// <summary>A number in a known unit.</summary>
    Number,

    /// <summary>Whatever was reported: words, codes or numbers as they stand. It was done, and says something.</summary>
    Report,

    /// <summary>A number in a known unit, or words.</summary>
    Either,

    /// <summary>A panel: its parts are results of their own. A panel report without them hides what it holds.</summary>
    Panel,
}

/// <summary>Which of two contradicting values must not be overlooked.</summary>
public enum LessSafe { Neither, Low, High }

/// <summary>A unit of one analyte: received x multiplyBy / divideBy = value in the analyte's own unit.</summary>
/// <param name="From">Below this received value the conversion would be a guess.</param>
/// <param name="Below">From this received value on the conversion would be a guess.</param>
public sealed record UnitFactor(string Unit, decimal MultiplyBy, decimal DivideBy, decimal? From, decimal? Below, string? Why)
{
    public bool IsMoles { get; } = Unit.Contains("mol", StringComparison.Ordinal);

    /// <summary>Nearly every result comes in the analyte's own unit, and a division of decimals is not cheap.</summary>
    private bool IsOwnUnit { get; } = MultiplyBy == decimal.One && DivideBy == decimal.One && MultiplyBy.Scale == 0 && DivideBy.Scale == 0;

    public decimal Convert(decimal received) => IsOwnUnit ? received : received * MultiplyBy / DivideBy;

    public bool SameAs(UnitFactor other) => MultiplyBy * other.DivideBy == other.MultiplyBy * DivideBy;
}

/// <summary>Plausible values from an age on; outside is junk (evidence 3.8).</summary>
public readonly record struct Plausible(int FromAgeYears, decimal From, decimal To);

/// <summary>Something a laboratory or a nurse measures, as analytes.json has it.</summary>
public sealed record Analyte
{
    /// <summary>For example hemoglobin: the key of results, findings and policy rows.</summary>
    public required string Key { get; init; }

    /// <summary>As sentences begin with it: "Haemoglobin".</summary>
    public required string Name
    {
        get;
        init
        {
            field = value;
            NameInside = value.Length > 1 && char.IsUpper(value[0]) && char.IsLower(value[1]) ? char.ToLowerInvariant(value[0]) + value[1..] : value;
        }
    }
    public required AnalyteKind Kind { get; init; }

    /// <summary>The unit that all rules use; empty for reports.</summary>
    public required string Unit { get; init; }

    /// <summary>By spelling; letter case does not matter.</summary>
    public required FrozenDictionary<string, UnitFactor> Units { get; init; }
    public required ImmutableArray<Plausible> Plausible { get; init; }

    /// <summary>Where both limits of a laboratory's normal range lie, in <see cref="Unit"/>: shows the scale of a number that came without unit.</summary>
    public (decimal From, decimal To)? UsualRange { get; init; }
    public LessSafe LessSafe { get; init; }
    public bool UnitMayBeAbsent { get; init; }
    public bool HaemolysisSpoils { get; init; }

    /// <summary>More to say when a value is implausible.</summary>
    public string? Outside { get; init; }

    /// <summary>For a panel: the safety analytes that its report may hold.</summary>
    public ImmutableArray<string> Holds { get; init; } = [];

    /// <summary>LOINC codes that may be written, in the order of loinc.tsv.</summary>
    public ImmutableArray<string> Codes { get; init; } = [];

    /// <summary>All LOINC codes that are recognised, those that may be written first.</summary>
    public ImmutableArray<string> LookedFor { get; init; } = [];

    /// <summary>In the middle of a sentence: "haemoglobin", but "MCV" and "INR" as they are.</summary>
    public string NameInside { get; private init; } = "";

    /// <summary>The plausible values at an age; every age's when it is not known.</summary>
    public (decimal From, decimal To)? PlausibleAt(int? ageYears)
    {
        if (Plausible.IsEmpty) return null;
        if (ageYears is not { } age) return (Plausible.Min(p => p.From), Plausible.Max(p => p.To));
        var row = Plausible[0];
        foreach (var later in Plausible)
            if (later.FromAgeYears <= age) row = later;
        return (row.From, row.To);
    }
}
