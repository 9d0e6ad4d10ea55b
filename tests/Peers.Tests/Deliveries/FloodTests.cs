using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using BiopsyFhir.Testing;
using Xunit.Abstractions;
using static BiopsyFhir.Peers.Tests.Service.Charted;

namespace BiopsyFhir.Peers.Tests.Deliveries;

/// <summary>
/// A flood of notifications at a service that runs as a process, seen from outside: its working set, its answers, and what reached the
/// chart. <c>tests/flood</c> asks for it; what the everyday run has of it is in Api.Tests, FloodTests.
/// </summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    private double _warm;

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FloodFactAttribute : FactWhenAttribute
    {
        public FloodFactAttribute()
            : base(Needs.Peers) => Skip ??= Count > 0 ? null! : "long: tests/flood";
    }

    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("BIOPSYFHIR_FLOOD"), CultureInfo.InvariantCulture, out var count) ? count : 0;

    [FloodFact]
    public async Task A_flood_leaves_memory_flat_and_brings_each_leaflet_once()
    {
        const int Before = 200, During = 50;
        await using var cluster = await Cluster.Open(printing: false, postgres: false);
        await cluster.Order(0, Before);
        await cluster.Start(1);
        await Written(cluster, Before);
        var told = new List<string>();
        await Measure("after the first leaflets");
        await Flood(cluster, 0, Count);
        await Measure($"after {Count} notifications to warm up");
        // The same flood again, and orders that come in its midst.
        var flood = Flood(cluster, Count, Count);
        await cluster.Order(Before, During);
        var (forged, seconds) = await flood;
        await Measure($"after {Count} more");
        await Flood(cluster, 2 * Count, Count);
        var last = await Measure($"after {Count} more");
        await Written(cluster, Before + During);
        await Task.Delay(TimeSpan.FromSeconds(10));

        var documents = await cluster.R4.Stored("DocumentReference");
        Assert.Equal(Before + During, documents.Count);
        Assert.Equal(Before + During, documents.Select(d => d.GetProperty("subject").GetProperty("reference").GetString()).Distinct().Count());
        Assert.Equal(documents.Count, documents.SelectMany(Keys).Where(k => !k.Contains("-series|", StringComparison.Ordinal)).Distinct().Count());
        told.Add($"{Count} notifications in {seconds:0.0} s ({Count / seconds:0}/s), {forged} forged and refused");
        told.ForEach(output.WriteLine);
        told.ForEach(Console.WriteLine);
        Directory.CreateDirectory(Repository.Path("artifacts"));
        await File.WriteAllLinesAsync(Repository.Path("artifacts/flood.txt"), told);
        // Kept notifications would show: the second and third flood bring what the first brought, again.
        Assert.InRange(last.Resident - _warm, double.MinValue, 25);

        async Task<(double Resident, double Peak)> Measure(string when)
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            var memory = cluster.Nodes[0].Memory();
            if (when.Contains("warm", StringComparison.Ordinal)) _warm = memory.Resident;
            told.Add(string.Create(CultureInfo.InvariantCulture, $"working set {when}: {memory.Resident:0} MB"));
            return memory;
        }
    }

    private static async Task Written(Cluster cluster, int count)
    {
        for (var watch = Stopwatch.StartNew(); await cluster.R4.Count("DocumentReference") < count; await Task.Delay(500))
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(5), $"{await cluster.R4.Count("DocumentReference")} of {count}. {cluster.Nodes[0].Log}");
    }

    /// <summary>One in ten with a forged secret, which is refused; the others doubled and out of order.</summary>
    private static async Task<(int Forged, double Seconds)> Flood(Cluster cluster, int from, int count)
    {
        using var http = new HttpClient();
        var (forged, watch) = (0, Stopwatch.StartNew());
        await Parallel.ForEachAsync(Enumerable.Range(from, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var isForged = i % 10 == 3;
            using var request = new HttpRequestMessage(i % 2 == 0 ? HttpMethod.Post : HttpMethod.Put, $"{cluster.Nodes[0].Url}/subscriptions/general{(i % 2 == 0 ? "" : $"/ServiceRequest/o{(count - i) % 200}")}")
            {
                Content = new StringContent("{\"resourceType\":\"ServiceRequest\"}" + new string(' ', 2000), Encoding.UTF8, "application/fhir+json"),
                Headers = { { "X-Subscription-Secret", isForged ? "a forged secret" : Cluster.Secret } },
            };
            using var answer = await http.SendAsync(request, CancellationToken.None);
            Assert.Equal(isForged ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, answer.StatusCode);
            if (isForged) Interlocked.Increment(ref forged);
        });
        return (forged, watch.Elapsed.TotalSeconds);
    }
}
