using System.Diagnostics;

namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>
/// A plain timing loop: every step warms up until the just-in-time compiler has settled, then the steps take turns for a number of
/// rounds. Taking turns makes ratios hold on a machine that others use at the same time.
/// </summary>
internal static class Measure
{
    private const int Rounds = 25;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(1500), s_oneRound = TimeSpan.FromMilliseconds(25);

    public static IReadOnlyList<Measured> Run(params IReadOnlyList<Step> steps)
    {
        var calls = steps.Select(CallsPerRound).ToList();
        var times = steps.Select(_ => new List<double>(Rounds)).ToList();
        var bytes = Enumerable.Repeat(long.MaxValue, steps.Count).ToList();
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < steps.Count; i++)
            {
                GC.Collect();
                var (took, allocated) = Once(steps[i], calls[i]);
                times[i].Add(took.TotalMilliseconds / calls[i]);
                bytes[i] = Math.Min(bytes[i], allocated / calls[i]);
            }
        return [.. steps.Select((step, i) => new Measured(step.Name, times[i], bytes[i]))];
    }

    /// <summary>Warms the step up and finds how many calls fill a round.</summary>
    private static int CallsPerRound(Step step)
    {
        var began = Stopwatch.GetTimestamp();
        var fastest = TimeSpan.MaxValue;
        for (var call = 0; call < 30 || Stopwatch.GetElapsedTime(began) < s_warmUp; call++)
        {
            var (took, _) = Once(step, 1);
            if (took < fastest) fastest = took;
            if (Stopwatch.GetElapsedTime(began) > 4 * s_warmUp) break; // a step of seconds needs no thirty calls
        }
        return Math.Max(1, (int)(s_oneRound / fastest));
    }

    private static (TimeSpan Took, long Bytes) Once(Step step, int calls)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        for (var call = 0; call < calls; call++) step.Run();
        return (Stopwatch.GetElapsedTime(began), GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
