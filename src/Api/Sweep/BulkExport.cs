using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Sweep;

/// <summary>
/// A FHIR Bulk Data export through Backend Services: asked for, waited for, downloaded (hl7.org/fhir/uv/bulkdata). What is there already is
/// not asked for again: an export of hours outlives a stop of ours. A token goes to the FHIR server and nowhere else.
/// </summary>
public sealed class BulkExport(EhrHttp http, BackendTokens tokens, TimeProvider clock) : IDisposable
{
    private static readonly string[] s_types =
    [
        "Patient", "ServiceRequest", "Appointment", "MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Medication",
        "Observation", "DiagnosticReport", "Condition", "AllergyIntolerance", "Procedure", "Device",
    ];

    private static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(5), s_longestWait = TimeSpan.FromMinutes(5);
    private HttpClient? _client;

    public void Dispose() => _client?.Dispose();

    /// <param name="group">A Group of the EHR; null for every patient.</param>
    /// <param name="folder">Takes the files; one type in each.</param>
    /// <param name="say">Told where it is.</param>
    /// <exception cref="InvalidDataException">The EHR refuses, reports errors, or sends less than it announced.</exception>
    public async Task RunAsync(EhrOptions ehr, string? group, string folder, Action<string> say, CancellationToken cancel)
    {
        var server = http.Server(ehr);
        _client ??= new(EhrHttp.Handler(server)) { Timeout = Timeout.InfiniteTimeSpan };
        var (done, asked) = (Path.Combine(folder, "complete"), Path.Combine(folder, "status-url"));
        if (File.Exists(done)) return;
        SweepFolder.CreateFolder(folder);
        if (!File.Exists(asked)) await File.WriteAllTextAsync(asked, await KickOffAsync(ehr, server, group, cancel), cancel);
        var status = new Uri(await File.ReadAllTextAsync(asked, cancel));
        using var manifest = await WaitAsync(ehr, server, status, asked, say, cancel);
        await RefuseErrorsAsync(ehr, server, manifest.RootElement, cancel);
        var files = manifest.RootElement.GetProperty("output").EnumerateArray().ToList();
        foreach (var (number, file) in files.Index())
        {
            say($"downloading {number + 1} of {files.Count}: {file.GetProperty("type").GetString()}");
            await DownloadAsync(ehr, server, manifest.RootElement, file, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:00000}.ndjson")), cancel);
        }
        await File.WriteAllTextAsync(done, "", cancel);
        using var deleted = await SendAsync(ehr, server, HttpMethod.Delete, status, cancel); // lets the EHR free its files; it may say no
    }

    private async Task<string> KickOffAsync(EhrOptions ehr, FhirServer server, string? group, CancellationToken cancel)
    {
        var scope = group is null ? "Patient/" : $"Group/{Uri.EscapeDataString(group)}/";
        var address = new Uri($"{server.BaseUrl.TrimEnd('/')}/{scope}$export?_type={string.Join(',', s_types)}");
        using var answer = await SendAsync(ehr, server, HttpMethod.Get, address, cancel, m =>
        {
            m.Headers.Accept.ParseAdd("application/fhir+json");
            m.Headers.Add("Prefer", "respond-async, handling=lenient"); // a type that it does not export is no reason to export nothing
        });
        if ((int)answer.StatusCode != 202) throw new InvalidDataException($"{ehr.Id} did not begin the export: HTTP {(int)answer.StatusCode}.");
        return answer.Content.Headers.ContentLocation is { } where ? new Uri(address, where).AbsoluteUri : throw new InvalidDataException($"{ehr.Id} began an export and does not say where (Content-Location).");
    }

