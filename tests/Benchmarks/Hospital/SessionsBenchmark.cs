using System.Globalization;
using System.Net.Http.Headers;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hospital;

/// <summary>
/// What the service keeps in memory for sessions: launched and idle, and with a chart that was read for the page (kept ten minutes, for
/// 500 sessions at most). Then what one request allocates. Sizes are of the heap after everything else was collected.
/// </summary>
internal static class SessionsBenchmark
{
    public static readonly Benchmark Benchmark = new("sessions", () => RunAsync().GetAwaiter().GetResult());

    private const int Sessions = 2000, Charts = 500, WarmUp = 100, Calls = 300;

    private static async Task<List<string>> RunAsync()
    {
        await using var hospital = await DemoHospital.OpenAsync(("Sandbox:Enabled", "true")); // with it the assessment is open
        var service = hospital.Service;
        var patient = hospital.Admit(ChartSize.Usual, 1);
        var bytes = GenerateChart.Bundle(ChartSize.Usual).ToArray();
        for (var one = 0; one < WarmUp; one++) await hospital.LaunchAsync(patient);
        var before = service.Heap();
        var sessions = new List<Opened>();
        for (var one = 0; one < Sessions; one++) sessions.Add(await hospital.LaunchAsync(patient));
        var launched = service.Heap();
        var resident = service.Resident;
        for (var one = 0; one < 5; one++) await hospital.PageAsync(sessions[one]); // what pages need once
        var first = service.Heap();
        for (var one = 5; one < Charts; one++) await hospital.PageAsync(sessions[one]);
        var read = service.Heap();
        var table = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{Sessions} sessions launched, then the page of {Charts} of them opened (a chart of {bytes.Length / 1024} KB). Resident {resident:0} MB with the sessions, {service.Resident:0} MB with the charts."),
            "",
            "| heap after collecting | MB | KB each more |",
            "|---|---:|---:|",
            Heap("before", before, null),
            Heap($"{Sessions} idle sessions", launched, (launched - before) / Sessions),
            Heap($"{Charts} of them with a chart", read, (read - first) / (Charts - 5)),
            "",
            "| request | allocated KB | × the smallest | processor ms |",
            "|---|---:|---:|---:|",
        };
        using var client = new HttpClient { BaseAddress = service.Address };
        var smallest = 0.0;
        foreach (var (name, ask) in new (string, Func<Task>)[]
        {
            ("is it alive (`/health/live`)", () => client.GetStringAsync("/health/live")),
            ("what hooks there are (`/cds-services`)", () => client.GetStringAsync("/cds-services")),
            ("the page again, its chart kept", () => hospital.PageAsync(sessions[Charts - 1])),
            ("a posted chart assessed", async () =>
            {
                using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
                using var answer = await client.PostAsync("/api/v1/assessments?procedureAt=2026-03-18&asOf=2026-03-11", content);
                await answer.EnsureSuccessStatusCode().Content.CopyToAsync(Stream.Null);
            }),
        })
        {
            for (var call = 0; call < WarmUp; call++) await ask();
            var (allocated, processor) = (service.Allocated(), service.Processor());
            for (var call = 0; call < Calls; call++) await ask();
            var (each, spent) = ((service.Allocated() - allocated) / Calls / 1024, (service.Processor() - processor) / Calls);
            if (smallest == 0) smallest = each;
            table.Add(string.Create(CultureInfo.InvariantCulture, $"| {name} | {each:0.0} | {each / smallest:0.0} | {spent:0.00} |"));
        }
        return table;
    }

    private static string Heap(string what, double bytes, double? each) => string.Create(CultureInfo.InvariantCulture, $"| {what} | {bytes / 1048576:0.0} | {(each is { } e ? (e / 1024).ToString("0.0", CultureInfo.InvariantCulture) : "")} |");
}
