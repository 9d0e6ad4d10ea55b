using System.Globalization;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hooks;

/// <summary>
/// One order-sign call with full prefetch. Asked for: parse, assess and present together no more than five reader passes, and no worse
/// than linear up to the largest body that is taken; over HTTP see <see cref="HooksOverHttpBenchmark"/>.
/// </summary>
internal static class HooksBenchmark
{
    public static readonly Benchmark Benchmark = new("hooks", Run);

    private static IEnumerable<string> Run()
    {
        var app = HookService.StartAsync(listening: false).GetAwaiter().GetResult();
        var handle = HookService.Handler(app);
        var bytes = OrderSignCall.Of(ChartSize.Usual);
        var other = OrderSignCall.Of(ChartSize.Usual, biopsy: false);
        var steps = Measure.Run(
            new Step("reader pass", () => Service.ReadEveryToken(bytes.Span)),
            new Step("parse", () => Service.Parse(bytes).Dispose()),
            new Step("whole call, no socket", () => handle(bytes)),
            new Step("whole call without a biopsy", () => handle(other)));
        yield return $"Order-sign with full prefetch, {bytes.Length / 1024} KB: {ChartSize.Usual.Medications} medication orders, {ChartSize.Usual.Results} results, {ChartSize.Usual.Conditions} problems.";
        yield return "";
        foreach (var line in Tables.Of(steps)) yield return line;
        Plot.Bars("hooks", "One order-sign call, in reader passes over its body", [.. steps.Select(s => (s.Name, s.Times(steps[0])))]);
        yield return "";
        yield return "| body MB | reader pass ms | whole call ms | ms per MB | × reader pass |";
        yield return "|---:|---:|---:|---:|---:|";
        foreach (var factor in new[] { 1, 4, 16, 42 })
        {
            var larger = OrderSignCall.Of(ChartSize.Usual.Times(factor));
            var measured = Measure.Run(new Step("reader pass", () => Service.ReadEveryToken(larger.Span)), new Step("call", () => handle(larger)));
            var megabytes = larger.Length / 1048576.0;
            yield return string.Create(CultureInfo.InvariantCulture,
                $"| {megabytes:0.00} | {Tables.Number(measured[0].Min)} | {Tables.Number(measured[1].Min)} | {Tables.Number(measured[1].Min / megabytes)} | {Tables.Ratio(measured[1].Times(measured[0]))} |");
        }
    }
}
