using System.IO.Pipelines;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>Writes <c>{"cards":[…]}</c> for a call.</summary>
public sealed class HookCards
{
    private const int LongestSummary = 139; // H-40

    public async Task WriteAsync(HookCall call, HookFound.Judged found, PipeWriter output, CancellationToken cancel)
    {
        await using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartArray("cards");
            foreach (var finding in found.Readiness.Findings) Card(json, finding.Title, finding.Severity is Severity.Critical ? "critical" : "info");
            foreach (var unseen in found.Unseen) Card(json, $"Could not be checked: {unseen.What}. {unseen.Why}", "warning");
            json.WriteEndArray();
            json.WriteEndObject();
        }
        await output.FlushAsync(cancel);
    }

    private static void Card(Utf8JsonWriter json, string summary, string indicator)
    {
        json.WriteStartObject();
        json.WriteString("summary", summary.Length > LongestSummary ? summary[..LongestSummary] : summary);
        json.WriteString("indicator", indicator);
        json.WriteStartObject("source");
        json.WriteString("label", "BiopsyFhir");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
