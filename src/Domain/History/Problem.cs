using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Where a problem was read.</summary>
public enum ProblemSource { Condition, Procedure, Device, MedicationReason, OrderReason, Result, Medication }

/// <summary>
/// A problem, event or implant that a rule asks about, recognised from conditions, procedures, devices, orders or results.
/// </summary>
/// <param name="Kind">Key of <c>Knowledge/problems.json</c>: atrial-fibrillation, vte, stroke-tia, mechanical-valve, coronary-stent, bleeding-disorder …</param>
/// <param name="Words">As the record says it.</param>
/// <param name="Date">When it happened or began; null when not recorded.</param>
/// <param name="Active">False when resolved, in remission or abated. History kinds stay true.</param>
/// <param name="Fact">The record.</param>
/// <param name="Codes">Its codes and words, for finer questions (valve position, stent type).</param>
public sealed record Problem(string Kind, string Words, PartialDate? Date, bool Active, Fact Fact, Concept Codes)
{
    public ProblemSource Source { get; init; }

    /// <summary>When the entry was made: the event is not later than this. Null when not recorded.</summary>
    public PartialDate? Recorded { get; init; }

    /// <summary>What the words or the code say beyond the kind: position, type, stage, trimester, weeks, history.</summary>
    public ImmutableSortedDictionary<string, string> Details { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string? Detail(string name) => Details.GetValueOrDefault(name);
}

/// <summary>The patient's problems, by kind. Built by <c>ReadHistory</c>.</summary>
public sealed record PatientHistory(ImmutableArray<Problem> Problems, ImmutableArray<NotJudged> NotJudged)
{
    public IEnumerable<Problem> Of(string kind)
    {
        // Rules ask for dozens of kinds, of which a patient has a handful.
        foreach (var problem in Problems)
            if (problem.Kind == kind) return Problems.Where(p => p.Kind == kind);
        return [];
    }

    public IEnumerable<Problem> OfAny(params ImmutableArray<string> kinds) => Problems.Where(p => kinds.Contains(p.Kind));

    public bool Has(string kind)
    {
        foreach (var problem in Problems)
            if (problem.Kind == kind && problem.Active) return true;
        return false;
    }
}
