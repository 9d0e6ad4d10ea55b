using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// What every rule reads: the snapshot, the policy, and what was worked out from them, in this order:
/// history, medicines, labs, clearance, holds. Rules are pure functions <c>Situation -> findings</c>; none reads another's findings.
/// </summary>
public sealed record Situation
{
    public required Snapshot Snapshot { get; init; }
    public required Policy Policy { get; init; }
    public required PatientHistory History { get; init; }
    public required MedicineList Medicines { get; init; }
    public required LabSheet Labs { get; init; }
    public required Clearance Clearance { get; init; }
    public required ImmutableArray<HoldPlan> Holds { get; init; }
    public required AnaemiaJudgement Anaemia { get; init; }

    public DateOnly D0 => Snapshot.Biopsy.Date;
    public DateOnly AsOf => Snapshot.AsOf.Last;

    /// <summary>Completed years on D0; null when the birth date does not fix it.</summary>
    public int? AgeYears => Age.OnDay(Snapshot.Chart.Person.BirthDate, D0);
    public bool IsChild => AgeYears is < 18;

    /// <summary>What several rules ask about the medicines: worked out once.</summary>
    internal ImmutableArray<DrugPicture> Drugs => Asked.Drugs.Value;

    /// <summary>What the work-up rules ask, and which tests of the work-up apply.</summary>
    internal Picture Picture => Asked.Picture.Value;
    internal WorkUp WorkUp => Asked.WorkUp.Value;

    private Answers? _asked;

    /// <summary>A copy with other members asks anew.</summary>
    private Answers Asked => _asked is { } asked && ReferenceEquals(asked.Of, this) ? asked : _asked = new(this);

    private sealed class Answers(Situation of)
    {
        public Situation Of => of;
        public Lazy<ImmutableArray<DrugPicture>> Drugs { get; } = new(() => DrugPicture.Of(of));
        public Lazy<Picture> Picture { get; } = new(() => new Picture(of));
        public Lazy<WorkUp> WorkUp { get; } = new(() => Domain.WorkUp.Of(of, of.Picture));
    }
}

public static class Age
{
    /// <summary>Completed years; a partial birth date gives an age only when every day it covers gives the same one.</summary>
    public static int? OnDay(PartialDate? birth, DateOnly day)
    {
        if (birth is not { } b || b.Last > day) return null;
        var oldest = Years(b.First, day);
        return oldest == Years(b.Last, day) ? oldest : null;
    }

    private static int Years(DateOnly birth, DateOnly day)
    {
        var years = day.Year - birth.Year;
        return birth.AddYears(years) > day ? years - 1 : years;
    }
}
