using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>
/// Every public sample through the endpoint, against the reviewed table <c>outcomes.tsv</c>: what is refused and why, what is read and
/// how much of it could not be. A difference is written to <c>artifacts/outcomes.tsv</c> for review; once approved, copy it over.
/// </summary>
public class OutcomesTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    private const string Query = "?procedureAt=2026-03-18&asOf=2026-03-11";
    private const string Table = "tests/Api.Tests/Assessments/outcomes.tsv";

    [SharedDataFact]
    public async Task Every_sample_has_its_reviewed_outcome()
    {
        var lines = new List<string> { "sample\tposted\tstatus\toutcome" };
        foreach (var folder in new[] { "malformed", "odd", "patients" })
            foreach (var file in Directory.GetFiles(SharedData.Path($"data/{folder}")).Order(StringComparer.Ordinal).Where(f => !f.EndsWith("index.tsv", StringComparison.Ordinal)))
            {
                var bytes = await File.ReadAllBytesAsync(file);
                lines.Add($"{folder}/{Path.GetFileName(file)}\tas it is\t{await OutcomeAsync(bytes)}");
                if (InABundle(bytes) is { } wrapped) lines.Add($"{folder}/{Path.GetFileName(file)}\tin a Bundle\t{await OutcomeAsync(wrapped)}");
            }
        var approved = await File.ReadAllLinesAsync(Repository.Path(Table));
        if (lines.SequenceEqual(approved)) return;

        var received = Repository.Path("artifacts/outcomes.tsv");
        Directory.CreateDirectory(Path.GetDirectoryName(received)!);
        await File.WriteAllTextAsync(received, string.Join('\n', lines) + "\n");
        var differences = lines.Except(approved).Select(l => $"+ {l}").Concat(approved.Except(lines).Select(l => $"- {l}")).Take(20);
        Assert.Fail($"{Table} differs; {received} holds what was received.\n{string.Join('\n', differences)}");
    }

    private async Task<string> OutcomeAsync(byte[] body)
    {
        using var response = await host.PostAsync(body, Query);
        Assert.True((int)response.StatusCode < 500, "A sample must never break the service.");
        return response.StatusCode == HttpStatusCode.OK
            ? $"200\t{Read(body)}"
            : $"{(int)response.StatusCode}\t{string.Join(" | ", (await AssessmentHost.ErrorsAsync(response)).Take(4))}";
    }

    /// <summary>What the chart holds: the rules on top of it have tables of their own.</summary>
    private static string Read(byte[] body)
    {
        var document = Assert.IsType<JsonRead.Ok>(FhirJson.Parse(body)).Document;
        using (document)
        {
            var content = Bundles.Read(document.RootElement);
            var chart = Assert.IsType<ChartRead.Ok>(ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = TimeZoneInfo.Utc })).Chart;
            var uninterpretable = chart.Medications.Select(m => m.CannotInterpret).Concat(chart.Results.Select(r => r.CannotInterpret))
                .Concat(chart.Conditions.Select(c => c.CannotInterpret)).Concat(chart.Allergies.Select(a => a.CannotInterpret))
                .Concat(chart.Procedures.Select(p => p.CannotInterpret)).Concat(chart.Orders.Select(o => o.CannotInterpret)).OfType<string>().ToList();
            var text = new StringBuilder(string.Join(", ", chart.Sources.Where(s => s.Count > 0).Select(s => $"{s.Count} {s.Kind}")));
            if (text.Length == 0) text.Append("nothing");
            if (chart.Results.Length > 0) text.Append($"; values {chart.Results.Count(r => r.Value is not ResultValue.None)} of {chart.Results.Length}, dated {chart.Results.Count(r => r.Effective is not null)}");
            if (chart.Person.Deceased) text.Append("; deceased");
            foreach (var group in uninterpretable.GroupBy(why => why).OrderBy(g => g.Key, StringComparer.Ordinal)) text.Append($"; {group.Count()} not interpreted: {group.Key}");
            foreach (var unread in chart.Unread.GroupBy(u => u.Hides).OrderBy(g => g.Key)) text.Append($"; {unread.Count()} unread ({unread.Key}), first: {unread.First().What}: {unread.First().Why}");
            return text.ToString().ReplaceLineEndings(" ").Replace('\t', ' ');
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A single resource beside its Patient, so that more than "not a Bundle" is learnt from it. Null for Bundles and what is not JSON.</summary>
    private static byte[]? InABundle(byte[] bytes)
    {
        var json = bytes.AsSpan();
        if (json.StartsWith("\ufeff"u8)) json = json[3..];
        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "resourceType") is var type && type == "Bundle") return null;
            var entry = $$"""{"resource":{{Encoding.UTF8.GetString(json)}} }""";
            var owner = (root.TryGetProperty("subject", out var subject) || root.TryGetProperty("patient", out subject)) && subject.ValueKind == JsonValueKind.Object ? Text(subject, "reference") : null;
            var patient = References.TypeAndId(owner)?.StartsWith("Patient/", StringComparison.Ordinal) != true ? AssessmentHost.Patient
                : new JsonObject { ["fullUrl"] = owner, ["resource"] = new JsonObject { ["resourceType"] = "Patient", ["id"] = References.TypeAndId(owner)?["Patient/".Length..], ["gender"] = "female" } }.ToJsonString();
            return Encoding.UTF8.GetBytes(type == "Patient" ? AssessmentHost.Bundle(entry) : AssessmentHost.Bundle(patient, entry));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
