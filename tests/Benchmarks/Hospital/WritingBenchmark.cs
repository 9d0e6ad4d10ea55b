using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hospital;

/// <summary>
/// One signature: everything it writes to the EHR (plan, handout, messages, Provenance, AuditEvents), exactly once and with our own record
/// before and after each step, beside the same resources created by a bare client, one behind the other. Each signature is for
/// another patient, for the same decisions again would be found and not written.
/// </summary>
internal static partial class WritingBenchmark
{
    public static readonly Benchmark Benchmark = new("writing", () => RunAsync().GetAwaiter().GetResult());

    private const int WarmUp = 120, Rounds = 15, Signatures = 4;

    private sealed record Cost(double Elapsed, double Processor, double Bytes);

    private static async Task<List<string>> RunAsync()
    {
        await using var hospital = await DemoHospital.OpenAsync(("Facility:ProcedureUnitPhone", "555-0100"), ("Facility:AfterHoursPhone", "555-0101")); // else no handout is given away
        using var bare = new BareClient();
        var (floor, ours, number) = (new List<Cost>(), new List<Cost>(), 0);
        IReadOnlyList<Asked> asked = [];
        for (var round = -WarmUp / Signatures; round < Rounds; round++)
        {
            var ready = new List<(Opened Session, string Page)>();
            for (var one = 0; one < Signatures; one++)
            {
                var session = await hospital.LaunchAsync(hospital.Admit(ChartSize.Usual.Times(0.1), number++));
                ready.Add((session, await hospital.PageAsync(session)));
            }
            var (processor, bytes, took) = (hospital.Service.Processor(), hospital.Service.Allocated(), TimeSpan.Zero);
            var all = new List<IReadOnlyList<Asked>>();
            foreach (var (session, page) in ready)
                all.Add(await hospital.RecordAsync(async () =>
                {
                    var began = Stopwatch.GetTimestamp();
                    var receipts = await hospital.SignAsync(session, page);
                    took += Stopwatch.GetElapsedTime(began);
                    if (receipts.Contains("\"failed\"", StringComparison.Ordinal) || !receipts.Contains("\"created\"", StringComparison.Ordinal)) throw new InvalidDataException(receipts);
                }));
            var cost = new Cost(took.TotalMilliseconds / Signatures, (hospital.Service.Processor() - processor) / Signatures, (hospital.Service.Allocated() - bytes) / Signatures);
            var floors = all.Select(one => bare.Run([.. one.Where(IsWrite).SelectMany(w => Creates(hospital.Ehr, w)).Select(create => new List<BareClient.Send> { create })])).ToList();
            if (round < 0) continue;
            asked = all[0];
            ours.Add(cost);
            floor.Add(new(floors.Average(f => f.Elapsed), floors.Average(f => f.Processor), floors.Average(f => f.Bytes)));
        }
        var (requests, writes) = (asked.Count(IsWrite), asked.Where(IsWrite).SelectMany(w => Creates(hospital.Ehr, w)).ToList());
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"One signature writes {writes.Count} resources ({string.Join(", ", writes.GroupBy(w => w.Url.Split('/')[^1]).Select(g => g.Count() > 1 ? $"{g.Count()} {g.Key}" : g.Key))}), {writes.Sum(w => w.Body.Length) / 1024} KB, in {requests} requests, and asks {asked.Count - requests} times what is there; no PDF, which [costs what it costs](#leaflets). Per signature, {Rounds} rounds of {Signatures}; ratios are medians of the ratios of single rounds."),
            "",
            "| | elapsed ms (median) | minimum | maximum | processor ms | allocated KB |",
            "|---|---:|---:|---:|---:|---:|",
            Row("the same resources, bare creates", floor),
            Row("a signature", ours),
            string.Create(CultureInfo.InvariantCulture, $"| ratio | {Ratio(ours, floor, c => c.Elapsed):0.00} | | | {Ratio(ours, floor, c => c.Processor):0.00} | {Ratio(ours, floor, c => c.Bytes):0.00} |"),
        ];
    }

    private static bool IsWrite(Asked asked) => asked.Method is "POST" or "PUT" && asked.Body.Length > 0 && asked.Body[0] is (byte)'{';

    /// <summary>A create for each resource, without conditions; those of a transaction one by one, the patient in the place of references between them.</summary>
    private static IEnumerable<BareClient.Send> Creates(string ehr, Asked write)
    {
        var text = Encoding.UTF8.GetString(write.Body);
        var body = JsonNode.Parse(Within().Replace(text, Patient().Match(text).Value))!.AsObject();
        var resources = (string?)body["resourceType"] == "Bundle" ? body["entry"]!.AsArray().Select(e => e!["resource"]!.AsObject()) : [body];
        return resources.Select(r => new BareClient.Send("POST", $"{ehr}/sandbox/fhir/{r["resourceType"]}", new(write.Headers), Encoding.UTF8.GetBytes(r.ToJsonString())));
    }

    private static string Row(string what, List<Cost> costs) => string.Create(CultureInfo.InvariantCulture,
        $"| {what} | {Median(costs.Select(c => c.Elapsed)):0.0} | {costs.Min(c => c.Elapsed):0.0} | {costs.Max(c => c.Elapsed):0.0} | {Median(costs.Select(c => c.Processor)):0.0} | {Median(costs.Select(c => c.Bytes / 1024)):0} |");

    private static double Ratio(List<Cost> ours, List<Cost> floor, Func<Cost, double> of) => Median(ours.Zip(floor, (o, f) => of(o) / of(f)));

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var ordered ? ordered[ordered.Count / 2] : 0;

    [GeneratedRegex("Patient/bench-[0-9]+")]
    private static partial Regex Patient();

    [GeneratedRegex("urn:uuid:[0-9a-f-]{36}")]
    private static partial Regex Within();
}
