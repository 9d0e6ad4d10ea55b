using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Api.Tests.Review;

/// <summary>The page of somebody who has been in hospital for years.</summary>
public sealed class BigChartTests : IDisposable
{
    private static readonly (string Loinc, string Unit, decimal Value)[] Tests =
    [
        ("718-7", "g/dL", 9.8m), ("777-3", "10*3/uL", 180m), ("6690-2", "10*3/uL", 5.1m), ("2160-0", "mg/dL", 1.1m), ("2276-4", "ng/mL", 120m), ("6301-6", "{INR}", 1.1m), ("787-2", "fL", 91m), ("4544-3", "%", 31m),
    ];

    private readonly ServiceHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task Sixty_medicines_and_two_thousand_results_are_one_page_below_150_KB_compressed()
    {
        var (facility, policies) = (host.Get<Facility>(), host.Get<PolicyShelf>());
        var content = Bundles.Read(FhirDocument.Of(Bundle()).RootElement);
        var chart = Assert.IsType<ChartRead.Ok>(ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = facility.Zone })).Chart;
        Assert.Equal((60, 2_000), (chart.Medications.Length, chart.Results.Length));
        var faults = new List<ReadFault>();
        var query = AssessmentQuery.Read(name => name == "procedureAt" ? "2026-03-18" : null, policies.Current, policies.Default, facility, host.Clock.GetUtcNow(), faults);
        var readiness = Assert.IsType<Assessed.Ok>(RunAssessment.OfChart(chart, query, "", new PhaseTimes())).Readiness;
        var model = ReviewModel.Of(new Gathered.Ok(chart, null, 2_060), readiness, query, policies) with { Path = "/review/x", FormToken = new('t', 80), ResourceBase = "https://ehr.example.org/fhir" };

        await using var scope = host.Services.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, host.Get<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<ReviewPage>(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ReviewPage.Model)] = model }))).ToHtmlString());
        Assert.Contains("60 entries", html, StringComparison.Ordinal);
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true)) await gzip.WriteAsync(Encoding.UTF8.GetBytes(html));
        Assert.InRange(compressed.Length, 5_000, 150 * 1024);
    }

    private static string Bundle()
    {
        var entries = new JsonArray(Entry(new() { ["resourceType"] = "Patient", ["id"] = "1", ["birthDate"] = "1950-05-05", ["gender"] = "female" }));
        for (var i = 0; i < 60; i++)
            entries.Add(Entry(new()
            {
                ["resourceType"] = "MedicationRequest",
                ["id"] = $"m{i}",
                ["status"] = i % 4 == 0 ? "active" : "completed",
                ["intent"] = "order",
                ["authoredOn"] = $"2025-{i % 12 + 1:00}-03",
                ["subject"] = Reference(),
                ["medicationCodeableConcept"] = new JsonObject { ["text"] = i == 0 ? "Apixaban 5 mg tablet" : $"Medicine number {i} 10 mg tablet" },
            }));
        for (var i = 0; i < 2_000; i++)
        {
            var (loinc, unit, value) = Tests[i % Tests.Length];
            entries.Add(Entry(new()
            {
                ["resourceType"] = "Observation",
                ["id"] = $"o{i}",
                ["status"] = "final",
                ["subject"] = Reference(),
                ["effectiveDateTime"] = new DateOnly(2026, 3, 10).AddDays(-(i / Tests.Length)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                ["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://loinc.org", ["code"] = loinc }) },
                ["valueQuantity"] = new JsonObject { ["value"] = value + i % 5 * 0.1m, ["unit"] = unit, ["system"] = "http://unitsofmeasure.org", ["code"] = unit },
            }));
        }
        return new JsonObject { ["resourceType"] = "Bundle", ["type"] = "collection", ["entry"] = entries }.ToJsonString();
    }

    private static JsonObject Reference() => new() { ["reference"] = "Patient/1" };

    private static JsonObject Entry(JsonObject resource) => new JsonObject { ["resource"] = resource };
}
