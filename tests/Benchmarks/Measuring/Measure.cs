using System.Diagnostics;
using System.Runtime;

namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>
/// A plain timing loop: every step warms up until the just-in-time compiler has settled, then the steps take turns for a number of
/// rounds. Taking turns makes ratios hold on a machine that others use at the same time.
/// </summary>
internal static class Measure
{
    private const int Rounds = 25;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(1500), s_longestWarmUp = TimeSpan.FromSeconds(12), s_oneRound = TimeSpan.FromMilliseconds(25);

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

    /// <summary>Warms the step up until the just-in-time compiler has nothing more to do for it, and finds how many calls fill a round.</summary>
    private static int CallsPerRound(Step step)
    {
        var (began, fastest) = (Clock.Now(), TimeSpan.MaxValue);
        var (methods, quietSince) = (-1L, Stopwatch.GetTimestamp());
        while (Clock.Now() - began < s_longestWarmUp
            && (Clock.Now() - began < s_warmUp || Stopwatch.GetElapsedTime(quietSince) < s_warmUp))
        {
            var (took, _) = Once(step, 1);
            if (took > TimeSpan.Zero && took < fastest) fastest = took;
            if (JitInfo.GetCompiledMethodCount() == methods) continue;
            (methods, quietSince) = (JitInfo.GetCompiledMethodCount(), Stopwatch.GetTimestamp());
        }
        return Math.Max(1, (int)(s_oneRound / fastest));
    }

    private static (TimeSpan Took, long Bytes) Once(Step step, int calls)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var began = Clock.Now();
        for (var call = 0; call < calls; call++) step.Run();
        return (Clock.Now() - began, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
