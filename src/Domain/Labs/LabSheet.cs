using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One usable value in the analyte's canonical unit (conventional, evidence 3.7).</summary>
/// <param name="Amount">Unrounded.</param>
/// <param name="Comparator">&lt;, &lt;=, &gt;=, &gt; or null: an interval.</param>
/// <param name="Date">Local day of the specimen; for a partial date the first day it covers.</param>
/// <param name="Received">What was sent; an own sentence for a value that was worked out.</param>
/// <param name="Preliminary">Registered or preliminary: satisfies no requirement.</param>
/// <param name="High">Upper limit of the laboratory's own range, in the canonical unit.</param>
/// <param name="Low">Lower limit of the laboratory's own range.</param>
public sealed record LabValue(string Analyte, decimal Amount, string Unit, string? Comparator, DateOnly Date, DateTimeOffset? At, string Reference,
    ResultValue Received, bool Preliminary = false, string? Text = null, decimal? Low = null, decimal? High = null)
{
    /// <summary>A value that was worked out from others, in words.</summary>
    public LabValue(string analyte, decimal amount, string unit, string? comparator, DateOnly date, DateTimeOffset? at, string reference, string workedOut)
        : this(analyte, amount, unit, comparator, date, at, reference, new ResultValue.Words(workedOut)) { }

    /// <summary>Value and unit as sent. Only of the values that are shown is it asked for.</summary>
    public string AsReceived => ReadResult.AsReceived(Received);

    /// <summary>Interference, capillary, same-day conflict and the like.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>A report without a number (smear, electrophoresis by text): it was done, <see cref="Text"/> says what it found.</summary>
    public bool ReportOnly { get; init; }

    /// <summary>Sent in another unit than <see cref="Unit"/>.</summary>
    public bool Converted { get; init; }
}

/// <summary>What is known of an analyte inside a window. Not knowing is a value; absent, old and unreadable are different statements.</summary>
public abstract record Reading(string Analyte)
{
    public sealed record Known(LabValue Value, int AgeDays) : Reading(Value.Analyte);
    public sealed record Stale(LabValue Value, int AgeDays, int WindowDays) : Reading(Value.Analyte);
    public sealed record Preliminary(LabValue Value, int AgeDays) : Reading(Value.Analyte);
    public sealed record Missing(string Name) : Reading(Name);
    public sealed record Unreadable(string Name, string Why, string Reference, DateOnly? Date) : Reading(Name);
}

/// <summary>An entry that carries an analyte of ours but cannot be used, and why.</summary>
public sealed record UnreadableResult(string Analyte, string Why, string Reference, DateOnly? Date, string AsReceived)
{
    /// <summary>There is no value to read (not performed, words instead of a number): the test counts as missing, and the words are shown.</summary>
    public bool NoValue { get; init; }

    /// <summary>Dated after the as-of day or after the biopsy.</summary>
    public bool Future { get; init; }
    public DateTimeOffset? At { get; init; }
}

/// <summary>All results of the chart sorted by analyte, newest first, in canonical units. Built by <c>ReadLabs</c>.</summary>
public sealed record LabSheet(
    ImmutableSortedDictionary<string, ImmutableArray<LabValue>> Values,
    ImmutableArray<UnreadableResult> Unreadable,
    ImmutableArray<Finding> DataQuality,
    ImmutableArray<NotJudged> NotJudged)
{
    /// <summary>Registered and preliminary values, newest first. They satisfy no requirement.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<LabValue>> NotFinal { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<LabValue>>.Empty;

    /// <summary>Final values dated on or before the as-of day, newest first; empty when none.</summary>
    public ImmutableArray<LabValue> Of(string analyte) => Values.GetValueOrDefault(analyte, []);

    /// <summary>A preliminary value inside the window that is newer than every final one: it may be news, whatever the final one says.</summary>
    public LabValue? NewerPreliminary(string analyte, DateOnly d0, int windowDays)
    {
        if (NotFinal.GetValueOrDefault(analyte, []).FirstOrDefault() is not { } preliminary || d0.DayNumber - preliminary.Date.DayNumber > windowDays) return null;
        return Of(analyte).FirstOrDefault() is { } final && (final.Date > preliminary.Date || (final.Date == preliminary.Date && !(preliminary.At > final.At))) ? null : preliminary;
    }

    /// <summary>
    /// What is known of an analyte inside a window. The age of a result is the whole days from its date to D0; exactly the
    /// window is inside (evidence 3.3). Without a window any age will do.
    /// </summary>
    public Reading Find(string analyte, DateOnly d0, int? windowDays)
    {
        int Age(DateOnly date) => d0.DayNumber - date.DayNumber;
        bool Inside(DateOnly date) => windowDays is not { } window || Age(date) <= window;

        var newest = Of(analyte).FirstOrDefault();
        if (newest is not null && Inside(newest.Date)) return new Reading.Known(newest, Age(newest.Date));
        if (NotFinal.GetValueOrDefault(analyte, []).FirstOrDefault() is { } preliminary && Inside(preliminary.Date))
            return new Reading.Preliminary(preliminary, Age(preliminary.Date));
        UnreadableResult? unreadable = null;
        foreach (var u in Unreadable)
            if (u.Analyte == analyte && !u.NoValue && (u.Date is not { } date || Inside(date)) && (unreadable is null || u.Date > unreadable.Date)) unreadable = u;
        if (unreadable is not null) return new Reading.Unreadable(analyte, unreadable.Why, unreadable.Reference, unreadable.Date);
        return newest is null ? new Reading.Missing(analyte) : new Reading.Stale(newest, Age(newest.Date), windowDays!.Value);
    }
}

/// <summary>Creatinine clearance by Cockcroft-Gault with actual weight, adults only (evidence 2.2).</summary>
public sealed record Clearance
{
    /// <summary>Unrounded; null when unknown or not applicable.</summary>
    public decimal? MlPerMin { get; init; }
    public string Method { get; init; } = "cockcroft-gault-actual-weight";
    public int? AgeYears { get; init; }
    public LabValue? Weight { get; init; }
    public LabValue? Creatinine { get; init; }
    public LabValue? Height { get; init; }

    /// <summary>With ideal and adjusted weight, shown when BMI is 30 or more.</summary>
    public decimal? IdealWeightMlPerMin { get; init; }
    public decimal? AdjustedWeightMlPerMin { get; init; }

    /// <summary>Why it is null: which input is missing, stale or unusable.</summary>
    public string? WhyUnknown { get; init; }

    /// <summary>Creatinine moved by 0.3 mg/dL in 48 h or by half in 7 days: unreliable.</summary>
    public string? AcuteChange { get; init; }

    /// <summary>Latest clearance or eGFR on record, however old, when <see cref="MlPerMin"/> is null; below 30 picks the longer provisional hold.</summary>
    public LabValue? LastKnown { get; init; }

    public bool OnDialysis { get; init; }
}
