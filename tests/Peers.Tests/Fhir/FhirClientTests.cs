using System.Text.Json;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Fhir;

/// <summary>Our client against a server that we did not write, with faults in between.</summary>
[Collection(AllPeers.Name)]
public sealed class FhirClientTests(R4Peer r4) : IAsyncLifetime
{
    private static readonly byte[] CarePlan = """{"resourceType":"CarePlan","identifier":[{"system":"urn:biopsyfhir:careplan","value":"k1"}],"status":"active","intent":"plan","subject":{"reference":"Patient/p"}}"""u8.ToArray();
    private static readonly FhirQuery Key = FhirQuery.Of(("identifier", "urn:biopsyfhir:careplan|k1"));
    private static readonly FhirQuery OfPatient = FhirQuery.Of(("patient", "p"));

    private FaultProxy? _proxy;

    private FaultProxy Proxy => _proxy!;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await r4.Reset();
        var observations = Enumerable.Range(0, 120).Select(i => $$"""{"resource":{"resourceType":"Observation","id":"o{{i}}","status":"final","code":{"text":"Hb"},"subject":{"reference":"Patient/p"} } }""");
        await r4.Load($$"""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p"} },{"resource":{"resourceType":"Patient","id":"q"} },{{string.Join(',', observations)}}]}""");
        _proxy = await FaultProxy.Start(r4.Origin);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    [PeersFact]
    public async Task All_pages_are_read_and_the_self_link_shows_that_the_query_was_understood()
    {
        using var result = (await Client().SearchAsync("Observation", OfPatient, CancellationToken.None)).Value;
        Assert.Equal(120, result.Matches.Select(resource => resource.Member("id").GetString()).Distinct().Count());
        Assert.True(result.ShowsAbsence);
        Assert.Equal(3, Proxy.Requests.Count);
    }

    [PeersFact]
    public async Task A_page_that_stays_away_leaves_the_result_incomplete()
    {
        Proxy.Add(new Rule("no third page", request => request.Query.Contains("_offset=100", StringComparison.Ordinal), (_, _) => Task.FromResult(ProxyResponse.Of(500, "oops", "text/plain"))));
        using var result = (await Client().SearchAsync("Observation", OfPatient, CancellationToken.None)).Value;
        Assert.Equal(100, result.Matches.Count());
        Assert.False(result.ShowsAbsence);
    }

    [PeersFact]
    public async Task A_throttled_search_is_repeated()
    {
        Proxy.Add(Fault.Status(429, retryAfter: "0").On("Observation").Once(), Fault.Status(503).On("Observation").Once());
        using var result = (await Client().SearchAsync("Observation", OfPatient, CancellationToken.None)).Value;
        Assert.Equal(120, result.Matches.Count());
    }

    [PeersFact]
    public async Task A_keyed_create_whose_answer_is_lost_is_repeated_and_adds_nothing()
    {
        Proxy.Add(Fault.AnswerLost().On("CarePlan", "POST").Once());
        var written = (await Client().CreateAsync("CarePlan", CarePlan, Key, CancellationToken.None)).Value;
        Assert.True(written.AlreadyThere);
        Assert.Equal(1, await r4.Count("CarePlan"));
        Assert.Equal(2, Proxy.Requests.Count);
    }

