using System.Text.Json;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Fhir;

/// <summary>Write-back into a server that we did not write, with vendors' rules and lost answers in between: each resource once, each valid.</summary>
[Collection(AllPeers.Name)]
public sealed class WriteBackTests(R4Peer r4, Validators validators) : IAsyncLifetime
{
    private static readonly string[] Types = ["CarePlan", "DocumentReference", "Communication", "Task", "Provenance", "AuditEvent"];
    private static readonly Scopes Granted = Scopes.Parse("user/*.cruds");

    private FaultProxy? _proxy;

    private FaultProxy Proxy => _proxy!;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await r4.Reset();
        _proxy = await FaultProxy.Start(r4.Origin);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    [PeersTheory]
    [InlineData("open", "CarePlan DocumentReference DocumentReference Communication Provenance Provenance Provenance Provenance AuditEvent AuditEvent AuditEvent AuditEvent")]
    [InlineData("epic-like", "DocumentReference DocumentReference Communication Provenance Provenance Provenance AuditEvent AuditEvent AuditEvent")]
    [InlineData("oracle-like", "DocumentReference DocumentReference Provenance Provenance AuditEvent AuditEvent")]
    [InlineData("athena-like", "")]
    public async Task Each_EHR_gets_what_it_takes_once_and_valid(string ehr, string stored)
    {
        Proxy.Add(Vendors(ehr));
        var ledger = new InMemoryWriteLedger(TimeProvider.System);
        var first = await Run(ehr, ledger, Confirmed.Plan(Proxy.FhirBase));
        Assert.Equal(stored, string.Join(' ', await Stored()));
        Assert.DoesNotContain(first.Receipts, receipt => receipt.State == ReceiptState.Failed);
        Assert.Equal(stored.Length == 0, first.ToDownload.Contains(Purpose.Plan));

        await Run(ehr, ledger, Confirmed.Plan(Proxy.FhirBase));
        await Run(ehr, new InMemoryWriteLedger(TimeProvider.System), Confirmed.Plan(Proxy.FhirBase)); // our database is lost
        Assert.Equal(stored, string.Join(' ', await Stored()));
        await AssertValid();
    }

    /// <summary>Every request of a run in turn: lost before the EHR, lost after it, delivered twice, a 500, a 503; the next run mends it.</summary>
    [PeersTheory]
    [InlineData("open")]
    [InlineData("oracle-like")]
    public async Task Whatever_request_fails_a_repeat_completes_the_run_and_nothing_is_there_twice(string ehr)
    {
        Proxy.Add(Vendors(ehr));
        await Run(ehr, new InMemoryWriteLedger(TimeProvider.System), Confirmed.Plan(Proxy.FhirBase));
        var expected = string.Join(' ', await Stored());
        var requests = Proxy.Requests.Count(recorded => !recorded.Request.IsDiscovery);
        Assert.InRange(requests, 2, 40);

        Rule[] faults = [Fault.AnswerLost(), Fault.Status(500), Fault.Status(503, retryAfter: "0"), Fault.HtmlPage(), Fault.CutBody()];
        // Where the EHR compares no key, nothing on our side can help against a second delivery.
        if (ehr == "open") faults = [.. faults, Fault.DeliveredTwice()];
        foreach (var fault in faults)
            for (var n = 0; n < requests; n++)
            {
                await r4.Reset();
                Proxy.Reset();
                var left = n;
                Proxy.Add([fault with { When = request => !request.IsDiscovery && left-- == 0 }, .. Vendors(ehr)]);
                var ledger = new InMemoryWriteLedger(TimeProvider.System);
                await Run(ehr, ledger, Confirmed.Plan(Proxy.FhirBase));
                var after = await Run(ehr, ledger, Confirmed.Plan(Proxy.FhirBase));
                Assert.True(expected == string.Join(' ', await Stored()), $"{fault.Name} at request {n}: {string.Join(' ', await Stored())}. {Told(after)}");
            }
    }

    [PeersFact]
    public async Task A_changed_plan_replaces_the_earlier_one_and_names_it()
    {
        var ledger = new InMemoryWriteLedger(TimeProvider.System);
        await Run("open", ledger, Confirmed.Plan(Proxy.FhirBase));
        await Run("open", ledger, Confirmed.Plan(Proxy.FhirBase, drug: "rivaroxaban", hour: 1));
        var plans = (await r4.Stored("CarePlan")).ToDictionary(plan => plan.GetProperty("status").GetString()!);
        Assert.Equal(["active", "revoked"], plans.Keys.Order());
        Assert.Equal($"CarePlan/{Id(plans["revoked"])}", Assert.Single(plans["active"].GetProperty("replaces").EnumerateArray()).GetProperty("reference").GetString());
        Assert.Contains("apixaban", plans["revoked"].GetRawText(), StringComparison.Ordinal); // only its status was changed

        var documents = await r4.Stored("DocumentReference");
        foreach (var format in new[] { "education", "education-print" })
        {
            var series = documents.Where(document => document.GetRawText().Contains($"\"urn:biopsyfhir:{format}-series\"", StringComparison.Ordinal)).ToDictionary(document => document.GetProperty("status").GetString()!);
            Assert.Equal(["current", "superseded"], series.Keys.Order());
            Assert.Contains($"DocumentReference/{Id(series["superseded"])}", Related(series["current"], "replaces"));
        }
        await AssertValid();
    }

