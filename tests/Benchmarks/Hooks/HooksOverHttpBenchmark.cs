using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hooks;

/// <summary>
/// The same call over HTTP to a process of its own, whose CPU time and allocations are read. Asked for: at most seven times the CPU of an
/// endpoint that drains the body, at most 150 KB allocated beyond what draining allocates, the first call after start under 500 ms.
/// </summary>
internal static class HooksOverHttpBenchmark
{
    public static readonly Benchmark Benchmark = new("hooks-http", Run);

    /// <summary>Hidden argument of the program: be the service.</summary>
    public const string Serve = "serve-hooks";

    private const int WarmUp = 2500, Calls = 400, Rounds = 9;

    public static async Task<int> ServeAsync()
    {
        await using var app = await HookService.StartAsync(listening: true);
        Console.WriteLine(app.Urls.First());
        await Console.In.ReadLineAsync();
        return 0;
    }

    private static IEnumerable<string> Run()
    {
        using var service = Start();
        var started = Stopwatch.GetTimestamp();
        using var client = new HttpClient { BaseAddress = new(service.StandardOutput.ReadLine()!) };
        var listening = Stopwatch.GetElapsedTime(started);
        var bytes = OrderSignCall.Of(ChartSize.Usual).ToArray();
        var began = Stopwatch.GetTimestamp();
        Post(client, HookService.OrderSign, bytes);
        var first = Stopwatch.GetElapsedTime(began);
        for (var call = 0; call < WarmUp; call++)
        {
            Post(client, HookService.OrderSign, bytes);
            Post(client, "/drain", bytes);
        }
        var (hook, drain) = (new List<Cost>(), new List<Cost>());
        for (var round = 0; round < Rounds; round++)
        {
            hook.Add(Of(service, client, HookService.OrderSign, bytes));
            drain.Add(Of(service, client, "/drain", bytes));
        }
        var ratio = Median(hook.Zip(drain, (h, d) => h.Milliseconds / d.Milliseconds));
        var beyond = Median(hook.Zip(drain, (h, d) => (h.Bytes - d.Bytes) / 1024));
        yield return string.Create(CultureInfo.InvariantCulture, $"{bytes.Length / 1024} KB body; {Rounds} rounds of {Calls} calls. From process start to listening {listening.TotalMilliseconds:0} ms; the first call took {first.TotalMilliseconds:0} ms.");
        yield return "";
        yield return "| endpoint | CPU ms per call (median) | CPU ms (minimum) | allocated KB per call |";
        yield return "|---|---:|---:|---:|";
        yield return Row("order-sign", hook);
        yield return Row("drain", drain);
        yield return "";
        yield return $"Phases as the service times them (median of {Rounds * 10} calls, elapsed, not CPU): {Phases(Enumerable.Range(0, Rounds * 10).Select(_ => Post(client, HookService.OrderSign, bytes)).ToList())}.";
        yield return string.Create(CultureInfo.InvariantCulture, $"CPU ÷ draining: {ratio:0.00}. Allocated beyond draining: {beyond:0.0} KB.");
        service.StandardInput.WriteLine();
        service.WaitForExit();
    }

    private sealed record Cost(double Milliseconds, double Bytes);

    private static string Row(string name, List<Cost> costs) => string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {Median(costs.Select(c => c.Milliseconds)):0.00} | {costs.Min(c => c.Milliseconds):0.00} | {Median(costs.Select(c => c.Bytes / 1024)):0.0} |");

    private static Cost Of(Process service, HttpClient client, string path, byte[] bytes)
    {
        var allocated = Allocated(client);
        service.Refresh();
        var cpu = service.TotalProcessorTime;
        for (var call = 0; call < Calls; call++) Post(client, path, bytes);
        service.Refresh();
        var spent = service.TotalProcessorTime - cpu;
        return new(spent.TotalMilliseconds / Calls, (Allocated(client) - allocated) / (double)Calls);
    }

    private static long Allocated(HttpClient client) => long.Parse(client.GetStringAsync("/allocated").GetAwaiter().GetResult(), CultureInfo.InvariantCulture);

    internal static string Post(HttpClient client, string path, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = client.PostAsync(path, content).GetAwaiter().GetResult();
        answer.EnsureSuccessStatusCode();
        answer.Content.CopyTo(Stream.Null, null, default);
        return answer.Headers.TryGetValues("Server-Timing", out var timing) ? timing.Single() : "";
    }

    /// <summary>Median of each phase that the service said in Server-Timing.</summary>
    private static string Phases(IEnumerable<string> timings) => string.Join(", ", timings.SelectMany(t => t.Split(", ")).Select(t => t.Split(";dur="))
        .GroupBy(t => t[0]).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {Median(g.Select(t => double.Parse(t[1], CultureInfo.InvariantCulture))):0.00} ms")));

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var ordered ? ordered[ordered.Count / 2] : 0;

    internal static Process Start() => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" ? [typeof(HooksOverHttpBenchmark).Assembly.Location, Serve] : [Serve]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
}
