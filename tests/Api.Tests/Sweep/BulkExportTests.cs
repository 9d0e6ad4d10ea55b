using System.Text.Json.Nodes;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Sweep;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Smart;

namespace BiopsyFhir.Api.Tests.Sweep;

public sealed class BulkExportTests : IAsyncLifetime, IDisposable
{
    private const string Patients = "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("biopsyfhir-export-");
    private SmartWorld world = null!;
    private FakeEhr elsewhere = null!;
    private JsonObject manifest = null!;
    private int waits = 2;

    public async Task InitializeAsync()
    {
        world = await SmartWorld.StartAsync(("BackendClientId", "robot"));
        elsewhere = await FakeEhr.StartAsync();
        elsewhere.Instead = _ => (200, "application/fhir+ndjson", "{\"resourceType\":\"Observation\",\"id\":\"1\"}\n");
        manifest = new JsonObject
        {
            ["requiresAccessToken"] = true,
            ["output"] = new JsonArray(
                new JsonObject { ["type"] = "Patient", ["url"] = $"{world.Ehr.FhirBase}/files/1", ["count"] = 2 },
                new JsonObject { ["type"] = "Observation", ["url"] = $"{elsewhere.Origin}/files/2" }),
            ["error"] = new JsonArray(),
        };
        world.Ehr.Headers = request => request.Path switch
        {
            "/fhir/Group/all/$export" => [("Content-Location", $"{world.Ehr.FhirBase}/export/7")],
            "/fhir/export/7" when waits >= 0 => [("Retry-After", "0"), ("X-Progress", "half\tway")],
            _ => [],
        };
        world.Ehr.Instead = request => (request.Method, request.Path) switch
        {
            (_, "/fhir/Group/all/$export") => (202, "text/plain", ""),
            ("DELETE", "/fhir/export/7") => (202, "text/plain", ""),
            (_, "/fhir/export/7") => waits-- > 0 ? (202, "text/plain", "") : FakeEhr.Json(200, manifest),
            (_, "/fhir/files/1") => (200, "application/fhir+ndjson", Patients),
            (_, "/fhir/files/9") => (200, "application/fhir+ndjson", """{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]}"""),
            _ => null,
        };
    }

    public async Task DisposeAsync()
    {
        await world.DisposeAsync();
        await elsewhere.DisposeAsync();
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_export_is_asked_for_waited_for_downloaded_and_given_back_and_not_asked_for_twice()
    {
        var said = await ExportAsync();
        Assert.Equal(2, said.Count(s => s == "export: halfway"));
        Assert.Equal(Patients, await File.ReadAllTextAsync(Path.Combine(Files, "00000.ndjson")));
        var asked = Assert.Single(world.Ehr.To("/fhir/Group/all/$export"));
        Assert.Contains("respond-async", asked.Headers["Prefer"], StringComparison.Ordinal);
        Assert.Contains("MedicationRequest", asked.Query, StringComparison.Ordinal);
        Assert.Equal("DELETE", world.Ehr.To("/fhir/export/7")[^1].Method);

        await ExportAsync();
        Assert.Single(world.Ehr.To("/fhir/Group/all/$export"));
    }

    [Fact]
    public async Task The_token_goes_to_the_FHIR_server_and_to_nobody_else()
    {
        await ExportAsync();
        Assert.All(world.Ehr.Requests.Where(r => r.Path is "/fhir/files/1" or "/fhir/export/7"), r => Assert.StartsWith("Bearer ", r.Headers["Authorization"], StringComparison.Ordinal));
        Assert.All(elsewhere.Requests, r => Assert.False(r.Headers.ContainsKey("Authorization")));
        Assert.NotEmpty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_stop_while_waiting_goes_on_with_the_same_export()
    {
        waits = 1_000_000;
        using (var stop = new CancellationTokenSource())
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExportAsync(_ => stop.Cancel(), stop.Token));
        waits = 0;
        await ExportAsync();
        Assert.Single(world.Ehr.To("/fhir/Group/all/$export"));
    }

    [Theory]
    [InlineData("error")]
    [InlineData("short")]
    [InlineData("gone")]
    [InlineData("refused")]
    public async Task What_did_not_come_whole_is_not_assessed(string what)
    {
        if (what == "error") manifest["error"]!.AsArray().Add(new JsonObject { ["type"] = "OperationOutcome", ["url"] = $"{world.Ehr.FhirBase}/files/9" });
        if (what == "short") manifest["output"]![0]!["count"] = 3;
        if (what == "gone") manifest["output"]![0]!["url"] = $"{world.Ehr.FhirBase}/files/none";
        if (what == "refused")
        {
            var usual = world.Ehr.Instead;
            world.Ehr.Instead = r => r.Path == "/fhir/Group/all/$export" ? (403, "text/plain", "") : usual(r);
        }
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => ExportAsync());
        Assert.Contains(what switch { "error" => "timeout", "short" => "announced 3 resources", "gone" => "HTTP 404", _ => "HTTP 403" }, fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Files, "complete")));
    }

    private string Files => Path.Combine(folder.FullName, "export");

    private async Task<List<string>> ExportAsync(Action<string>? say = null, CancellationToken cancel = default)
    {
        var said = new List<string>();
        using var export = new BulkExport(world.Host.Get<EhrHttp>(), world.Host.Get<BackendTokens>(), TimeProvider.System);
        await export.RunAsync(world.Host.Get<EhrRegistry>().ById("north")!, "all", Files, say ?? said.Add, cancel);
        return said;
    }
}
