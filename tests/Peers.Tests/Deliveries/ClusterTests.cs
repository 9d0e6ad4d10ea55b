using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;
using Xunit.Abstractions;
using static BiopsyFhir.Peers.Tests.Service.Charted;

namespace BiopsyFhir.Peers.Tests.Deliveries;

/// <summary>
/// Three services, one database, one queue. Orders come in, services are killed (SIGKILL) and started again, one call in ten to the EHR
/// fails; at the end each leaflet is in the chart once in each format, with one Provenance, and our receipts say the same.
/// <c>tests/cluster</c> sets how many: <c>BIOPSYFHIR_CLUSTER_ORDERS</c>, <c>_KILLS</c>, <c>_PDF</c>. Figures: artifacts/cluster.tsv.
/// </summary>
public sealed class ClusterTests(ITestOutputHelper output)
{
    private const int Nodes = 3;

    /// <summary>Of each run a first part without kills and faults, to see how fast it goes.</summary>
    private const int UndisturbedPart = 5;

    private static int Orders => Setting("ORDERS", 60);

    private static int Kills => Setting("KILLS", 2);

    /// <summary>Signed plans beside them, whose reminders and withdrawals go out by the same queue; half of these biopsies are cancelled in the end.</summary>
    private static int Plans => Setting("PLANS", 0);

    private static bool Printing => Setting("PDF", 0) > 0;

    /// <summary>The everyday run does not wait for leases: see <see cref="PassTime"/>.</summary>
    private static bool Short => Environment.GetEnvironmentVariable("BIOPSYFHIR_CLUSTER_ORDERS") is null;

    [FactWhen(Needs.Peers | Needs.Postgres)]
    public async Task Whatever_dies_each_leaflet_is_in_the_chart_once_and_none_is_lost()
    {
        Assert.True(!Printing || PlainUser.WhyNot is null, $"--pdf needs {PlainUser.WhyNot}");
        var watch = Stopwatch.StartNew();
        await using var cluster = await Cluster.Open(Printing);
        var random = new Random(20261125);
        var flaky = new Flaky(percent: 10, seed: 7);

        // Undisturbed: how fast? The everyday run leaves this out.
        var undisturbed = Short ? 0 : Orders / UndisturbedPart;
        await cluster.Order(0, Short ? Orders : undisturbed);
        await cluster.Admit(Plans);
        if (Short) cluster.Proxy.Add(flaky.Rule, Fault.Slow(TimeSpan.FromMilliseconds(100)));
        await cluster.Start(Nodes);
        Say($"{Nodes} services ready after {watch.Elapsed.TotalSeconds:0.0} s");
        await Delivered(cluster, undisturbed + Plans, TimeSpan.FromMinutes(20), random);
        var (rate, creates) = Short ? (0, 0) : RateOf(cluster);
        Say($"undisturbed: {creates} creates, {rate:0.0}/s");
        // Reminders are due when they are signed; the EHR takes none before the first kill.
        var early = true;
        cluster.Proxy.Add(Rule.Answering("no reminder yet", request => Volatile.Read(ref early) && (request.IsTransaction || request.IsCreate) && Encoding.UTF8.GetString(request.Body).Contains("A reminder for", StringComparison.Ordinal),
            _ => ProxyResponse.Refusal(422, "processing", "not yet")));
        for (var i = 0; i < Plans; i++) await cluster.Sign(i, cluster.Nodes[i % Nodes]);
        Volatile.Write(ref early, false);
        if (!Short) cluster.Proxy.Add(flaky.Rule, Fault.Slow(TimeSpan.FromMilliseconds(250)));

        // Disturbed: orders come in batches, and while they are being written a service dies; two may be down at once, three are not.
        var (reborn, last) = (new List<Task>(), -1);
        for (var kill = 0; kill < Kills; kill++)
        {
            var (from, until) = (undisturbed + Part(kill), undisturbed + Part(kill + 1));
            var writes = cluster.NextWrite();
            if (!Short)
            {
                await cluster.Order(from, until - from);
                await cluster.Notify(random);
            }
            await Task.WhenAny(writes, Task.Delay(TimeSpan.FromSeconds(20)));
            var alive = Enumerable.Range(0, Nodes).Where(n => reborn.Count == 0 || n != last).ToList();
            // Mostly whoever is writing; now and then anybody.
            int? writing = writes.IsCompleted && (Short || random.Next(4) > 0) ? alive.Where(n => cluster.Nodes[n].Uses(writes.Result)).Select(n => (int?)n).FirstOrDefault() : null;
            var victim = writing ?? alive[random.Next(alive.Count)];
            await Task.Delay(random.Next(0, 400));
            await cluster.Nodes[victim].Kill();
            last = victim;
            reborn.Add(StartLater(cluster, victim, Short ? 0 : random.Next(0, 3000)));
            if (reborn.Count == Nodes - 1)
            {
                await Task.WhenAll(reborn);
                reborn.Clear();
            }
            if (kill % 5 == 4) Say($"{kill + 1} kills, {watch.Elapsed.TotalMinutes:0.0} min, {await Sent(cluster)} of {until} sent");
        }
        await Task.WhenAll(reborn);
        if (Short) await PassTime(cluster);
        for (var i = 0; i < Plans; i += 2) await cluster.Cancel(i);
        await cluster.Notify(random);
        await Delivered(cluster, Orders + Plans, TimeSpan.FromMinutes(30), random);
        await Settled(cluster, TimeSpan.FromMinutes(15));
        Say($"all sent after {watch.Elapsed.TotalMinutes:0.0} min; {flaky.Failed} of {flaky.Calls} calls failed");

        cluster.Proxy.Reset();
        var (retried, resumed) = await AssertTheChartAndOurReceiptsAgree(cluster);
        var messages = await AssertEachMessageOnce(cluster);
        var own = Short ? 0 : await OwnRate(cluster.R4);
        Say($"orders {Orders}, kills {Kills}, formats {(Printing ? "html+pdf" : "html")}, plans {Plans} with messages {messages}, failed calls {flaky.Failed}/{flaky.Calls}, more than one attempt {retried}, found again after a crash or a lost answer {resumed}");
        if (Short) return;
        Say($"undisturbed: {rate:0.0} documents/s over {creates} creates; the EHR by itself: {own:0.0}/s; ratio {rate / own:0.00}");
        var artifacts = Directory.CreateDirectory(Repository.Path("artifacts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(artifacts, "cluster.tsv"), string.Create(CultureInfo.InvariantCulture,
            $"orders\tkills\tformats\tplans\tmessages\tcalls\tfailed calls\tmore than one attempt\tfound again\tper second\tthe EHR's own\tratio\tminutes\n{Orders}\t{Kills}\t{(Printing ? 2 : 1)}\t{Plans}\t{messages}\t{flaky.Calls}\t{flaky.Failed}\t{retried}\t{resumed}\t{rate:0.0}\t{own:0.0}\t{rate / own:0.00}\t{watch.Elapsed.TotalMinutes:0.0}\n"));

        int Part(int n) => (int)((long)(Orders - undisturbed) * n / Kills);
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable($"BIOPSYFHIR_CLUSTER_{name}"), CultureInfo.InvariantCulture, out var count) ? count : otherwise;

