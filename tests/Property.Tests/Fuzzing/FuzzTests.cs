using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>
/// Eight seconds of the fuzzer with the seed of every day. <c>tests/fuzz</c> runs it for as long as it takes: BIOPSYFHIR_FUZZ_MINUTES,
/// BIOPSYFHIR_FUZZ_QUIET_MINUTES, BIOPSYFHIR_FUZZ_SEED, BIOPSYFHIR_FUZZ_CORPUS.
/// </summary>
public class FuzzTests
{
    [Fact]
    public async Task Broken_and_hostile_input_is_read_or_refused_in_time_and_never_makes_a_patient_look_better()
    {
        var longest = Setting("BIOPSYFHIR_FUZZ_MINUTES") is { } minutes ? TimeSpan.FromMinutes(minutes) : TimeSpan.FromSeconds(8);
        var quiet = TimeSpan.FromMinutes(Setting("BIOPSYFHIR_FUZZ_QUIET_MINUTES") ?? 30);
        var log = Repository.Path("artifacts/fuzz/progress.tsv");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        await File.WriteAllTextAsync(log, "time\texecutions\tkinds\twhat\n");
        using var fuzzer = new Fuzzer(new(longest, quiet, (int)(Setting("BIOPSYFHIR_FUZZ_SEED") ?? 20260318), Environment.GetEnvironmentVariable("BIOPSYFHIR_FUZZ_CORPUS")), line => File.AppendAllText(log, line + "\n"));
        await fuzzer.RunAsync();
        await File.WriteAllLinesAsync(Repository.Path("artifacts/fuzz/kinds.tsv"), fuzzer.Classes.OrderByDescending(c => c.Value).Select(c => $"{c.Value}\t{c.Key}"));
        Assert.True(fuzzer.Executions > 100, "It hardly ran.");
        Assert.True(fuzzer.Compared > 10, "Hardly anything was compared.");
        Assert.True(fuzzer.Findings.Count == 0, string.Join('\n', fuzzer.Findings));
    }

    /// <summary>Would a medicine that is dropped without a word be seen?</summary>
    [Fact]
    public void The_oracle_sees_a_blood_thinner_that_is_dropped()
    {
        var root = JsonNode.Parse(Seeds.All().ElementAt(1))!;
        var entries = root["entry"]!.AsArray();
        // A medicine of no interest stays: an empty list of medicines would be said.
        entries.Add(JsonNode.Parse("""{"resource":{"resourceType":"MedicationRequest","id":"v","status":"active","intent":"order","medicationCodeableConcept":{"text":"Amlodipine 5 mg tablet"},"subject":{"reference":"Patient/p"},"authoredOn":"2026-01-02"} }"""));
        var before = Execute.Assessment(Encoding.UTF8.GetBytes(root.ToJsonString())).Readiness!;
        foreach (var entry in entries.Where(e => (string?)e!["resource"]!["id"] is "w" or "a").ToList()) entries.Remove(entry);
        var after = Execute.Assessment(Encoding.UTF8.GetBytes(root.ToJsonString())).Readiness!;
        Assert.NotNull(Fuzzer.Better(before, after));
        Assert.Null(Fuzzer.Better(before, before));
    }

    private static double? Setting(string name) => double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
