using System.Globalization;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks;

/// <summary>From 10 KB to 20 MB: microseconds per KB of each step must not grow with the size.</summary>
internal static class ScaleBenchmark
{
    public static readonly Benchmark Benchmark = new("scale", Run);

    private static IEnumerable<string> Run()
    {
        yield return "Median microseconds per KB.";
        yield return "";
        yield return "| size | resources | parse | gather | assess |";
        yield return "|---:|---:|---:|---:|---:|";
        var policy = Service.Policies.ById["P1"];
        foreach (var factor in (double[])[0.02, 0.2, 1, 8, 42])
        {
            var size = ChartSize.Usual.Times(factor);
            var bytes = GenerateChart.Bundle(size);
            using var document = Service.Parse(bytes);
            var chart = Service.Gather(document);
            var steps = Measure.Run(
                new Step("parse", () => Service.Parse(bytes).Dispose()),
                new Step("gather", () => Service.Gather(document)),
                new Step("assess", () => Service.Assess(chart, policy)));
            var kilobytes = bytes.Length / 1024.0;
            yield return string.Create(CultureInfo.InvariantCulture,
                $"| {kilobytes:0} KB | {GenerateChart.Resources(size).Count} | {string.Join(" | ", steps.Select(s => (s.Median * 1000 / kilobytes).ToString("0.0", CultureInfo.InvariantCulture)))} |");
        }
    }
}
