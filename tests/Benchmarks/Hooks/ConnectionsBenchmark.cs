using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hooks;

/// <summary>The order-sign call over 1, 8 and 64 connections at once, beside draining the same bodies: processor time of the service per call, and calls a second.</summary>
internal static class ConnectionsBenchmark
{
    public static readonly Benchmark Benchmark = new("connections", Run);

    private const int Calls = 640, Rounds = 3, WarmUp = 6;

    private static IEnumerable<string> Run()
    {
        using var service = HooksOverHttpBenchmark.Start();
        using var client = new HttpClient { BaseAddress = new(service.StandardOutput.ReadLine()!), Timeout = TimeSpan.FromMinutes(2) };
        var bytes = OrderSignCall.Of(ChartSize.Usual).ToArray();
        // Long enough for the just-in-time compiler: its time counts as the service's, and would all fall to the first row.
        for (var round = 0; round < WarmUp; round++)
        {
            Round(service, client, HookService.OrderSign, bytes, 8);
            Round(service, client, "/drain", bytes, 8);
        }
        var bars = new List<(string, double)>();
        yield return string.Create(CultureInfo.InvariantCulture, $"{bytes.Length / 1024} KB body; median of {Rounds} rounds of {Calls} calls. The client runs on the same processors, so calls a second say less than processor time.");
        yield return "";
        yield return "| connections | order-sign CPU ms | drain CPU ms | ratio | order-sign calls a second | drain calls a second |";
        yield return "|---:|---:|---:|---:|---:|---:|";
        foreach (var connections in new[] { 1, 8, 64 })
        {
            var hook = new List<(double Cpu, double Rate)>();
            var drain = new List<(double Cpu, double Rate)>();
            for (var round = 0; round < Rounds; round++)
            {
                hook.Add(Round(service, client, HookService.OrderSign, bytes, connections));
                drain.Add(Round(service, client, "/drain", bytes, connections));
            }
            var (h, d) = (Median(hook, r => r.Cpu), Median(drain, r => r.Cpu));
            bars.Add(($"order-sign, {connections} at once", h));
            bars.Add(($"drain, {connections} at once", d));
            yield return string.Create(CultureInfo.InvariantCulture, $"| {connections} | {h:0.00} | {d:0.00} | {h / d:0.0} | {Median(hook, r => r.Rate):0} | {Median(drain, r => r.Rate):0} |");
        }
        Plot.Bars("connections", "Processor time per call (ms)", bars);
        service.StandardInput.WriteLine();
        service.WaitForExit();
    }

    private static (double Cpu, double Rate) Round(Process service, HttpClient client, string path, byte[] bytes, int connections)
    {
        service.Refresh();
        var (cpu, began) = (service.TotalProcessorTime, Stopwatch.GetTimestamp());
        Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() =>
        {
            for (var call = 0; call < Calls / connections; call++) HooksOverHttpBenchmark.Post(client, path, bytes);
        }))).GetAwaiter().GetResult();
        var elapsed = Stopwatch.GetElapsedTime(began);
        service.Refresh();
        return ((service.TotalProcessorTime - cpu).TotalMilliseconds / Calls, Calls / elapsed.TotalSeconds);
    }

    private static double Median(List<(double Cpu, double Rate)> rounds, Func<(double Cpu, double Rate), double> of) => rounds.Select(of).Order().ElementAt(rounds.Count / 2);
}
