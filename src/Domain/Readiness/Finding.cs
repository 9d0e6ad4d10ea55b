using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>In rising order, so that "moderate or above" is a comparison.</summary>
public enum Severity { Info, Low, Moderate, High, Critical }

/// <summary>What the clinician is asked to do. Written in kebab-case on the wire.</summary>
public enum FindingAction { Hold, Continue, NoHold, AskSpecialist, OrderTest, RepeatTest, Review, Reschedule, Inform }

/// <summary>What is known of a test. Written in lower case on the wire.</summary>
public enum ResultState { Known, Stale, Missing, Unreadable, Preliminary }

/// <summary>One fact behind a finding: the resource it came from (null for a setting or the request), and what it says.</summary>
public sealed record Fact(string? Reference, string Text, decimal? Value = null, string? Unit = null, DateOnly? Date = null);

/// <summary>
/// One thing to tell the clinician. It cannot be built without its facts and citations; ids are those of evidence section 7,
/// what each rule fills is in contract section 2.
/// </summary>
public sealed record Finding
{
    /// <summary>Rule id, for example R-HOLD.</summary>
    public required string Rule { get; init; }
    public required Severity Severity { get; init; }

    /// <summary>Ingredient in lower case for drug rules, analyte key for lab rules, else a short key. Several ingredients are joined by '+', alphabetically.</summary>
    public required string Subject { get; init; }
    public required FindingAction Action { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>Plain sentences; dates with weekday, units always.</summary>
    public required string Detail { get; init; }
    public DateOnly? LastDoseDate { get; init; }
    public DateTimeOffset? LastDoseAt { get; init; }
    public DateOnly? FirstDrugFreeDate { get; init; }
    public int? DrugFreeDays { get; init; }
    public DateOnly? ResumeDate { get; init; }
    public DateOnly? TestDueDate { get; init; }
    public DateOnly? EarliestProcedureDate { get; init; }
    public bool Provisional { get; init; }
    public ResultState? State { get; init; }
    public required ImmutableArray<Fact> Because { get; init; }

    /// <summary>Citation keys; the policy resolves them. Never empty.</summary>
    public required ImmutableArray<string> Citations { get; init; }
}
