using BiopsyFhir.Fhir.Rest;
using static BiopsyFhir.Fhir.Tests.Rest.ScriptedServer;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class WriteTests
{
    private static readonly byte[] Plan = """{"resourceType":"CarePlan"}"""u8.ToArray();
    private static readonly FhirQuery Key = FhirQuery.Of(("identifier", "urn:biopsyfhir:careplan|ab"));

    [Fact]
    public async Task An_empty_201_without_an_ETag_is_success()
    {
        await using var server = await StartAsync(Status(201));
        var written = (await server.Client().CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Value;
        Assert.Equal(new WriteAnswer(201, null, null, AlreadyThere: false), written);
    }

    [Fact]
    public async Task Address_and_version_come_from_the_headers()
    {
        ScriptedServer? self = null;
        await using var server = self = await StartAsync(c => Status(201, ("Location", self!.Base + "/CarePlan/7/_history/3"), ("ETag", "W/\"3\""))(c));
        var written = (await server.Client().CreateAsync("CarePlan", Plan, Key, CancellationToken.None)).Value;
        Assert.Equal(new ResourceAddress("CarePlan", "7", "3"), written.Address);
        Assert.Equal("W/\"3\"", written.ETag);
        var sent = server.Requests.Single();
        Assert.Equal("application/fhir+json", sent.Header("Content-Type"));
        Assert.Equal("/fhir/CarePlan", sent.Target);
    }

    [Fact]
    public async Task With_a_location_elsewhere_the_body_tells()
    {
        await using var server = await StartAsync(Json("""{"resourceType":"CarePlan","id":"7","meta":{"versionId":"2"}}""", 201, ("Location", "https://upstream.example/fhir/CarePlan/9")));
        var written = (await server.Client().CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Value;
        Assert.Equal("CarePlan/7", written.Address!.Reference);
        Assert.Equal("W/\"2\"", written.ETag);
    }

    [Fact]
    public async Task A_conditional_create_that_meets_one_says_so()
    {
        await using var server = await StartAsync(Json("""{"resourceType":"CarePlan","id":"7"}"""));
        Assert.True((await server.Client().CreateAsync("CarePlan", Plan, Key, CancellationToken.None)).Value.AlreadyThere);
        Assert.False((await server.Client().CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Value.AlreadyThere);
    }

    [Fact]
    public async Task A_201_whose_body_is_garbage_or_never_ends_is_still_success()
    {
        await using var html = await StartAsync(c => Body(c, "text/html", "<html>"u8.ToArray(), 201));
        Assert.Equal(201, (await html.Client().CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Value.Status);
        await using var stuck = await StartAsync(async c =>
        {
            c.Response.StatusCode = 201;
            c.Response.ContentType = "application/fhir+json";
            await c.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, c.RequestAborted);
        });
        Assert.Equal(201, (await stuck.Client(resilience: Quick with { AttemptTimeout = TimeSpan.FromMilliseconds(1500) }).CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Value.Status);
        Assert.Single(stuck.Requests);
    }

    [Fact]
    public async Task A_page_that_comes_with_200_is_neither_written_nor_already_there()
    {
        await using var gateway = await StartAsync(c => Body(c, "text/html", "<title>Sign in</title>"u8.ToArray()));
        foreach (var failure in new[]
        {
            (await gateway.Client().CreateAsync("CarePlan", Plan, Key, CancellationToken.None)).Failure,
            (await gateway.Client().TransactionAsync(Plan, keyed: true, CancellationToken.None)).Failure,
            (await gateway.Client().PatchAsync(new ResourceAddress("CarePlan", "7"), Plan, "W/\"3\"", CancellationToken.None)).Failure,
        })
            Assert.True(Assert.IsType<FhirFailure.Garbled>(failure).OutcomeUnknown);
        await using var silent = await StartAsync(Status(200));
        Assert.True((await silent.Client().CreateAsync("CarePlan", Plan, Key, CancellationToken.None)).Value.AlreadyThere);
    }

    [Fact]
    public async Task A_patch_is_a_json_patch_under_If_Match()
    {
        await using var server = await StartAsync(Status(200));
        await server.Client().PatchAsync(new ResourceAddress("CarePlan", "7"), """[{"op":"replace","path":"/status","value":"revoked"}]"""u8.ToArray(), "W/\"3\"", CancellationToken.None);
        var sent = server.Requests.Single();
        Assert.Equal(("PATCH", "/fhir/CarePlan/7", "application/json-patch+json", "W/\"3\""), (sent.Method, sent.Target, sent.Header("Content-Type"), sent.Header("If-Match")));
    }

    [Fact]
    public async Task A_transaction_goes_to_the_base_and_each_entry_has_its_answer()
    {
        await using var server = await StartAsync(Json("""
            {"resourceType":"Bundle","type":"transaction-response","entry":[
              {"response":{"status":"201 Created","location":"CarePlan/7/_history/1","etag":"W/\"1\""}},
              {"response":{"status":"422","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid"}]}}},
              {}]}
            """));
        var answer = (await server.Client().TransactionAsync(Plan, keyed: true, CancellationToken.None)).Value;
        Assert.Equal([true, false, false], answer.Entries.Select(e => e.Succeeded));
        Assert.Equal("CarePlan/7", answer.Entries[0].Address!.Reference);
        Assert.Equal("invalid", answer.Entries[1].Issues.Single().Code);
        Assert.Equal("/fhir", server.Requests.Single().Target);
    }

    [Fact]
    public async Task Attachments_are_asked_relative_absolute_and_unpacked_when_they_come_as_a_resource()
    {
        await using var server = await StartAsync(c => c.Request.Path.Value!.EndsWith("raw", StringComparison.Ordinal)
            ? Body(c, "application/pdf", "%PDF"u8.ToArray())
            : Json("""{"resourceType":"Binary","contentType":"application/pdf","data":"JVBERg=="}""")(c));
        var client = server.Client();
        foreach (var url in new[] { "Binary/raw", server.Base + "/Binary/raw", "Binary/wrapped" })
        {
            var binary = (await client.BinaryAsync(url, "application/pdf", CancellationToken.None)).Value;
            Assert.Equal("application/pdf", binary.ContentType);
            Assert.Equal("%PDF"u8.ToArray(), binary.Bytes.ToArray());
        }

        Assert.All(server.Requests, r => Assert.Equal("application/pdf", r.Header("Accept")));
    }

    [Fact]
    public async Task A_read_resource_tells_its_version_with_or_without_the_header()
    {
        await using var server = await StartAsync(
            Json("""{"resourceType":"CarePlan","id":"7","meta":{"versionId":"2"}}""", 200, ("ETag", "W/\"5\"")),
            Json("""{"resourceType":"CarePlan","id":"7","meta":{"versionId":"2"}}"""),
            Json("""{"resourceType":"CarePlan","id":"7"}"""));
        var client = server.Client();
        foreach (var expected in new[] { "W/\"5\"", "W/\"2\"", null })
        {
            using var plan = (await client.ReadAsync("CarePlan/7", CancellationToken.None)).Value;
            Assert.Equal(expected, plan.ETag);
        }
    }
}
