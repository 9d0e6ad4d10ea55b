using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Peers.Tests.Deliveries;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Service;
using Xunit.Abstractions;

namespace BiopsyFhir.Peers.Tests.Upgrades;

/// <summary>
/// Two machines on one PostgreSQL are replaced one after the other by another version, and back again, while users and EHR go on:
/// nobody sees a failure, and in the chart everything is once. <c>tests/upgrade</c> runs it. Figures: artifacts/upgrade.tsv.
/// </summary>
public sealed class UpgradeTests(ITestOutputHelper output)
{
    private static string? From => Environment.GetEnvironmentVariable("BIOPSYFHIR_UPGRADE_FROM");

    private static TimeSpan Quiet => TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("BIOPSYFHIR_UPGRADE_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 10);

    private sealed class OldVersionFactAttribute : FactWhenAttribute
    {
        public OldVersionFactAttribute() : base(Needs.Peers | Needs.Postgres) => Skip ??= From is not null ? null! : "slow, and needs an older version: tests/upgrade";
    }

    [OldVersionFact]
    public async Task Old_and_new_work_side_by_side_and_nobody_notices_an_upgrade_or_the_way_back()
    {
        await using var cluster = await Cluster.Open(printing: false);
        await using var balancer = await Balancer.Start();
        await cluster.Register(balancer.Url);
        var running = new Queue<ServiceProcess>();
        try
        {
            await Run(cluster, balancer, running);
        }
        finally
        {
            foreach (var service in running) await service.DisposeAsync();
        }
    }

    private async Task Run(Cluster cluster, Balancer balancer, Queue<ServiceProcess> running)
    {
        Task<ServiceProcess> Start(string? version) => cluster.StartOne(version, ("PublicBaseUrl", balancer.Url), ("Cds:RequireToken", "false"), ("Cds:Deadline", "10000"), ("Limits:DrainSeconds", "5"));
        async Task Join(string? version)
        {
            running.Enqueue(await Start(version));
            await balancer.Add(running.Last().Url);
        }

        await Join(From);
        await Join(From);
        var before = await Scripts(cluster);
        using var traffic = new Traffic(cluster, balancer.Url);
        var run = traffic.Run();
        _ = run.ContinueWith(_ => traffic.End(), TaskScheduler.Default);
        async Task Phase(string name, string? version, bool replace)
        {
            if (run.IsCompleted) await run; // it should go on: say why it does not
            traffic.Phase = name;
            for (var n = 0; replace && n < 2; n++)
            {
                await Join(version);
                var leaving = running.Dequeue();
                Assert.Equal(0, await leaving.Stop());
                balancer.Forget(leaving.Url);
                await leaving.DisposeAsync();
            }
            await Task.Delay(Quiet);
        }
        await Phase("old", From, replace: false);
        await Phase("old to new", null, replace: true);
        await Phase("new", null, replace: false);
        var after = await Scripts(cluster);
        await Phase("new to old", From, replace: true);
        await Phase("old again", From, replace: false);
        traffic.End();
        await run;

        var watch = Stopwatch.StartNew();
        while (int.Parse((await cluster.Rows("SELECT count(*) FROM delivery WHERE state = 'sent' AND kind = 'leaflet' AND patient LIKE 'Patient/p%'"))[0][0]!, CultureInfo.InvariantCulture) < traffic.Ordered)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(5), string.Join("; ", (await cluster.Rows("SELECT state, reason, count(*) FROM delivery GROUP BY state, reason")).Select(r => string.Join(" ", r))));
            await Task.Delay(500);
        }
        await Record(traffic, after.Except(before));

        Assert.Empty(traffic.Seen.Where(seen => seen.Wrong is not null).Select(seen => $"{seen.Phase}: {seen.Kind}: {seen.Wrong}"));
        Assert.True(traffic.Signed.Count > 0 && traffic.Ordered > 0);
        // Each order has its leaflet once, each signed plan is in the chart once, and our receipts say the same.
        var documents = await cluster.R4.Stored("DocumentReference");
        var leaflets = documents.Where(d => d.GetProperty("subject").GetProperty("reference").GetString()!.StartsWith("Patient/p", StringComparison.Ordinal))
            .Select(d => d.GetProperty("context").GetProperty("related")[0].GetProperty("reference").GetString()!);
        Assert.Equal(Enumerable.Range(0, traffic.Ordered).Select(i => $"ServiceRequest/o{i}").Order(StringComparer.Ordinal), leaflets.Order(StringComparer.Ordinal));
        var plans = (await cluster.R4.Stored("CarePlan")).Select(p => p.GetProperty("subject").GetProperty("reference").GetString()!).ToList();
        Assert.Equal(plans.Distinct(), plans);
        Assert.Subset(plans.ToHashSet(), traffic.Signed.Select(i => $"Patient/s{i}").ToHashSet());
        Assert.Equal($"{plans.Count}", (await cluster.Rows("SELECT count(DISTINCT reference) FROM write_receipt WHERE kind = 'CarePlan' AND state IN ('created', 'already-there')"))[0][0]);
    }

    private static async Task<List<string>> Scripts(Cluster cluster) => [.. (await cluster.Rows("SELECT name FROM schema_script ORDER BY number")).Select(row => row[0]!)];

    private async Task Record(Traffic traffic, IEnumerable<string> scripts)
    {
        var lines = traffic.Seen.GroupBy(seen => (seen.Phase, seen.Kind)).Select(group =>
        {
            var times = group.Select(seen => seen.Milliseconds).Order().ToList();
            return string.Create(CultureInfo.InvariantCulture, $"{group.Key.Phase}\t{group.Key.Kind}\t{times.Count}\t{group.Count(seen => seen.Wrong is not null)}\t{group.Count(seen => seen.EhrSlow)}\t{times[times.Count / 2]:0}\t{times[^1]:0}");
        });
        var text = $"phase\twhat\thow many\tfailed\tEHR too slow\tmedian ms\tlongest ms\n{string.Join('\n', lines)}\n# scripts that the new version added: {string.Join(", ", scripts)}; orders {traffic.Ordered}, signed plans {traffic.Signed.Count}\n";
        output.WriteLine(text);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Repository.Path("artifacts")).FullName, "upgrade.tsv"), text);
    }
}