    private async Task StartLater(Cluster cluster, int node, int milliseconds)
    {
        await Task.Delay(milliseconds);
        var watch = Stopwatch.StartNew();
        await cluster.Nodes[node].StartAgain();
        if (watch.Elapsed > TimeSpan.FromSeconds(20)) Say($"service {node + 1} took {watch.Elapsed.TotalSeconds:0} s to start again");
    }

    private static async Task<int> Sent(Cluster cluster) =>
        int.Parse((await cluster.Rows("SELECT count(*) FROM delivery WHERE state = 'sent' AND kind = 'leaflet'"))[0][0]!, CultureInfo.InvariantCulture);

    private static async Task Delivered(Cluster cluster, int count, TimeSpan patience, Random random)
    {
        var watch = Stopwatch.StartNew();
        while (await Sent(cluster) < count)
        {
            Assert.True(watch.Elapsed < patience, $"{await Sent(cluster)} of {count}: " + string.Join("; ", (await cluster.Rows("SELECT state, reason, count(*) FROM delivery GROUP BY state, reason")).Select(r => string.Join(" ", r)))
                + string.Join("\n", cluster.Nodes.Select(n => n.Log[^Math.Min(2000, n.Log.Length)..])));
            await Task.Delay(Short ? 250 : 1000);
            if ((int)watch.Elapsed.TotalSeconds % 20 == 19) await cluster.Notify(random);
        }
    }

    /// <summary>
    /// What a dead service had taken is taken over when its lease has run out, after two and a half minutes. The everyday run puts the
    /// clock forward instead, once every row that a living one had then is done: what is leased still is a dead one's.
    /// </summary>
    private static async Task PassTime(Cluster cluster)
    {
        var leased = "SELECT id FROM delivery WHERE state = 'queued' AND lease_until > 0";
        var (before, watch) = ((await cluster.Rows(leased)).Select(r => r[0]).ToHashSet(), Stopwatch.StartNew());
        while (watch.Elapsed < TimeSpan.FromSeconds(4)) await Task.Delay(200);
        var dead = (await cluster.Rows(leased)).Select(r => r[0]).Where(before.Contains).Select(id => $"'{id}'").Append("''");
        await cluster.Rows($"UPDATE delivery SET lease_until = 0, due_at = 0 WHERE state = 'queued' AND (id IN ({string.Join(',', dead)}) OR lease_until = 0)");
        await cluster.Rows($"UPDATE write_ledger SET held_until = 0 WHERE NOT completed AND held_until < {TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 85_000}");
    }

