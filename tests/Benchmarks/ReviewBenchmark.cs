using System.IO.Compression;
using System.Text;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;
using BiopsyFhir.Domain;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Benchmarks;

/// <summary>
/// The review page of a long illness (60 medicines, 2,000 results): what the server adds to the EHR's own time. Asked for: less than
/// 50 ms, in one answer of less than 150 KB compressed.
/// </summary>
internal static class ReviewBenchmark
{
    public static readonly Benchmark Benchmark = new("review", Run);

    private static IEnumerable<string> Run()
    {
        var bytes = GenerateChart.Bundle(new ChartSize(60, 2_000, 30));
        var policies = Service.Policies;
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        using var document = Service.Parse(bytes);
        var chart = Service.Gather(document);
        var model = Model(chart, policies);
        var html = Render(services, model);
        var compressed = Compress(html);
        var steps = Measure.Run(
            new Step("reader pass", () => Service.ReadEveryToken(bytes.Span)),
            new Step("resources into facts", () => Service.Gather(document)),
            new Step("assess, and three presets beside it", () => Model(chart, policies)),
            new Step("page", () => Render(services, model)),
            new Step("compress", () => Compress(html)),
            new Step("all four", () => Compress(Render(services, Model(Service.Gather(document), policies)))));
        return
        [
            $"{chart.Medications.Length} medication entries, {chart.Results.Length} results, {bytes.Length / 1024} KB of FHIR; the page has {Encoding.UTF8.GetByteCount(html) / 1024} KB, {compressed / 1024} KB compressed.",
            "",
            .. Tables.Of(steps),
        ];
    }

    private static ReviewModel Model(Chart chart, PolicySet policies)
    {
        var readiness = Service.Assess(chart, policies.ById["P1"]);
        return new()
        {
            Readiness = readiness,
            Policies = [.. policies.ById.Values.Select(p => (p.Id, p.Name))],
            Presets = [.. PolicySet.Presets.Select(id => Service.Assess(chart, policies.ById[id]))],
            Trends = Assess.Situation(readiness.Snapshot, readiness.Policy).Labs.Values,
            RecordsRead = chart.Medications.Length + chart.Results.Length,
            Path = "/review/x",
            FormToken = new('t', 80),
            ResourceBase = GenerateChart.Server,
        };
    }

    private static string Render(ServiceProvider services, ReviewModel model)
    {
        using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<ReviewPage>(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ReviewPage.Model)] = model }))).ToHtmlString()).GetAwaiter().GetResult();
    }

    /// <summary>As the service sends it: Brotli at its fastest.</summary>
    private static long Compress(string html)
    {
        using var target = new MemoryStream();
        using (var brotli = new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true)) brotli.Write(Encoding.UTF8.GetBytes(html));
        return target.Length;
    }
}
