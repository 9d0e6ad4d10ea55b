using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks;

/// <summary>
/// One posted Bundle of 400 resources, step by step. Asked for: assessing takes less time than parsing, and everything together no
/// more than four reader passes.
/// </summary>
internal static class AssessmentBenchmark
{
    public static readonly Benchmark Benchmark = new("assessment", Run);

    private static IEnumerable<string> Run()
    {
        var bytes = GenerateChart.Bundle(ChartSize.Usual);
        var policy = Service.Policies.ById["P1"];
        using var document = Service.Parse(bytes);
        var chart = Service.Gather(document);
        var readiness = Service.Assess(chart, policy);
        var steps = Measure.Run(
            new Step("reader pass", () => Service.ReadEveryToken(bytes.Span)),
            new Step("parse", () => Service.Parse(bytes).Dispose()),
            new Step("JsonDocument", () => System.Text.Json.JsonDocument.Parse(bytes).Dispose()),
            new Step("gather", () => Service.Gather(document)),
            new Step("assess", () => Service.Assess(chart, policy)),
            new Step("all three", () =>
            {
                using var read = Service.Parse(bytes);
                Service.Assess(Service.Gather(read), policy);
            }));
        return
        [
            $"{bytes.Length / 1024} KB, {GenerateChart.Resources(ChartSize.Usual).Count} resources; the answer has {readiness.Findings.Length} findings, {readiness.Medications.Length} medications, {readiness.Labs.Length} lab rows.",
            $"Assess ÷ parse: {Tables.Ratio(steps[4].Times(steps[1]))}; assess ÷ JsonDocument: {Tables.Ratio(steps[4].Times(steps[2]))}; assess ÷ (parse and gather): {Tables.Ratio(steps[4].Times(steps[1], steps[3]))}.",
            "",
            .. Tables.Of(steps),
        ];
    }
}