    [PeersFact]
    public async Task A_create_without_a_key_is_never_repeated_and_says_that_its_outcome_is_unknown()
    {
        Proxy.Add(Fault.AnswerLost().On("CarePlan", "POST").Once());
        var answer = await Client().CreateAsync("CarePlan", CarePlan, null, CancellationToken.None);
        Assert.True(answer.Failure!.OutcomeUnknown);
        Assert.Single(Proxy.Requests);
        Assert.Equal(1, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task A_keyed_create_delivered_twice_adds_one()
    {
        Proxy.Add(Fault.DeliveredTwice().On("CarePlan"));
        await Client().CreateAsync("CarePlan", CarePlan, Key, CancellationToken.None);
        Assert.Equal(1, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task An_empty_201_with_a_foreign_location_and_no_version_is_success()
    {
        Proxy.Add(Fault.EmptyCreated(), Fault.ForeignLocation(), Fault.NoVersion());
        var written = (await Client().CreateAsync("CarePlan", CarePlan, Key, CancellationToken.None)).Value;
        Assert.Equal((201, null, null), (written.Status, written.Address, written.ETag));
        Assert.Equal(1, await r4.Count("CarePlan"));
    }

    [PeersFact]
    public async Task An_update_under_a_stale_version_is_refused()
    {
        var written = (await Client().CreateAsync("CarePlan", CarePlan, Key, CancellationToken.None)).Value;
        var patch = """[{"op":"replace","path":"/status","value":"revoked"}]"""u8.ToArray();
        var address = new ResourceAddress("CarePlan", written.Address!.Id);
        var first = (await Client().PatchAsync(address, patch, written.ETag!, CancellationToken.None)).Value;
        Assert.NotEqual(written.ETag, first.ETag);
        Assert.IsType<FhirFailure.PreconditionFailed>((await Client().PatchAsync(address, patch, written.ETag!, CancellationToken.None)).Failure);
        Assert.Equal("revoked", Assert.Single(await r4.Stored("CarePlan")).GetProperty("status").GetString());
    }

    [PeersFact]
    public async Task A_transaction_is_answered_entry_by_entry_and_a_repeat_adds_nothing()
    {
        var bundle = JsonSerializer.SerializeToUtf8Bytes(new
        {
            resourceType = "Bundle",
            type = "transaction",
            entry = new[] { new { resource = JsonDocument.Parse(CarePlan).RootElement, request = new { method = "POST", url = "CarePlan", ifNoneExist = Key.ToHeader() } } },
        });
        var first = (await Client().TransactionAsync(bundle, keyed: true, CancellationToken.None)).Value;
        var again = (await Client().TransactionAsync(bundle, keyed: true, CancellationToken.None)).Value;
        Assert.Equal(201, Assert.Single(first.Entries).Status);
        Assert.Equal(first.Entries[0].Address!.Id, Assert.Single(again.Entries).Address!.Id);
        Assert.Equal(1, await r4.Count("CarePlan"));
    }

    public static TheoryData<string> Unreadable() => ["a cut body", "truncated JSON", "an HTML page", "30 MB", "another patient", "forbidden", "slow"];

    [PeersTheory]
    [MemberData(nameof(Unreadable))]
    public async Task What_cannot_be_read_is_a_failure_that_names_itself_never_an_empty_answer(string fault)
    {
        Proxy.Add(fault switch
        {
            "a cut body" => Fault.CutBody(),
            "truncated JSON" => Fault.TruncatedJson(),
            "an HTML page" => Fault.HtmlPage(),
            "30 MB" => Fault.Huge(),
            "another patient" => Fault.AnotherPatient("""{"resourceType":"Patient","id":"somebody-else"}"""),
            "forbidden" => Fault.Status(403),
            _ => Fault.Slow(TimeSpan.FromSeconds(20)),
        });
        using var deadline = Deadline.After(TimeSpan.FromSeconds(5), TimeProvider.System);
        var answer = await Client().Within(deadline).ReadAsync("Patient/p", CancellationToken.None);
        var failure = Assert.IsAssignableFrom<FhirFailure>(answer.Failure);
        Assert.Equal(fault switch
        {
            "30 MB" => typeof(FhirFailure.TooLarge),
            "forbidden" => typeof(FhirFailure.Forbidden),
            "slow" => typeof(FhirFailure.TimedOut),
            _ => typeof(FhirFailure.Garbled),
        }, failure.GetType());
        Assert.DoesNotContain("somebody-else", failure.Sentence, StringComparison.Ordinal);
    }

    [PeersFact]
    public async Task Capabilities_follow_what_the_EHR_announces()
    {
        var open = (await Client().CapabilitiesAsync(CancellationToken.None)).Value;
        Assert.True(open.May("CarePlan", Interaction.Create) && open.ConditionalCreate("CarePlan") && open.Transactions && open.JsonPatch);
        Proxy.Add(Vendor.OracleLike());
        var closed = (await Client().CapabilitiesAsync(CancellationToken.None)).Value;
        Assert.False(closed.May("CarePlan", Interaction.Create));
        Assert.True(closed.May("CarePlan", Interaction.Search) && closed.May("DocumentReference", Interaction.Create));
    }

    private FhirClient Client()
    {
        var server = FhirServer.Of(Proxy.FhirBase, NetworkReach.Loopback);
        return new FhirConnection(server, new HttpMessageInvoker(FhirConnection.CreateHandler(server)), TimeProvider.System, () => 0.5, new FhirResilience { FirstPause = TimeSpan.FromMilliseconds(1) }).ClientFor(null);
    }
}
