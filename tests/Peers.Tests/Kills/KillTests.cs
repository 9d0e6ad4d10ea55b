using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Peers.Tests.Service;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using Xunit.Abstractions;
using static BiopsyFhir.Peers.Tests.Service.Charted;

namespace BiopsyFhir.Peers.Tests.Kills;

/// <summary>
/// The service is killed (SIGKILL) while it writes a signed plan, at each step in turn: before a request reaches the EHR, after the EHR
/// acted and before it answers, a moment after an answer, a moment after the signature. Then it is started again, and looked at from
/// outside: what was signed is in the chart, once, and the receipts say what is there. <c>BIOPSYFHIR_KILLS</c> is how often
/// (<c>tests/kill --count N</c>); each kill is a line of artifacts/kill.tsv.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly string[] Moments = ["before", "after", "answered"];

    /// <summary>Skipped, visibly, unless asked for: each kill waits out a lease of 30 s.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class PostgresKillsFactAttribute : FactWhenAttribute
    {
        public PostgresKillsFactAttribute()
            : base(Needs.Peers | Needs.Postgres) => Skip ??= Count("BIOPSYFHIR_KILLS_POSTGRES", 0) > 0 ? null! : "slow: tests/kill --postgres M";
    }

    [PeersFact]
    public Task Killed_at_any_step_nothing_is_lost_and_nothing_is_there_twice() => Run(null, Count("BIOPSYFHIR_KILLS", 2));

    /// <summary>
    /// SIGTERM while the EHR has a write and has not answered it. At one EHR it answers while the service still waits: then the write is
    /// finished. At another the connection breaks. Either is in the chart once, and what was not finished is taken up by the next start.
    /// </summary>
    [PeersFact]
    public async Task Told_to_stop_with_a_write_in_flight_it_finishes_it_or_takes_it_up_and_nothing_is_there_twice()
    {
        await using var ward = await Ward.Open(null);
        var steps = await StepsAt(ward);
        List<Point> points = [.. Ward.Ehrs.Select((ehr, i) => new Point(ehr, $"s-{ehr}", Math.Min(3, steps[ehr]), i == 0 ? "before" : "after"))];
        foreach (var (point, told) in points.Zip(await KillOnce(ward, points, seed: 0, async answers =>
        {
            var stopped = ward.Service.Stop();
            // Until it is known to have been told: it says so, or lets nobody in any more.
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (await IsReady(http, ward.Service.Url, limit.Token)) await Task.Delay(50, limit.Token);
            Assert.False(stopped.IsCompleted, "It went while its writes were not answered.");
            answers.SetResult();
            Assert.Equal(0, await stopped.WaitAsync(TimeSpan.FromSeconds(120)));
        })))
            output.WriteLine($"stopped {point} {told}");
    }

    private static async Task<bool> IsReady(HttpClient http, string url, CancellationToken limit)
    {
        try
        {
            using var answer = await http.GetAsync($"{url}/health/ready", limit);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [PostgresKillsFact]
    public async Task On_PostgreSQL_too()
    {
        var server = new PostgresServer();
        await server.InitializeAsync();
        try
        {
            await Run(server.ConnectionString, Count("BIOPSYFHIR_KILLS_POSTGRES", 0));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static int Count(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var count) ? count : otherwise;

    private async Task Run(string? postgres, int kills)
    {
        Assert.InRange(kills, 1, 100_000);
        var artifacts = Directory.CreateDirectory(Repository.Path("artifacts")).FullName;
        await using var file = new StreamWriter(Path.Combine(artifacts, postgres is null ? "kill.tsv" : "kill-postgres.tsv")) { AutoFlush = true };
        await file.WriteLineAsync("kill\tEHR\tmoment\trequest\tof\tgoes on\tseconds\treceipts");
        await using var ward = await Ward.Open(postgres);
        var steps = await StepsAt(ward);
        // Of each EHR every step at every moment comes once before any comes twice; a short run takes steps far apart.
        var moments = Ward.Ehrs.ToDictionary(ehr => ehr, ehr => Enumerable.Range(0, steps[ehr] + 1).SelectMany(n => Moments.Select(moment => (N: n, Moment: n == 0 ? "signed" : moment)).Distinct()).ToList());
        for (var kill = 0; kill < kills; kill++)
        {
            var points = Ward.Ehrs.Select((ehr, i) =>
            {
                var all = moments[ehr];
                var stride = Enumerable.Range(7, all.Count).First(s => Gcd(s, all.Count) == 1);
                var (n, moment) = all[((kill * stride) + (i * 5) + 4) % all.Count];
                return new Point(ehr, $"k{kill}-{ehr}", n, moment);
            }).ToList();
            foreach (var (point, told) in points.Zip(await KillOnce(ward, points, seed: kill)))
            {
                await file.WriteLineAsync($"{kill + 1}\t{point.Ehr}\t{point.Moment}\t{point.N}\t{steps[point.Ehr]}\t{told}");
                output.WriteLine($"{kill + 1} {point.Ehr} {point.Moment} {point.N}/{steps[point.Ehr]} {told}");
            }
        }
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    /// <summary>Where one confirmation stands when the service is killed.</summary>
    /// <param name="N">The request of its write, from 1; 0 for none yet.</param>
    private sealed record Point(string Ehr, string Patient, int N, string Moment)
    {
        public override string ToString() => $"{Ehr}, {Moment} {N}";
    }

    /// <summary>How many requests a write makes at each EHR, undisturbed.</summary>
    private static async Task<Dictionary<string, int>> StepsAt(Ward ward)
    {
        await ward.Clear();
        return (await Task.WhenAll(Ward.Ehrs.Select(async ehr =>
        {
            using var browser = new Browser();
            var review = await ReviewPage.Launch(browser, await ward.Admit($"steps-{ehr}", ehr));
            var before = ward.Proxy(ehr).Requests.Count;
            var (_, receipts) = await review.Sign();
            Assert.Contains("Written to the chart", receipts.Text, StringComparison.Ordinal);
            return (ehr, ward.Proxy(ehr).Requests.Skip(before).Count(recorded => !recorded.Request.IsDiscovery));
        }))).ToDictionary();
    }

    /// <param name="end">Ends the service; given what lets the held requests go on. Null: it is killed.</param>
    private static async Task<List<string>> KillOnce(Ward ward, List<Point> points, int seed, Func<TaskCompletionSource, Task>? end = null)
    {
        await ward.Clear();
        var browsers = points.ConvertAll(_ => new Browser());
        var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reviews = await Task.WhenAll(points.Zip(browsers, async (point, browser) => await ReviewPage.Launch(browser, await ward.Admit(point.Patient, point.Ehr))));
        Assert.All(reviews, review => Assert.Contains("R-HOLD:apixaban", review.Findings));
        var plans = await Task.WhenAll(reviews.Select(review => review.ShowPlan()));
        var signings = points.Select((point, i) => (Reached: Arm(ward.Proxy(point.Ehr), point, dead.Task), Told: Signed(reviews[i], plans[i]))).ToList();
        await Task.WhenAll(signings.Select(signing => signing.Reached)).WaitAsync(TimeSpan.FromSeconds(60));
        if (points.Exists(point => point.Moment is "answered" or "signed")) await Task.Delay(seed * 7 % 40);
        if (end is not null) await end(dead);
        else
        {
            await ward.Service.Kill();
            dead.SetResult();
        }
        foreach (var point in points) ward.Proxy(point.Ehr).Reset();
        var told = await Task.WhenAll(signings.Select(signing => signing.Told));

        var watch = Stopwatch.StartNew();
        await ward.Service.StartAgain();
        var results = await Task.WhenAll(points.Select((point, i) => Aftermath(ward, point, browsers[i], reviews[i], told[i], watch)));
        var chart = await ward.Written();
        Assert.Equal(chart.Count, points.Sum(point => Of(point.Patient, chart).Count));
        browsers.ForEach(browser => browser.Dispose());
        return [.. results];
    }

    /// <summary>Holds the n-th request from now until the process is dead.</summary>
    /// <returns>Ends when that request has come to its moment.</returns>
    private static Task Arm(FaultProxy proxy, Point point, Task dead)
    {
        if (point.N == 0) return Task.CompletedTask;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = point.N;
        proxy.Add(new Rule("killed here", request => !request.IsDiscovery && Interlocked.Decrement(ref left) == 0, async (request, next) =>
        {
            if (point.Moment == "before")
            {
                reached.SetResult();
                await dead;
                return ProxyResponse.Of(500, "") with { BreakAfter = 0 };
            }
            var answer = await next(request);
            reached.SetResult();
            if (point.Moment == "after") await dead;
            return answer;
        }));
        return reached.Task;
    }

    private static async Task<string> Aftermath(Ward ward, Point point, Browser browser, ReviewPage review, bool told, Stopwatch watch)
    {
        var page = await review.Receipts();
        Assert.False(page.Text.Contains("problem:defect", StringComparison.Ordinal), $"{point}: {page.Text} {ward.Service.Log}");
        var resumed = page.Url.EndsWith("/receipts", StringComparison.Ordinal);
        // She was not told that her signature was taken, and it was not: she signs again.
        Assert.True(resumed || (!told && point.Moment == "signed"), $"{point}: the signature was taken and then lost. {ward.Service.Log}");
        if (!resumed) (_, page) = await (await ReviewPage.Open(browser, review.Url)).Sign();
        var took = watch.Elapsed.TotalSeconds;
        var inDoubt = AssertAgree(ShownReceipt.On(page), await Chart(), point, page.Text);

        // She confirms once more: nothing is added.
        var before = await Chart();
        var (_, again) = await (await ReviewPage.Open(browser, review.Url)).Sign();
        var after = await Chart();
        Assert.True(before.Count == after.Count, $"{point}: {after.Count - before.Count} were added by a repeat. {again.Text}");
        Assert.DoesNotContain(ShownReceipt.On(again), receipt => receipt.State == "created");
        AssertAgree(ShownReceipt.On(again), after, point, again.Text);
        return $"{(resumed ? "by itself" : "signed again")}\t{took.ToString("0.0", CultureInfo.InvariantCulture)}\t{(inDoubt > 0 ? $"{inDoubt} left to a person" : "all there once")}";

        async Task<List<JsonElement>> Chart() => Of(point.Patient, await ward.Written());
    }

    /// <returns>Whether the browser was told that the signature was taken.</returns>
    private static async Task<bool> Signed(ReviewPage review, Page plan)
    {
        try
        {
            return (await review.Confirm(plan)).Url.EndsWith("/receipts", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return review.WasSentToReceipts;
        }
    }

    /// <summary>The receipts and the chart say the same: each thing once, and a thing that is missing is said to be.</summary>
    /// <returns>How many receipts leave it to a person to look: only for what this EHR cannot be asked about.</returns>
    private static int AssertAgree(List<ShownReceipt> receipts, List<JsonElement> chart, Point point, string page)
    {
        string Said() => $"{point}: {string.Join("; ", receipts)} / in the chart: {string.Join(", ", chart.Select(Reference))} / {page}";
        Assert.True(receipts.Count > 0, Said());
        var inDoubt = receipts.Where(receipt => receipt.State == "failed").ToList();
        Assert.True(inDoubt.TrueForAll(receipt => receipt.Reason.Contains("cannot be searched", StringComparison.Ordinal)), Said());
        var own = inDoubt.Where(receipt => receipt.Kind is not ("provenance" or "auditevent")).ToList();
        Assert.True(point.Ehr == "ledger" || inDoubt.Count == 0, Said());

        // Once: no creation key is there twice, and no target has two Provenances or two AuditEvents.
        var keys = chart.SelectMany(Keys).ToList();
        Assert.True(keys.Distinct().Count() == keys.Count, Said());
        // Nothing is lost: plan, handout and message are there, unless the receipt leaves it to a person.
        foreach (var kind in new[] { "careplan", "education", "patient-communication" })
            Assert.True(chart.Exists(resource => Type(resource) == new ShownReceipt(kind, "", null, "").ResourceType) || own.Exists(receipt => receipt.Kind == kind), Said());
        // Every reference that a receipt names is there, and everything that is there has its receipt.
        var references = chart.Select(Reference).ToHashSet();
        Assert.True(receipts.Where(receipt => receipt.State is "created" or "already-there").All(receipt => receipt.Reference is null || references.Contains(receipt.Reference)), Said());
        foreach (var type in chart.GroupBy(Type))
            Assert.True(receipts.Count(receipt => receipt.ResourceType == type.Key && receipt.State is "created" or "already-there" or "failed" or "not-attempted") >= type.Count(), Said());
        if (inDoubt.Count == 0)
            Assert.True(chart.Count(resource => Type(resource) == "Provenance") == 3 && chart.Count(resource => Type(resource) == "AuditEvent") == 3, Said());
        return inDoubt.Count;
    }

    /// <summary>One patient's: a Provenance names only its target.</summary>
    private static List<JsonElement> Of(string patient, List<JsonElement> chart)
    {
        var own = chart.Where(resource => resource.GetRawText().Contains($"\"Patient/{patient}\"", StringComparison.Ordinal)).ToList();
        var references = own.Select(Reference).ToHashSet();
        return [.. own, .. chart.Where(resource => Type(resource) == "Provenance" && references.Contains(resource.GetProperty("target")[0].GetProperty("reference").GetString()!.Split("/_history")[0]))];
    }
}
