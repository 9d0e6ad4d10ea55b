using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace BiopsyFhir.Benchmarks.Hospital;

/// <summary>
/// The floor: a process that sends the very requests that the service sent, reads the answers and throws them away. What the service
/// sent side by side goes side by side, what waited for an answer waits.
/// </summary>
internal sealed class BareClient : IDisposable
{
    /// <summary>Hidden argument of the program: be that process.</summary>
    public const string Name = "bare-client";

    private readonly Process _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" ? [typeof(BareClient).Assembly.Location, Name] : [Name])
    { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    /// <summary>One thing to send.</summary>
    internal sealed record Send(string Method, string Url, Dictionary<string, string> Headers, byte[] Body);

    /// <summary>What it cost, in milliseconds and bytes.</summary>
    internal sealed record Cost(double Elapsed, double Processor, double Bytes);

    /// <summary>Requests by the round trip they belong to: each belongs behind all that had ended when it began.</summary>
    public static List<List<Send>> Waves(string ehr, IReadOnlyList<Asked> asked)
    {
        var waves = new List<List<Send>>();
        var placed = new List<(Asked Asked, int Wave)>();
        foreach (var one in asked.OrderBy(a => a.Began))
        {
            var wave = placed.Where(p => p.Asked.Ended <= one.Began).Select(p => p.Wave + 1).DefaultIfEmpty(0).Max();
            placed.Add((one, wave));
            while (waves.Count <= wave) waves.Add([]);
            // A code is good for one token: in its place goes a small document of the same server.
            waves[wave].Add(one.IsToken
                ? new("GET", ehr + "/sandbox/fhir/.well-known/smart-configuration", [], [])
                : new(one.Method, ehr + one.PathAndQuery, new(one.Headers), one.Body));
        }
        return waves;
    }

    /// <summary>Sends all waves, one behind the other.</summary>
    public Cost Run(List<List<Send>> waves)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(waves));
        return JsonSerializer.Deserialize<Cost>(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The bare client has ended."))!;
    }

    public static async Task<int> ServeAsync()
    {
        using var client = new HttpClient();
        while (await Console.In.ReadLineAsync() is { Length: > 0 } line)
        {
            var waves = JsonSerializer.Deserialize<List<List<Send>>>(line)!;
            var (began, processor, allocated) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));
            foreach (var wave in waves) await Task.WhenAll(wave.Select(one => SendAsync(client, one)));
            Console.WriteLine(JsonSerializer.Serialize(new Cost(Stopwatch.GetElapsedTime(began).TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds, GC.GetTotalAllocatedBytes(precise: true) - allocated)));
        }
        return 0;
    }

    private static async Task SendAsync(HttpClient client, Send one)
    {
        using var request = new HttpRequestMessage(new(one.Method), one.Url);
        if (one.Body.Length > 0) request.Content = new ByteArrayContent(one.Body);
        foreach (var (name, value) in one.Headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content?.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{one.Method} {one.Url}: {(int)answer.StatusCode}"));
        await answer.Content.CopyToAsync(Stream.Null);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10))) _process.Kill();
        _process.Dispose();
    }
}