    private async Task<JsonDocument> WaitAsync(EhrOptions ehr, FhirServer server, Uri status, string asked, Action<string> say, CancellationToken cancel)
    {
        var wait = s_firstWait;
        while (true)
        {
            using var answer = await SendAsync(ehr, server, HttpMethod.Get, status, cancel, m => m.Headers.Accept.ParseAdd("application/json"));
            switch ((int)answer.StatusCode)
            {
                case 200:
                    return await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), cancellationToken: cancel);
                case 202 or 429 or 503:
                    var progress = answer.Headers.TryGetValues("X-Progress", out var said) ? Words(said.First()) : "under way";
                    say($"export: {progress}");
                    var pause = answer.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - clock.GetUtcNow() ?? wait : wait;
                    await Task.Delay(pause < TimeSpan.FromMilliseconds(50) ? TimeSpan.FromMilliseconds(50) : pause > s_longestWait ? s_longestWait : pause, clock, cancel);
                    wait = wait * 2 > s_longestWait ? s_longestWait : wait * 2;
                    break;
                default:
                    File.Delete(asked); // the next start asks for a new one
                    throw new InvalidDataException($"{ehr.Id} gave the export up: HTTP {(int)answer.StatusCode}.");
            }
        }
    }

    /// <summary>An error file means that something is missing, and nobody can tell whose.</summary>
    private async Task RefuseErrorsAsync(EhrOptions ehr, FhirServer server, JsonElement manifest, CancellationToken cancel)
    {
        if (!manifest.TryGetProperty("error", out var errors) || errors.ValueKind != JsonValueKind.Array) return;
        foreach (var file in errors.EnumerateArray())
        {
            var lines = Path.GetTempFileName();
            try
            {
                await DownloadAsync(ehr, server, manifest, file, lines, cancel);
                foreach (var line in File.ReadLines(lines).Where(l => l.Length > 0))
                {
                    using var outcome = FhirDocument.Of(line);
                    if (outcome.RootElement.Items("issue").FirstOrDefault(i => i.CodeText("severity") is "error" or "fatal") is { ValueKind: JsonValueKind.Object } issue)
                        throw new InvalidDataException($"{ehr.Id} could not export everything ({issue.CodeText("code") ?? "no reason given"}); nothing is assessed, for nobody can tell whose records are missing.");
                }
            }
            finally
            {
                File.Delete(lines);
            }
        }
    }

    private async Task DownloadAsync(EhrOptions ehr, FhirServer server, JsonElement manifest, JsonElement file, string target, CancellationToken cancel)
    {
        if (target.EndsWith(".ndjson", StringComparison.Ordinal) && File.Exists(target)) return;
        var address = new Uri(file.GetProperty("url").GetString()!);
        var withToken = !manifest.TryGetProperty("requiresAccessToken", out var needed) || needed.ValueKind != JsonValueKind.False;
        using var answer = await SendAsync(ehr, server, HttpMethod.Get, address, cancel, m => m.Headers.Accept.ParseAdd("application/fhir+ndjson"), withToken);
        if (!answer.IsSuccessStatusCode) throw new InvalidDataException($"{ehr.Id} does not hand out a file of its export: HTTP {(int)answer.StatusCode}.");
        await using (var to = new FileStream(target + ".part", FileMode.Create))
            await (await answer.Content.ReadAsStreamAsync(cancel)).CopyToAsync(to, cancel);
        if (file.TryGetProperty("count", out var count) && count.TryGetInt64(out var announced) && Lines(target + ".part") is var here && here != announced)
            throw new InvalidDataException($"{ehr.Id} announced {announced} resources in a file of its export and sent {here}.");
        File.Move(target + ".part", target, overwrite: true);
    }

    /// <summary>The EHR's own words for a person to read: one line, not long.</summary>
    private static string Words(string said) => string.Concat(said.Where(c => !char.IsControl(c)).Take(80));

    private static long Lines(string file) => File.ReadLines(file).LongCount(l => l.Length > 0);

    private async Task<HttpResponseMessage> SendAsync(EhrOptions ehr, FhirServer server, HttpMethod method, Uri address, CancellationToken cancel, Action<HttpRequestMessage>? with = null, bool withToken = true)
    {
        if (!EhrHttp.MayAsk(ehr, address)) throw new InvalidDataException($"{ehr.Id} names an address for its export that is not one of its own; it was not asked.");
        using var message = new HttpRequestMessage(method, address);
        with?.Invoke(message);
        if (withToken && server.Addresses.Covers(address))
        {
            var token = await tokens.For(ehr, ScopesToAsk.ForBackend(ehr, ChartQuirks.Of(ehr))).GetAsync(cancel) ?? throw new InvalidDataException($"{ehr.Id} gave no token for the export.");
            message.Headers.Authorization = new("Bearer", token.Reveal());
        }
        try
        {
            return await _client!.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new InvalidDataException($"{ehr.Id} cannot be reached for its export: {e.HttpRequestError}.", e);
        }
    }
}
