using System.Net;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Service;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>One service for the tests of this class.</summary>
public sealed class StartedService : IAsyncLifetime
{
    public ServiceProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await ServiceProcess.Start();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}

/// <summary>Public records and broken input, posted to the service as it is deployed.</summary>
public sealed class StatelessAssessmentTests(StartedService service) : IClassFixture<StartedService>, IDisposable
{
    private static readonly string[] s_verdicts = ["ready", "action-needed", "ask-specialist", "cannot-judge"];

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    public void Dispose() => _http.Dispose();

    public static TheoryData<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(SharedData.Path($"data/{folder}"), "*.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [SharedDataTheory]
    [MemberData(nameof(Files), "patients")]
    public async Task A_public_patient_is_assessed_and_twice_alike(string file)
    {
        var body = await File.ReadAllBytesAsync(SharedData.Path($"data/patients/{file}"));
        var first = await Assess(body);
        Assert.True(first.Status == HttpStatusCode.OK, first.Text);
        Assert.Equal(first.Text, (await Assess(body)).Text);
        var answer = JsonDocument.Parse(first.Text).RootElement;
        Assert.Contains(answer.GetProperty("readiness").GetString(), s_verdicts);
        Assert.All(answer.GetProperty("findings").EnumerateArray(), finding =>
        {
            Assert.NotEqual(0, finding.GetProperty("because").GetArrayLength());
            Assert.False(string.IsNullOrEmpty(finding.GetProperty("rule").GetString()));
        });
    }

    [SharedDataTheory]
    [MemberData(nameof(Files), "malformed")]
    public async Task Malformed_input_is_refused_with_reasons_or_assessed_never_an_error_of_ours(string file)
    {
        var answer = await Assess(await File.ReadAllBytesAsync(SharedData.Path($"data/malformed/{file}")));
        Assert.InRange((int)answer.Status, 200, 499);
        Assert.DoesNotContain("   at BiopsyFhir", answer.Text, StringComparison.Ordinal);
        if (answer.Status != HttpStatusCode.OK)
            Assert.NotEqual(0, JsonDocument.Parse(answer.Text).RootElement.GetProperty("errors").GetRawText().Length - 2);
    }

    [Fact]
    public async Task Nothing_of_a_patient_is_logged()
    {
        var patient = """{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"secret-id-7","name":[{"family":"Zwetschgenknödel"}],"identifier":[{"system":"urn:mrn","value":"MRN-424242"}],"gender":"male","birthDate":"1950-01-01"}}]}""";
        Assert.Equal(HttpStatusCode.OK, (await Assess(Encoding.UTF8.GetBytes(patient))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Assess(Encoding.UTF8.GetBytes(patient.Replace("\"Bundle\"", "\"Zwetschgenknödel\"", StringComparison.Ordinal)))).Status);
        foreach (var secret in new[] { "Zwetschgen", "MRN-424242", "secret-id-7" })
            Assert.DoesNotContain(secret, service.Process.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sandbox_leaves_nothing_behind()
    {
        var own = await ServiceProcess.Start();
        await own.DisposeAsync();
        Assert.Empty(own.LeftBehind);
    }

    private async Task<(HttpStatusCode Status, string Text)> Assess(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/fhir+json");
        using var answer = await _http.PostAsync($"{service.Process.Url}/api/v1/assessments?procedureAt=2026-03-18&asOf=2026-03-11", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
