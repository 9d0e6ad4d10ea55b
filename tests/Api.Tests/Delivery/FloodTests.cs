using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text;
using BiopsyFhir.Api.Delivery;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>Memory and what is counted belong to the whole process: nothing else may run in it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>Notifications by the thousand.</summary>
[Collection(Alone.Name)]
public sealed class FloodTests
{
    /// <summary>Doubled, out of order, one in ten forged. tests/flood sends ten thousand here, and as many to a process of its own.</summary>
    [Fact]
    public async Task A_flood_is_a_few_looks_one_leaflet_an_order_and_memory_stays_flat()
    {
        const int Orders = 7, Warm = 500;
        var count = int.TryParse(Environment.GetEnvironmentVariable("BIOPSYFHIR_FLOOD"), CultureInfo.InvariantCulture, out var asked) ? asked : 1_000;
        await using var world = await DeliveryWorld.DaytimeAsync([("Education:Automatic", "true"), ("Education:PollMinutes", "0")]);
        using var counted = new Counts();
        using var client = world.Host.Client();
        await FloodAsync(0, Warm);
        for (var i = 0; i < Orders; i++) world.Order($"{i}", "2026-03-18", patient: $"pat-{i}");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (looks, watch) = (world.Ehr.To("/fhir/ServiceRequest").Count, Stopwatch.StartNew());
        await FloodAsync(Warm, count);
        var seconds = watch.Elapsed.TotalSeconds;
        for (var i = 0; i < 100 && (await world.StatesAsync()).Count < Orders; i++) await Task.Delay(100);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"{count} notifications in {seconds:0.0} s: managed heap {before / 1e6:0.0} MB before, {after / 1e6:0.0} MB after");

        Assert.Equal(Enumerable.Range(0, Orders).Select(i => $"ServiceRequest/{i} leaflet"), (await world.RowsAsync()).Select(r => $"{r.OrderRef} {r.Kind}").Order());
        Assert.InRange(world.Ehr.To("/fhir/ServiceRequest").Count - looks, 1, 2 * ((int)((watch.Elapsed.TotalSeconds + 2) / LookSoon.AtMostEvery.TotalSeconds) + 1)); // at most two searches a look
        Assert.Equal((Warm + count) / 10, counted.Refused);
        Assert.Equal(Warm + count - ((Warm + count) / 10), counted.Taken);
        // Each kept notification would be a kilobyte and more.
        Assert.InRange(after - before, long.MinValue, 3_000_000);

        Task FloodAsync(int from, int many) => Parallel.ForEachAsync(Enumerable.Range(from, many), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var forged = i % 10 == 3;
            // The number of the order runs backwards and comes again and again.
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/subscriptions/general/ServiceRequest/{(count - i) % Orders}") { Content = new StringContent("{\"resourceType\":\"ServiceRequest\"}" + new string(' ', 1000), Encoding.UTF8, "application/fhir+json") };
            request.Headers.Authorization = new("Bearer", forged ? "forged-secret-00000" : DeliveryWorld.Secret);
            using var answer = await client.SendAsync(request, CancellationToken.None);
            Assert.Equal(forged ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, answer.StatusCode);
        });
    }

    /// <summary>What the service counts of notifications.</summary>
    private sealed class Counts : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _taken;
        private long _refused;

        public Counts()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "biopsyfhir.notifications") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, n, tags, _) =>
            {
                foreach (var tag in tags)
                    if (tag.Key == "biopsyfhir.state") _ = Equals(tag.Value, "taken") ? Interlocked.Add(ref _taken, n) : Interlocked.Add(ref _refused, n);
            });
            _listener.Start();
        }

        public long Taken => Interlocked.Read(ref _taken);

        public long Refused => Interlocked.Read(ref _refused);

        public void Dispose() => _listener.Dispose();
    }
}
