using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>How one test of the work-up stands: the set of analytes that comes nearest to satisfying it.</summary>
/// <param name="Asked">Core tests in gap mode: moderate. Everything else is information.</param>
/// <param name="Why">Sentence for a conditional test; empty for a core one.</param>
public sealed record TestOutcome(WorkUpTest Test, bool Asked, ImmutableArray<Reading> Readings, int? WindowDays, string Why, ImmutableArray<Fact> Because)
{
    public ImmutableArray<Reading> Lacking { get; } = Readings.RemoveAll(r => r is Reading.Known);

    public bool Satisfied => !Test.Any.IsEmpty && Lacking.IsEmpty;

    /// <summary>Stale when all that is lacking was once there; else missing.</summary>
    public ResultState State => Satisfied ? ResultState.Known : !Test.Any.IsEmpty && Lacking.All(r => r is Reading.Stale) ? ResultState.Stale : ResultState.Missing;

    public string Subject => Test.Subject ?? (Lacking.FirstOrDefault(r => r is not Reading.Stale) ?? Lacking.FirstOrDefault() ?? Readings[0]).Analyte;
}

/// <summary>Which tests apply to this patient, and how each stands (evidence 3.2, 3.3).</summary>
public sealed record WorkUp(WorkUpMode Mode, ImmutableArray<TestOutcome> Tests, Met? Urgent)
{
    public static WorkUp Of(Situation situation, Picture picture)
    {
        var policy = situation.Policy.WorkUp;
        var mode = policy.Modes.GetValueOrDefault(situation.Snapshot.Biopsy.Indication, WorkUpMode.Off);
        var urgent = picture.Meets(policy.Urgent.Any);
        if (mode == WorkUpMode.Off || urgent is not null) return new(WorkUpMode.Off, [], urgent);

        var anaemia = situation.Anaemia;
        if (mode == WorkUpMode.Gaps && anaemia is { Judged: true, Anaemic: false }) return new(mode, [], null);
        var renalDrug = CreatinineClearance.NeedsFreshCreatinine(situation.Policy, situation.Medicines);
        var tests = ImmutableArray.CreateBuilder<TestOutcome>();
        foreach (var test in policy.Tests)
        {
            // Without a haemoglobin nothing says that there is anaemia: the blood count is asked for, the rest is not.
            if (mode == WorkUpMode.Gaps && anaemia.Haemoglobin is null && test.Rule != "W-CBC") continue;
            // Beside the list only what the indication itself calls for: erythropoietin in suspected MDS (evidence 3.3).
            if (mode == WorkUpMode.List && !test.Core && !test.CytopeniaList && !test.When.MetByIndication(situation.Snapshot.Biopsy.Indication)) continue;
            var met = test.When.IsEmpty || (mode == WorkUpMode.List && test.CytopeniaList) ? new Met([], []) : picture.Meets(test.When);
            if (met is null) continue;
            // Anaemia that cannot be judged (sex, age, trimester unknown): what is missing is listed, not asked for.
            var asked = mode == WorkUpMode.Gaps && test.Core && (anaemia.Anaemic == true || anaemia.Haemoglobin is null);
            tests.Add(Outcome(situation, test, asked, test.Window(renalDrug), met));
        }
        return new(mode, tests.ToImmutable(), null);
    }

    private static TestOutcome Outcome(Situation situation, WorkUpTest test, bool asked, int? window, Met met)
    {
        ImmutableArray<Reading> best = [];
        var lacking = int.MaxValue;
        foreach (var set in test.Any)
        {
            var readings = ImmutableArray.CreateBuilder<Reading>(set.Length);
            var lacks = 0;
            foreach (var analyte in set)
            {
                var reading = situation.Labs.Find(analyte, situation.D0, window);
                // Old results are nearer than one that was never there.
                lacks += reading switch { Reading.Known => 0, Reading.Stale => 1, _ => 10 };
                readings.Add(reading);
            }
            if (lacks < lacking) (best, lacking) = (readings.MoveToImmutable(), lacks);
        }
        var why = met.Words.IsEmpty ? "" : $"Asked for because of {LabWords.And(met.Words)}.";
        return new(test, asked, best, window, why, met.Facts);
    }
}
