using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>The way an entry was recognised, best first. Written in lower case on the wire.</summary>
public enum RecognisedBy { Rxnorm, Atc, Snomed, Ndc, Text, None }

/// <summary>What the record says about whether the medicine reaches the patient now (evidence 2.8).</summary>
public enum UseState
{
    /// <summary>Active order or statement.</summary>
    InUse,

    /// <summary>On hold: counts as in use until confirmed; washout counts from the hold.</summary>
    OnHold,

    /// <summary>As needed: possible exposure.</summary>
    AsNeeded,

    /// <summary>Ended on a known day.</summary>
    Ended,

    /// <summary>Stopped or completed at most 90 days ago without an end date: "confirm last dose".</summary>
    EndedUnknown,

    /// <summary>A draft order in a hook: would be in use if signed.</summary>
    Draft,

    /// <summary>Only dispensed or administered, no order: supporting evidence of use.</summary>
    SupportingOnly,

    /// <summary>Cancelled, entered in error, a plan or proposal, or ended long ago: listed, raises nothing.</summary>
    NotInUse,
}

/// <summary>
/// One ingredient with all its sources: one row, strongest dose. Forms that do and do not reach the whole body stand apart, and so
/// do aspirin for prevention and aspirin for pain: an ingredient may have several. Built by <c>ReadMedicines</c> from the chart and the catalogue.
/// </summary>
public sealed record Medicine
{
    /// <summary>Ingredient in lower case, as in the catalogue: apixaban.</summary>
    public required string Ingredient { get; init; }

    /// <summary>Class of the catalogue: doac-xa, vka, lmwh, antiplatelet-p2y12, aspirin, nsaid, btk-inhibitor …</summary>
    public required string Class { get; init; }
    public required UseState Use { get; init; }

    /// <summary>False for skin, eye, ear, inhaled and catheter-lock forms: no hold (R-ROUTE).</summary>
    public required bool Systemic { get; init; }

    /// <summary>Why it is not systemic, in words.</summary>
    public string? NonSystemicReason { get; init; }

    /// <summary>Intravenous, by route or infusion rate.</summary>
    public bool Intravenous { get; init; }

    /// <summary>Last day of exposure when <see cref="Use"/> is Ended; start of hold when OnHold and recorded.</summary>
    public DateOnly? ExposureEnd { get; init; }

    /// <summary>Recognised only through a brand or a name that may cover other products: "possible, confirm".</summary>
    public bool Possible { get; init; }

    /// <summary>Analgesic or combination product rather than prevention dose (aspirin only).</summary>
    public bool AnalgesicAspirin { get; init; }

    /// <summary>Other ingredients of the same product, for combinations.</summary>
    public ImmutableArray<string> CombinedWith { get; init; } = [];

    /// <summary>Largest single dose in mg (units for heparins with [IU]) and doses a day, when readable.</summary>
    public decimal? DosePerTake { get; init; }
    public string? DoseUnit { get; init; }
    public decimal? TakesPerDay { get; init; }
    public ImmutableArray<TimeOnly> TimesOfDay { get; init; } = [];

    /// <summary>For example "apixaban 5 mg twice daily, active".</summary>
    public required string Summary { get; init; }

    /// <summary>One fact per source entry, strongest first.</summary>
    public required ImmutableArray<Fact> Sources { get; init; }

    /// <summary>What instructions and notes of the entries say of stopping, as written.</summary>
    public ImmutableArray<string> StopRemarks { get; init; } = [];

    /// <summary>Reason words given with the entries, for thrombosis risk.</summary>
    public ImmutableArray<Concept> Reasons { get; init; } = [];

    public bool CountsAsInUse => Use is UseState.InUse or UseState.OnHold or UseState.AsNeeded or UseState.Draft or UseState.SupportingOnly;
}

/// <summary>What the medication entries come to: the medicines of the catalogue, a row per entry, and what could not be judged.</summary>
public sealed record MedicineList(ImmutableArray<Medicine> Medicines, ImmutableArray<MedicationRow> Rows, ImmutableArray<NotJudged> NotJudged)
{
    /// <summary>Medicines that reach or may reach the patient, systemically.</summary>
    public IEnumerable<Medicine> Active => Medicines.Where(m => m.CountsAsInUse && m.Systemic);

    /// <summary>True when no medication entry of any kind was in the input: never "ready".</summary>
    public bool NoneSeen => Rows.IsEmpty;
}

/// <summary>Where a hold stands on the as-of day.</summary>
public enum HoldStatus { NoHold, OnTime, Late, WashoutComplete, WashoutIncomplete }

/// <summary>A hold worked out for one medicine: plain arithmetic on the policy row. The rules decide what is said about it.</summary>
public sealed record HoldPlan
{
    public required Medicine Medicine { get; init; }
    public required HoldStatus Status { get; init; }

    /// <summary>N: full drug-free days; null for hour-based holds and for no hold.</summary>
    public int? Days { get; init; }

    /// <summary>Hours for hour-based holds.</summary>
    public decimal? Hours { get; init; }

    /// <summary>Another source's or band's range, for the text: "3-5".</summary>
    public string? Range { get; init; }

    /// <summary>Which band of clearance or dose class decided, in words.</summary>
    public string? Band { get; init; }
    public DateOnly? LastDoseDate { get; init; }
    public DateTimeOffset? LastDoseAt { get; init; }
    public DateOnly? FirstDrugFreeDate { get; init; }
    public DateOnly? ResumeDate { get; init; }

    /// <summary>When on that day, in words: "in the evening".</summary>
    public string? ResumeSay { get; init; }

    /// <summary>For Late and WashoutIncomplete.</summary>
    public DateOnly? EarliestProcedureDate { get; init; }

    /// <summary>Clearance unknown, below 15 or on dialysis, or a child: the dates are not an instruction.</summary>
    public bool Provisional { get; init; }

    /// <summary>The row or the band asks a specialist before any date counts.</summary>
    public bool AskSpecialist { get; init; }

    /// <summary>What the preset does with it; null when the policy has no row for the ingredient.</summary>
    public Regimen? Regimen { get; init; }
    public MedicineFamily? Family { get; init; }

    /// <summary>The clearance that it needs is not known or not reliable (L-CRCL-MISSING).</summary>
    public bool ClearanceUnsure { get; init; }

    /// <summary>Prophylactic dose of a heparin or fondaparinux.</summary>
    public bool Prophylactic { get; init; }
    public ImmutableArray<string> Citations { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Evidence 7.1 rule 3: in use on the as-of date, or washout incomplete, whether or not a hold is planned.</summary>
    public bool StillActive => Medicine.Systemic && (Medicine.CountsAsInUse || Status == HoldStatus.WashoutIncomplete);
}
