using System.Globalization;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Sweep;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace BiopsyFhir.Api.Tests.Sweep;

/// <summary>The worked patients, and some of no interest, as a Bulk Data export.</summary>
public sealed class SweepTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("biopsyfhir-sweep-");

    public void Dispose() => folder.Delete(recursive: true);

    private string Input => Path.Combine(folder.FullName, "in");
    private void Export(Action<List<JsonObject>>? change = null) => PatientsAsExport.Write(Input, change);

    private string Out => Path.Combine(folder.FullName, "out");

    [Fact]
    public async Task Everybody_with_a_marrow_order_gets_the_answer_that_a_posted_Bundle_gets()
    {
        Export();
        var (code, said, _) = await SweepAsync();
        Assert.Equal(0, code);
        Assert.Contains("11 patients, 11 assessed", said, StringComparison.Ordinal);
        var answers = Lines("findings.ndjson").ToDictionary(a => a["patient"]!["reference"]!.ToString()["Patient/".Length..].Replace("-p", "", StringComparison.Ordinal));
        Assert.Equal(WorkedPatients.All.Select(p => p.Id).Order(), answers.Keys.Order());
        foreach (var change in WorkedPatients.Compare(Policy("P1"), Policy("P1"))) Assert.Equal(change.Before.Kebab(), answers[change.Patient.Id]["readiness"]!.ToString());
        Assert.All(answers.Values, a => Assert.NotEmpty(a["findings"]!.AsArray().SelectMany(f => f!["because"]!.AsArray())));
        Assert.False(Directory.Exists(Path.Combine(Out, "work")), "what charts say is gone when the sweep is done");
        Assert.Contains("Marrow biopsies to come: 11 patients", await File.ReadAllTextAsync(Path.Combine(Out, "summary.html")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_policy_is_compared_patient_by_patient_with_the_reason()
    {
        Export();
        var (_, said, _) = await SweepAsync("--compare", "P3");
        var expected = WorkedPatients.Compare(Policy("P1"), Policy("P3")).Count(c => !c.IsNone);
        Assert.Contains($"P3 changes {expected} of 11 patients.", said, StringComparison.Ordinal);
        Assert.Equal(expected, Lines("changes.ndjson").Count);
        Assert.All(Lines("changes.ndjson"), c => Assert.NotEmpty(c["because"]!.AsArray()));
    }

    [Fact]
    public async Task A_medicine_named_only_by_reference_follows_its_entry()
    {
        Export(bundle =>
        {
            foreach (var request in bundle.Where(r => r["resourceType"]!.ToString() == "MedicationRequest").ToList())
            {
                bundle.Add(new JsonObject { ["resourceType"] = "Medication", ["id"] = $"med-{request["id"]}", ["code"] = request["medicationCodeableConcept"]!.DeepClone() });
                request.Remove("medicationCodeableConcept");
                request["medicationReference"] = new JsonObject { ["reference"] = $"Medication/med-{request["id"]}" };
            }
        });
        await SweepAsync();
        foreach (var change in WorkedPatients.Compare(Policy("P1"), Policy("P1")))
            Assert.Equal(change.Before.Kebab(), Lines("findings.ndjson").Single(a => a["patient"]!["reference"]!.ToString() == $"Patient/{change.Patient.Id}-p")["readiness"]!.ToString());
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_may_be_anybodys_so_nobody_is_ready()
    {
        Export();
        await SweepAsync();
        Assert.Contains(Lines("findings.ndjson"), a => a["readiness"]!.ToString() == "ready");
        Directory.Delete(Out, recursive: true);
        await File.AppendAllTextAsync(Path.Combine(Input, "MedicationRequest.ndjson"), "{\"resourceType\":\"MedicationRequest\",\"subject\":{\"reference\":\"Pat\n");
        var (_, said, _) = await SweepAsync();
        Assert.Contains("1 line could not be read", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Lines("findings.ndjson"), a => a["readiness"]!.ToString() == "ready");
        Assert.All(Lines("findings.ndjson"), a => Assert.Contains(a["notJudged"]!.AsArray(), n => n!["what"]!.ToString() == "1 line of the MedicationRequest export"));
    }

    [Fact]
    public async Task An_order_that_cannot_be_read_brings_its_patient_to_be_looked_at()
    {
        Export();
        await File.AppendAllTextAsync(Path.Combine(Input, "ServiceRequest.ndjson"),
            """{"resourceType":"ServiceRequest","id":"twice","status":"active","status":"draft","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/other7"}}""" + "\n");
        var (_, said, _) = await SweepAsync("--procedure-at", "2026-06-10T08:00:00Z");
        Assert.Contains("12 patients, 12 assessed", said, StringComparison.Ordinal);
        var answer = Lines("findings.ndjson").Single(a => a["patient"]!["reference"]!.ToString() == "Patient/other7");
        Assert.Contains(answer["notJudged"]!.AsArray(), n => n!["what"]!.ToString() == "ServiceRequest/twice of the export" && n["why"]!.ToString() == "The line cannot be read.");
    }

    [Fact]
    public async Task A_patient_of_the_list_who_is_in_no_file_is_named()
    {
        Export();
        var list = Path.Combine(folder.FullName, "patients.txt");
        await File.WriteAllLinesAsync(list, ["Patient/apixaban-p", "nobody"]);
        var (_, said, _) = await SweepAsync($"--patients={list}");
        Assert.Contains("2 patients, 1 assessed", said, StringComparison.Ordinal);
        var other = Assert.Single(Lines("not-assessed.ndjson"));
        Assert.Equal(("Patient/nobody", "Nothing of this patient is in the files."), (other["patient"]!.ToString(), other["why"]!.ToString()));
    }

    [Fact]
    public async Task Wherever_it_is_stopped_it_goes_on_and_ends_with_the_same_bytes()
    {
        Export();
        await SweepAsync("--compare", "P3");
        var whole = Files();
        Directory.Delete(Out, recursive: true);
        for (var stops = 0; ; stops++)
        {
            var faults = new List<Fhir.Reading.ReadFault>();
            var files = SweepFile.In(Input, faults);
            var request = Request();
            var open = SweepFolder.Open(Out, "the same", faults)!;
            Assert.Empty(faults);
            using var stop = new CancellationTokenSource();
            var left = stops;
            // Progress is told at every step of the work: each run gets one step further than the last.
            var progress = new SweepProgress(new StopsAt(stop, () => left-- <= 0), redraw: true, new EverySecond());
            try
            {
                RunSweep.Run(request, open, files, leases: null, progress, page: _ => { }, stop.Token);
                Assert.True(stops > 5, $"it was stopped {stops} times");
                break;
            }
            catch (Exception e) when (e is OperationCanceledException or AggregateException)
            {
                Assert.True(stops < 500, "it never ends");
            }
        }
        Assert.Equal(whole["findings.ndjson"], Files()["findings.ndjson"]);
        Assert.Equal(whole["changes.ndjson"], Files()["changes.ndjson"]);
        Assert.Equal(whole["summary.json"], Files()["summary.json"]);
    }

    [Fact]
    public async Task What_cannot_be_swept_is_said_before_anything_is_written()
    {
        Export();
        await File.AppendAllTextAsync(Path.Combine(Input, "Observation.ndjson"), """{"resourceType":"ServiceRequest","subject":{"reference":"Patient/x"}}""" + "\n");
        var (code, _, errors) = await SweepAsync();
        Assert.Equal(1, code);
        Assert.Contains("ServiceRequest in a file of Observation", errors, StringComparison.Ordinal);

        (code, _, errors) = await SweepOfAsync(Path.Combine(folder.FullName, "none"));
        Assert.Equal(1, code);
        Assert.Contains("is no folder", errors, StringComparison.Ordinal);
        (code, _, errors) = await SweepAsync("--policy", "P9", "--sideways", "1");
        Assert.Equal(2, code);
        Assert.Contains("--sideways", errors, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Files() => new[] { "findings.ndjson", "changes.ndjson", "summary.json" }.ToDictionary(n => n, n => File.ReadAllText(Path.Combine(Out, n)));

    private List<JsonObject> Lines(string file) => [.. File.ReadLines(Path.Combine(Out, file)).Select(l => JsonNode.Parse(l)!.AsObject())];

    private static Policy Policy(string id) => new PolicyShelf(AssessmentServices.Policies(Options())).Current.ById[id];

    private SweepRequest Request()
    {
        var shelf = new PolicyShelf(AssessmentServices.Policies(Options()));
        var faults = new List<Fhir.Reading.ReadFault>();
        var query = AssessmentQuery.Read(name => name == "asOf" ? "2026-06-03" : null, shelf.Current, shelf.Default, AssessmentServices.Facility(Options()), new TestClock(default).GetUtcNow(), faults);
        return new() { Input = Input, Out = Out, Query = query, Compare = shelf.Current.ById["P3"], Workers = 2 };
    }

    private static ServiceOptions Options() => ReadServiceOptions.From(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Facility:TimeZone"] = "UTC",
            ["Facility:ElevationMeters"] = "0",
            ["Facility:ProcedureUnitPhone"] = "555-0100",
            ["Facility:AfterHoursPhone"] = "555-0101",
        }).Build(), new HostingEnvironment { EnvironmentName = Environments.Development, ContentRootPath = Path.GetTempPath() }).Options;

    private async Task<(int Code, string Said, string Errors)> SweepAsync(params string[] more) => await SweepOfAsync(Input, more);

    private async Task<(int Code, string Said, string Errors)> SweepOfAsync(string input, params string[] more)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        var code = await SweepCommand.RunAsync(["sweep", "--input", input, "--out", Out, "--as-of", "2026-06-03", .. more], WebApplication.CreateBuilder(), Options(), TimeProvider.System, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private sealed class StopsAt(CancellationTokenSource stop, Func<bool> now) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void Write(string? value)
        {
            if (now()) stop.Cancel();
        }
    }

    /// <summary>Every look at the clock is a second later, so that progress is told each time.</summary>
    private sealed class EverySecond : TimeProvider
    {
        private long _ticks;

        public override long GetTimestamp() => Interlocked.Add(ref _ticks, TimestampFrequency);
    }
}
