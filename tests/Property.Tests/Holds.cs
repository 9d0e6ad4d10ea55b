using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace BiopsyFhir.Property.Tests;

/// <summary>
/// Runs a property on generated charts: always the same ones, so that a failure is there again the next time. A longer run, with
/// other charts: BIOPSYFHIR_PROPERTY_COUNT (how many) and BIOPSYFHIR_PROPERTY_SEED (a whole number).
/// </summary>
internal static class Holds
{
    private const int UsualCount = 250;
    private const ulong UsualSeed = 20260318;

    /// <summary>How many charts each property sees.</summary>
    public static int Count => int.TryParse(Environment.GetEnvironmentVariable("BIOPSYFHIR_PROPERTY_COUNT"), out var count) && count > 0 ? count : UsualCount;

    private static ulong Seed => ulong.TryParse(Environment.GetEnvironmentVariable("BIOPSYFHIR_PROPERTY_SEED"), out var seed) ? seed : UsualSeed;

    /// <summary>The chart and a number for whatever choice the property has to make, taken modulo the number of possibilities.</summary>
    public static void ForEveryChart(Action<GeneratedChart, int> property)
    {
        Run(Generate.Chart, property);
    }

    private static void Run(Gen<GeneratedChart> charts, Action<GeneratedChart, int> property)
    {
        var cases = Gen.Zip(charts, Gen.Choose(0, 1_000_000), (chart, pick) => new Case(chart, pick));
        var arbitrary = Arb.From(cases, c => GeneratedChart.Smaller(c.Chart).Select(smaller => c with { Chart = smaller }));
        var replay = new Replay(new Rnd(Seed, 1), FSharpOption<int>.None);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Count).WithReplay(FSharpOption<Replay>.Some(replay)), Prop.ForAll(arbitrary, (Case c) => property(c.Chart, c.Pick)));
    }

    public static void ForEveryChart(Action<GeneratedChart> property) => ForEveryChart((chart, _) => property(chart));

    /// <summary>
    /// The same on patients who are ready (<see cref="GenerateReady"/>). A chart that is not ready after all is passed over; when more
    /// than a fifth are, the test fails, for it would say little.
    /// </summary>
    public static void ForEveryReadyChart(Action<GeneratedChart, Answer, int> property)
    {
        var (seen, ready, others) = (0, 0, new SortedDictionary<string, int>(StringComparer.Ordinal));
        Run(GenerateReady.Chart, (chart, pick) =>
        {
            seen++;
            var answer = Engine.Assess(chart);
            if (answer?.Readiness.Verdict != Verdict.Ready)
            {
                var why = answer is null ? "refused" : string.Join(", ", answer.Readiness.Findings.Where(f => f.Severity >= Severity.Moderate).Select(f => $"{f.Rule} {f.Subject}").Concat(answer.Readiness.NotJudged.Where(n => n.Hides is MightHide.Antithrombotic or MightHide.SafetyLab).Select(n => n.ToString())));
                others[why] = others.GetValueOrDefault(why) + 1;
                return;
            }
            ready++;
            property(chart, answer, pick);
        });
        Assert.True(ready * 5 >= seen * 4, $"Only {ready} of {seen} charts were ready:\n{string.Join('\n', others.Select(o => $"{o.Value} {o.Key}"))}");
    }

    private sealed record Case(GeneratedChart Chart, int Pick)
    {
        public override string ToString() => $"\npick {Pick}, {Chart}";
    }
}
