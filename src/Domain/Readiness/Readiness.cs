using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

public enum Verdict { Ready, ActionNeeded, AskSpecialist, CannotJudge }

/// <summary>The answer: a verdict, the findings most serious first, what was seen, and what could not be judged.</summary>
public sealed record Readiness
{
    public required Verdict Verdict { get; init; }
    public required Snapshot Snapshot { get; init; }
    public required Policy Policy { get; init; }

    /// <summary>Most serious first, then by rule id and subject: the order is part of the answer.</summary>
    public required ImmutableArray<Finding> Findings { get; init; }
    public required ImmutableArray<MedicationRow> Medications { get; init; }
    public required ImmutableArray<LabRow> Labs { get; init; }
    public required AnaemiaJudgement Anaemia { get; init; }
    public required Clearance Clearance { get; init; }
    public required ImmutableArray<NotJudged> NotJudged { get; init; }

    /// <summary>Completed years on the procedure date; null when the birth date does not fix it.</summary>
    public int? AgeYears { get; init; }
}

/// <summary>Something the assessment could not judge.</summary>
/// <param name="Hides">What it might hide; anything but <see cref="MightHide.Nothing"/> and <see cref="MightHide.Other"/> forbids "ready".</param>
public sealed record NotJudged(string What, string Why, MightHide Hides);

public sealed record MedicationRow(string Reference, string Text, string? Ingredient, string? Class, RecognisedBy RecognisedBy, bool InUse, bool Systemic);

/// <summary>One row per analyte that was seen or is required, judged against the strictest window that applies.</summary>
public sealed record LabRow(string Analyte, ResultState State, decimal? Value, string? Unit, string? Comparator, DateOnly? Date, int? AgeDays, string? Reference,
    int? WindowDays = null, string? AsReceived = null)
{
    /// <summary>Point-of-care, recognised by name, after a transfusion, on treatment, a second value of the day …</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <param name="Judged">False when there is no usable haemoglobin or no cut-off.</param>
/// <param name="Anaemic">Null when not judged or when the two sex cut-offs disagree.</param>
/// <param name="Grade">none, mild, moderate, severe or null.</param>
public sealed record AnaemiaJudgement(bool Judged, bool? Anaemic, string? Grade, decimal? RawHbGPerL, decimal? AdjustedHbGPerL, decimal? CutoffGPerL, string Definition, string? WhyNot = null)
{
    /// <summary>The value that was judged, and its age in days on D0.</summary>
    public LabValue? Haemoglobin { get; init; }
    public int? AgeDays { get; init; }

    /// <summary>Sentences: stale, elevation, smoking, transfusion.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}
