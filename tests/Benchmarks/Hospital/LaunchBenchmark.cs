using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hospital;

/// <summary>
/// From the EHR's button to the review page, beside the same requests sent by a bare client: what the service adds to the EHR's own
/// round trips, when the EHR is near and when every request waits 50 ms. How many round trips there are is a test (RoundTripTests).
/// </summary>
internal static class LaunchBenchmark
{
    public static readonly Benchmark Benchmark = new("launch", () => RunAsync().GetAwaiter().GetResult());

    private const int WarmUp = 120, Rounds = 15, Launches = 6;

    private sealed record Cost(double Elapsed, double Processor, double Bytes);

    private static async Task<List<string>> RunAsync()
    {
        await using var hospital = await DemoHospital.OpenAsync();
        using var bare = new BareClient();
        var patient = hospital.Admit(ChartSize.Usual, 1);
        for (var launch = 0; launch < WarmUp; launch++) await ToPageAsync(hospital, patient);
        // From afar, so that what is sent side by side also overlaps.
        hospital.Distance = TimeSpan.FromMilliseconds(200);
        var waves = BareClient.Waves(hospital.Ehr, await hospital.RecordAsync(() => ToPageAsync(hospital, patient)));
        hospital.Distance = TimeSpan.Zero;
        for (var launch = 0; launch < WarmUp; launch++) bare.Run(waves);
        var table = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"A chart of {ChartSize.Usual.Medications} medication orders, {ChartSize.Usual.Results} results, {ChartSize.Usual.Conditions} problems; {waves.Sum(w => w.Count)} requests to the EHR in {waves.Count} round trips, its sign-in among them. Per launch, {Rounds} rounds of {Launches}; ratios are medians of the ratios of single rounds."),
            "",
            "| EHR | | elapsed ms (median) | minimum | maximum | processor ms | allocated KB |",
            "|---|---|---:|---:|---:|---:|---:|",
        };
        foreach (var away in new[] { 0, 50 })
        {
            hospital.Distance = TimeSpan.FromMilliseconds(away);
            var (floor, ours) = (new List<Cost>(), new List<Cost>());
            for (var round = 0; round < (away > 0 ? Rounds / 3 : Rounds); round++)
            {
                var floors = Enumerable.Range(0, Launches).Select(_ => bare.Run(waves)).ToList();
                floor.Add(new(floors.Average(f => f.Elapsed), floors.Average(f => f.Processor), floors.Average(f => f.Bytes)));
                var (processor, bytes, began) = (hospital.Service.Processor(), hospital.Service.Allocated(), Stopwatch.GetTimestamp());
                for (var launch = 0; launch < Launches; launch++) await ToPageAsync(hospital, patient);
                var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                ours.Add(new(elapsed / Launches, (hospital.Service.Processor() - processor) / Launches, (hospital.Service.Allocated() - bytes) / Launches));
            }
            var where = away == 0 ? "near" : $"{away} ms away";
            table.Add(Row(where, "the same requests, bare", floor));
            table.Add(Row(where, "launch to page", ours));
            table.Add(string.Create(CultureInfo.InvariantCulture, $"| {where} | ratio | {Ratio(ours, floor, c => c.Elapsed):0.00} | | | {Ratio(ours, floor, c => c.Processor):0.00} | {Ratio(ours, floor, c => c.Bytes):0.00} |"));
        }
        return table;
    }

    private static async Task ToPageAsync(DemoHospital hospital, string patient) => await hospital.PageAsync(await hospital.LaunchAsync(patient));

    private static string Row(string where, string what, List<Cost> costs) => string.Create(CultureInfo.InvariantCulture,
        $"| {where} | {what} | {Median(costs.Select(c => c.Elapsed)):0.0} | {costs.Min(c => c.Elapsed):0.0} | {costs.Max(c => c.Elapsed):0.0} | {Median(costs.Select(c => c.Processor)):0.0} | {Median(costs.Select(c => c.Bytes / 1024)):0} |");

    private static double Ratio(List<Cost> ours, List<Cost> floor, Func<Cost, double> of) => Median(ours.Zip(floor, (o, f) => of(o) / of(f)));

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var ordered ? ordered[ordered.Count / 2] : 0;
}