    /// <returns>Documents a second from the first create to the last, as the proxy saw them.</returns>
    private static (double Rate, int Creates) RateOf(Cluster cluster)
    {
        var creates = cluster.Proxy.Requests.Where(r => r.Request.IsTransaction || (r.Request.IsCreate && r.Request.Type == "DocumentReference")).ToList();
        return (creates.Count / Stopwatch.GetElapsedTime(creates.Min(c => c.Began), creates.Max(c => c.Ended)).TotalSeconds, creates.Count);
    }

    private static async Task<(int Retried, int Resumed)> AssertTheChartAndOurReceiptsAgree(Cluster cluster)
    {
        var all = await cluster.R4.Stored("DocumentReference");
        var documents = all.Where(d => d.GetProperty("subject").GetProperty("reference").GetString()!.StartsWith("Patient/p", StringComparison.Ordinal)).ToList();
        var targets = documents.Select(Reference).ToHashSet();
        var provenances = (await cluster.R4.Stored("Provenance")).Where(p => targets.Contains(TargetOf(p))).ToList();
        string[] formats = Printing ? ["application/pdf", "text/html"] : ["text/html"];

        // Each order has each format once, in the chart of its own patient.
        var there = documents.ToLookup(d => d.GetProperty("context").GetProperty("related")[0].GetProperty("reference").GetString()!);
        var wrong = Enumerable.Range(0, Orders).Where(i => !there[$"ServiceRequest/o{i}"].Select(FormatOf).Order(StringComparer.Ordinal).SequenceEqual(formats)).ToList();
        Assert.True(wrong.Count == 0, $"lost, or there twice: {string.Join(", ", wrong.Take(20).Select(i => $"o{i}: {string.Join("+", there[$"ServiceRequest/o{i}"].Select(FormatOf))}"))}");
        Assert.Equal(Orders * formats.Length, documents.Count);
        Assert.All(documents, d => Assert.Equal(d.GetProperty("context").GetProperty("related")[0].GetProperty("reference").GetString()!.Replace("ServiceRequest/o", "Patient/p", StringComparison.Ordinal), d.GetProperty("subject").GetProperty("reference").GetString()));
        var keys = documents.Concat(provenances).SelectMany(Keys).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
        // Each document has one Provenance.
        Assert.Equal(documents.Select(Reference).Order(StringComparer.Ordinal), provenances.Select(TargetOf).Order(StringComparer.Ordinal));

        // Our own record says the same: every delivery was sent as a document that is there, and every document has its receipt.
        var rows = await cluster.Rows("SELECT order_ref, state, reference, attempts, reason FROM delivery WHERE patient LIKE 'Patient/p%'");
        Assert.Equal(Orders, rows.Count);
        Assert.All(rows, row => Assert.True(row[1] == "sent" && there[row[0]!].Select(Reference).Contains(row[2]), string.Join(" ", row)));
        var receipts = (await cluster.Rows("SELECT DISTINCT reference FROM write_receipt WHERE state IN ('created', 'already-there') AND kind = 'DocumentReference'")).Select(r => r[0]).Order(StringComparer.Ordinal);
        Assert.Equal(all.Select(Reference).Order(StringComparer.Ordinal), receipts);
        var resumed = int.Parse((await cluster.Rows("SELECT count(*) FROM write_receipt WHERE kind = 'DocumentReference' AND (state = 'already-there' OR reason LIKE '%after the answer was lost%')"))[0][0]!, CultureInfo.InvariantCulture);
        return (rows.Count(row => row[3] != "1"), resumed);
    }