    [PeersFact]
    public async Task Page_and_print_of_a_handout_are_two_documents_and_the_print_names_the_page()
    {
        await Run("open", new InMemoryWriteLedger(TimeProvider.System), Confirmed.Plan(Proxy.FhirBase));
        var documents = (await r4.Stored("DocumentReference")).ToDictionary(document => Assert.Single(document.GetProperty("content").EnumerateArray()).GetProperty("attachment").GetProperty("contentType").GetString()!);
        Assert.Equal($"DocumentReference/{Id(documents["text/html;charset=utf-8"])}", Assert.Single(Related(documents["application/pdf"], "transforms")));
        Assert.Equal("34895-3", documents["application/pdf"].GetProperty("type").GetProperty("coding")[0].GetProperty("code").GetString());
        var message = Assert.Single(await r4.Stored("Communication"));
        Assert.Contains($"DocumentReference/{Id(documents["text/html;charset=utf-8"])}", message.GetProperty("payload").GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>Somebody edits the earlier plan between our reading and our writing: theirs stays, and ours is tried once more.</summary>
    [PeersTheory]
    [InlineData(1, "revoked")]
    [InlineData(9, "active")]
    public async Task An_earlier_plan_that_is_edited_meanwhile_is_read_once_more_and_the_edit_is_kept(int edits, string status)
    {
        var ledger = new InMemoryWriteLedger(TimeProvider.System);
        await Run("open", ledger, Confirmed.Plan(Proxy.FhirBase));
        var earlier = Id(Assert.Single(await r4.Stored("CarePlan")));
        Proxy.Reset();
        Proxy.Add(new Rule("edited meanwhile", request => request.Type == "CarePlan" && request.Method == "PUT", async (request, next) =>
        {
            using var http = new HttpClient();
            var url = $"{r4.FhirBase}/CarePlan/{earlier}";
            var plan = System.Text.Json.Nodes.JsonNode.Parse(await http.GetStringAsync(url))!;
            plan["note"]!.AsArray().Add(new System.Text.Json.Nodes.JsonObject { ["text"] = "spoken to the patient" });
            using var edit = new StringContent(plan.ToJsonString(), System.Text.Encoding.UTF8, "application/fhir+json");
            Assert.True((await http.PutAsync(url, edit)).IsSuccessStatusCode);
            return await next(request);
        })
        { Times = edits });

        var outcome = await Run("open", ledger, Confirmed.Plan(Proxy.FhirBase, drug: "rivaroxaban", hour: 1));
        Assert.Equal([412, edits == 1 ? 200 : 412], Proxy.Requests.Where(recorded => recorded.Request.Method == "PUT" && recorded.Request.Type == "CarePlan").Select(recorded => recorded.Status));
        var stored = Assert.Single(await r4.Stored("CarePlan"), plan => Id(plan) == earlier);
        Assert.Equal(status, stored.GetProperty("status").GetString());
        Assert.Contains("spoken to the patient", stored.GetRawText(), StringComparison.Ordinal);
        var said = Assert.Single(outcome.Receipts.First(receipt => receipt.Kind == DraftKind.CarePlan).Earlier);
        Assert.Equal(($"CarePlan/{earlier}", edits == 1), (said.Reference, said.Superseded));
    }

    [PeersFact]
    public async Task Without_the_right_scope_nothing_is_sent()
    {
        var outcome = await Run("open", new InMemoryWriteLedger(TimeProvider.System), Confirmed.Plan(Proxy.FhirBase), Scopes.Parse("user/*.rs"));
        Assert.All(outcome.Receipts, receipt => Assert.Equal(ReceiptState.NotSupported, receipt.State));
        Assert.DoesNotContain(Proxy.Requests, recorded => recorded.Request.Method != "GET");
    }

    private static IReadOnlyList<Rule> Vendors(string ehr) => ehr switch
    {
        "epic-like" => Vendor.EpicLike(),
        "oracle-like" => Vendor.OracleLike(),
        "athena-like" => Vendor.AthenaLike(),
        _ => [],
    };

    private async Task<WriteBackOutcome> Run(string ehr, InMemoryWriteLedger ledger, WriteBackRequest request, Scopes? scopes = null)
    {
        var server = FhirServer.Of(Proxy.FhirBase, NetworkReach.Loopback);
        var client = new FhirConnection(server, new HttpMessageInvoker(FhirConnection.CreateHandler(server)), TimeProvider.System, () => 0.5,
            new FhirResilience { FirstPause = TimeSpan.FromMilliseconds(1), BreakerMinimumAttempts = 1000 }).ClientFor(null);
        var capabilities = (await client.CapabilitiesAsync(CancellationToken.None)).Value;
        var plan = PlanWriteBack.For(request, capabilities, scopes ?? Granted, Quirks.Read([ehr]).Quirks!);
        return await new RunWriteBack(client, ledger, TimeProvider.System).RunAsync(plan, CancellationToken.None);
    }

    private async Task<List<JsonElement>> All()
    {
        var all = new List<JsonElement>();
        foreach (var type in Types) all.AddRange(await r4.Stored(type));
        return all;
    }

    private async Task<IEnumerable<string>> Stored() => (await All()).Select(resource => resource.GetProperty("resourceType").GetString()!);

    private async Task AssertValid()
    {
        foreach (var resource in await All()) await validators.AssertValid(resource.GetRawText());
    }

    private static string Id(JsonElement resource) => resource.GetProperty("id").GetString()!;

    private static IEnumerable<string?> Related(JsonElement document, string code) => document.GetProperty("relatesTo").EnumerateArray()
        .Where(related => related.GetProperty("code").GetString() == code).Select(related => related.GetProperty("target").GetProperty("reference").GetString());

    private static string Told(WriteBackOutcome outcome) => string.Join("; ", outcome.Receipts.Select(receipt => $"{receipt.Kind} {receipt.StateName}: {receipt.Reason}"));

}
