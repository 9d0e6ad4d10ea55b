using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// Everything that was read about one patient, as neutral facts. Nothing in it is judged or recognised yet: codes,
/// units and statuses stand as received (lower case for status codes), so that a rule can show what it saw.
/// </summary>
public sealed record Chart
{
    public required Person Person { get; init; }
    public ImmutableArray<MedicationRecord> Medications { get; init; } = [];
    public ImmutableArray<ResultRecord> Results { get; init; } = [];
    public ImmutableArray<ConditionRecord> Conditions { get; init; } = [];
    public ImmutableArray<AllergyRecord> Allergies { get; init; } = [];
    public ImmutableArray<ProcedureRecord> Procedures { get; init; } = [];
    public ImmutableArray<OrderRecord> Orders { get; init; } = [];
    public ImmutableArray<AppointmentRecord> Appointments { get; init; } = [];

    /// <summary>Entries that could not be interpreted, and sources that could not be read. Each becomes a <c>notJudged</c>.</summary>
    public ImmutableArray<Unread> Unread { get; init; } = [];

    /// <summary>What was looked at, kind by kind. A kind that is not listed was not looked for.</summary>
    public ImmutableArray<Source> Sources { get; init; } = [];
}

/// <summary>The kinds of record that the rules read.</summary>
public enum RecordKind { Medication, Result, Condition, Allergy, Procedure, Order, Appointment }

/// <summary>How one kind of record was seen: how many entries there were, and why it could not be (fully) read, if so.</summary>
public sealed record Source(RecordKind Kind, int Count, string? CouldNotRead = null);

/// <summary>What an unread entry might have held; decides whether "ready" can still be said (evidence 7.1 rule 1).</summary>
public enum MightHide { Nothing, Antithrombotic, SafetyLab, Other }

/// <summary>Something present that could not be interpreted.</summary>
/// <param name="What">What it is, with its reference, in words.</param>
/// <param name="Why">Why it could not be judged.</param>
/// <param name="Hides">What it might hold.</param>
public sealed record Unread(string What, string Why, MightHide Hides);

public enum Sex { Unknown, Female, Male, Other }

/// <param name="Reference">For example <c>Patient/123</c>.</param>
/// <param name="BirthDate">May be a year or a month.</param>
/// <param name="Sex">The sex parameter for clinical use where recorded, else administrative gender.</param>
/// <param name="Deceased">True, or false when the record says or implies alive.</param>
public sealed record Person(string Reference, PartialDate? BirthDate, Sex Sex, bool Deceased = false);