    /// <summary>Of each signed plan each message is in the chart once: the reminder of the tests, and, where the biopsy was cancelled, the word that the dates no longer count.</summary>
    private static async Task<int> AssertEachMessageOnce(Cluster cluster)
    {
        var messages = (await cluster.R4.Stored("Communication")).ToLookup(m => m.GetProperty("subject").GetProperty("reference").GetString()!);
        var rows = (await cluster.Rows("SELECT patient, kind, state, reference, reason FROM delivery WHERE kind <> 'leaflet'")).ToLookup(r => r[0]!);
        var provenances = (await cluster.R4.Stored("Provenance")).Select(TargetOf).ToList();
        for (var i = 0; i < Plans; i++)
        {
            string Said() => string.Join("; ", rows[$"Patient/s{i}"].Select(r => string.Join(" ", r))) + " / " + string.Join(", ", messages[$"Patient/s{i}"].Select(m => $"{Reference(m)} {m.GetProperty("payload")[0].GetProperty("contentString").GetString()}"));
            var sent = rows[$"Patient/s{i}"].Where(r => r[2] == "sent").ToList();
            Assert.True(i % 2 == 0 ? sent.Exists(r => r[1] == "withdrawal") : sent.Exists(r => r[1] == "reminder-tests") && !sent.Exists(r => r[1] == "withdrawal"), Said());
            // What was sent is there, what is there was sent, beside the message of the signature that the handout has come.
            Assert.True(sent.ConvertAll(r => r[3]!).Order(StringComparer.Ordinal).SequenceEqual(messages[$"Patient/s{i}"].Where(m => IsOurs(m) && !IsOfTheSignature(m)).Select(Reference).Order(StringComparer.Ordinal)), Said());
            Assert.True(messages[$"Patient/s{i}"].Count(IsOfTheSignature) == 1, Said());
            Assert.All(messages[$"Patient/s{i}"], m => Assert.True(provenances.Count(p => p == Reference(m)) == 1, $"{provenances.Count(p => p == Reference(m))} Provenances of {Reference(m)}: {Said()}"));
        }
        return messages.Sum(patient => patient.Count());

        static bool IsOurs(JsonElement message) => Keys(message).Any();
        static bool IsOfTheSignature(JsonElement message) => message.GetProperty("payload").EnumerateArray().Any(p => p.TryGetProperty("contentReference", out _));
    }

    /// <summary>Nothing is due any more.</summary>
    private static async Task Settled(Cluster cluster, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(1000))
        {
            var cancelled = await cluster.Rows("SELECT count(*) FROM biopsy_watch WHERE patient LIKE 'Patient/s%' AND NOT open");
            var due = await cluster.Rows($"SELECT kind, state, reason FROM delivery WHERE state = 'queued' AND kind <> 'reminder-after'");
            if (due.Count == 0 && cancelled[0][0] == $"{(Plans + 1) / 2}") return;
            Assert.True(watch.Elapsed < patience, $"{cancelled[0][0]} cancellations seen; still due: {string.Join("; ", due.Select(r => string.Join(" ", r)))}");
        }
    }

    private static string TargetOf(JsonElement provenance) => provenance.GetProperty("target")[0].GetProperty("reference").GetString()!.Split("/_history")[0];

    private static string FormatOf(JsonElement document) => document.GetProperty("content")[0].GetProperty("attachment").GetProperty("contentType").GetString()!.Split(';')[0];

    /// <summary>How many of the same documents a second the EHR takes from a client that does nothing else, with their Provenances, as many at once as three services send.</summary>
    private static async Task<double> OwnRate(R4Peer r4)
    {
        var documents = (await r4.Stored("DocumentReference?_count=200")).Take(Math.Min(200, Orders)).ToList();
        var provenance = JsonNode.Parse((await r4.Stored("Provenance?_count=1"))[0].GetRawText())!.AsObject();
        var bundles = documents.Select((document, i) => Bundle(JsonNode.Parse(document.GetRawText())!.AsObject(), provenance.DeepClone().AsObject(), i)).ToList();
        await r4.Reset();
        using var http = new HttpClient();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(bundles, new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (bundle, ct) =>
        {
            using var content = new ByteArrayContent(bundle);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
            using var answer = await http.PostAsync(r4.FhirBase, content, ct);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(ct));
        });
        return bundles.Count / watch.Elapsed.TotalSeconds;

        static byte[] Bundle(JsonObject document, JsonObject provenance, int i)
        {
            foreach (var resource in new[] { document, provenance }) resource.Remove("id");
            document.Remove("meta");
            document["identifier"]!.AsArray()[0]!["value"] = $"own-{i}";
            provenance["meta"]!["tag"]![0]!["code"] = $"own-{i}";
            provenance["target"]![0]!["reference"] = $"urn:uuid:00000000-0000-4000-8000-{i:000000000000}";
            return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
            {
                ["resourceType"] = "Bundle",
                ["type"] = "transaction",
                ["entry"] = new JsonArray(
                    new JsonObject { ["fullUrl"] = $"urn:uuid:00000000-0000-4000-8000-{i:000000000000}", ["resource"] = document, ["request"] = Post("DocumentReference", $"identifier=urn:biopsyfhir:education|own-{i}") },
                    new JsonObject { ["resource"] = provenance, ["request"] = Post("Provenance", $"_tag=urn:biopsyfhir:provenance|own-{i}") }),
            });
        }

        static JsonObject Post(string url, string ifNoneExist) => new() { ["method"] = "POST", ["url"] = url, ["ifNoneExist"] = ifNoneExist };
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
