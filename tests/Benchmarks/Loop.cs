using System.Globalization;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Hooks;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks;

/// <summary>One step again and again, for a profiler: parse, gather, assess, hook or no-biopsy. Reader passes take turns with it, as the yardstick.</summary>
internal static class Loop
{
    public const string Name = "loop";

    private const int Turns = 10;

    public static int Run(string step, double seconds)
    {
        var bytes = GenerateChart.Bundle(ChartSize.Usual);
        var policy = Service.Policies.ById["P1"];
        using var document = Service.Parse(bytes);
        var chart = Service.Gather(document);
        Action? run = step switch
        {
            "parse" => () => Service.Parse(bytes).Dispose(),
            "gather" => () => Service.Gather(document),
            "assess" => () => Service.Assess(chart, policy),
            "hook" => Hook(OrderSignCall.Of(ChartSize.Usual)),
            "no-biopsy" => Hook(OrderSignCall.Of(ChartSize.Usual, biopsy: false)),
            _ => null,
        };
        if (run is null)
        {
            Console.Error.WriteLine($"No step '{step}'.");
            return 2;
        }
        foreach (var _ in Enumerable.Range(0, 3)) Console.WriteLine($"{step}: {Round(run, () => Service.ReadEveryToken(bytes.Span), seconds / 3)}");
        return 0;
    }

    private static string Round(Action run, Action reader, double seconds)
    {
        var (calls, spent, pass, allocated) = (0, TimeSpan.Zero, TimeSpan.Zero, 0L);
        while (spent.TotalSeconds < seconds)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            spent += Time(run);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            pass += Time(reader);
            calls += Turns;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{spent.TotalMilliseconds / calls:0.000} ms, {spent / pass:0.00} reader passes, {allocated / 1024.0 / calls:0.0} KB");
    }

    private static TimeSpan Time(Action run)
    {
        var began = Clock.Now();
        for (var turn = 0; turn < Turns; turn++) run();
        return Clock.Now() - began;
    }

    private static Action Hook(ReadOnlyMemory<byte> body)
    {
        var handle = HookService.Handler(HookService.StartAsync(listening: false).GetAwaiter().GetResult());
        return () => handle(body);
    }
}
