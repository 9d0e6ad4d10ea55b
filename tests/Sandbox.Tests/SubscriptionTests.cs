using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace BiopsyFhir.Sandbox.Tests;

public sealed class SubscriptionTests
{
    private sealed record Received(string Method, string Path, string Header, string Body);

    private readonly Channel<Received> received = Channel.CreateUnbounded<Received>();
    private int refuse;

    private async Task<DemoEhr> StartAsync() => await DemoEhr.StartAsync(
        o => o.NotificationRetries = [TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5)],
        more: app => app.Map("/hook/{**rest}", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            await received.Writer.WriteAsync(new(request.Method, request.Path, request.Headers["X-Secret"].ToString(), await reader.ReadToEndAsync()));
            return Interlocked.Decrement(ref refuse) >= 0 ? Results.StatusCode(503) : Results.Ok();
        }));

    private async Task<Received> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await received.Reader.ReadAsync(limit.Token);
    }

    private static string Subscription(string endpoint, string criteria = "ServiceRequest?status=active", string channel = "", string more = "") =>
        $$$"""{"resourceType":"Subscription","status":"requested","reason":"test","criteria":"{{{criteria}}}"{{{more}}},"channel":{"type":"rest-hook","endpoint":"{{{endpoint}}}","header":["X-Secret: s3"]{{{channel}}} }}""";

    private static string Order(string patient, string status = "active") =>
        $$$"""{"resourceType":"ServiceRequest","status":"{{{status}}}","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/{{{patient}}}"}}""";

    private static async Task<string> SubscribeAsync(DemoEhr ehr, FhirCaller caller, string subscription, string becomes = "active")
    {
        var id = (await caller.PostAsync("Subscription", subscription)).Json.GetProperty("id").GetString()!;
        for (var i = 0; i < 400; i++)
        {
            if (Status(ehr, id) == becomes) return id;
            await Task.Delay(25);
        }
        throw new TimeoutException($"The subscription is still {Status(ehr, id)}.");
    }

    private static string? Status(DemoEhr ehr, string id) => ehr.Stored.Existing(new("Subscription", id))!.Body.GetProperty("status").GetString();

    [Fact]
    public async Task A_plain_subscriber_gets_an_empty_post_with_its_header_for_what_matches()
    {
        await using var ehr = await StartAsync();
        var caller = ehr.As("user/*.cruds");
        await SubscribeAsync(ehr, caller, Subscription($"{ehr.Root}/hook/plain"));
        await caller.PostAsync("ServiceRequest", Order("sbx-01", "draft"));
        await caller.PostAsync("CarePlan", """{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"}}""");
        await caller.PostAsync("ServiceRequest", Order("sbx-01"));
        Assert.Equal(new Received("POST", "/hook/plain", "s3", ""), await NextAsync());
        await Task.Delay(200);
        Assert.False(received.Reader.TryRead(out _));
    }

    [Fact]
    public async Task With_a_payload_the_resource_is_put_below_the_endpoint()
    {
        await using var ehr = await StartAsync();
        var caller = ehr.As("user/*.cruds");
        await SubscribeAsync(ehr, caller, Subscription($"{ehr.Root}/hook", channel: ",\"payload\":\"application/fhir+json\""));
        var id = (await caller.PostAsync("ServiceRequest", Order("sbx-01"))).Json.GetProperty("id").GetString();
        var got = await NextAsync();
        Assert.Equal(("PUT", $"/hook/ServiceRequest/{id}"), (got.Method, got.Path));
        Assert.Equal(id, JsonElement.Parse(got.Body).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_backport_subscriber_gets_a_handshake_and_numbered_notifications()
    {
        await using var ehr = await StartAsync();
        var caller = ehr.As("user/*.cruds");
        await SubscribeAsync(ehr, caller, Subscription($"{ehr.Root}/hook", "http://example.org/topic",
            """,  "payload":"application/fhir+json","_payload":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content","valueCode":"id-only"}]}""",
            """,  "_criteria":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria","valueString":"Appointment?status=booked"}]}"""));
        Assert.Equal("handshake", Parameter(await NextAsync(), "type"));
        await caller.PostAsync("Appointment", """{"resourceType":"Appointment","status":"booked","participant":[{"actor":{"reference":"Patient/sbx-01"},"status":"accepted"}]}""");
        var got = await NextAsync();
        Assert.Equal(("event-notification", "1"), (Parameter(got, "type"), Parameter(got, "events-since-subscription-start")));
        var bundle = JsonElement.Parse(got.Body);
        Assert.Equal("history", bundle.GetProperty("type").GetString());
        Assert.StartsWith($"{ehr.Fhir}/Appointment/", bundle.GetProperty("entry")[1].GetProperty("fullUrl").GetString()!, StringComparison.Ordinal);
        Assert.False(bundle.GetProperty("entry")[1].TryGetProperty("resource", out _));

        static string? Parameter(Received got, string name)
        {
            var parameter = JsonElement.Parse(got.Body).GetProperty("entry")[0].GetProperty("resource").GetProperty("parameter").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
            return parameter.EnumerateObject().Last().Value.GetString();
        }
    }

    [Fact]
    public async Task A_failing_endpoint_is_tried_again_and_then_marked()
    {
        await using var ehr = await StartAsync();
        var caller = ehr.As("user/*.cruds");
        var id = await SubscribeAsync(ehr, caller, Subscription($"{ehr.Root}/hook"));
        refuse = 2;
        await caller.PostAsync("ServiceRequest", Order("sbx-01"));
        for (var i = 0; i < 3; i++) await NextAsync();
        Assert.Equal("active", Status(ehr, id));
        refuse = 3;
        await caller.PostAsync("ServiceRequest", Order("sbx-01"));
        for (var i = 0; i < 400 && Status(ehr, id) != "error"; i++) await Task.Delay(25);
        Assert.Equal("error", Status(ehr, id));
        Assert.Equal("HTTP 503", ehr.Stored.Existing(new("Subscription", id))!.Body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("http://hospital.example/hook", "ServiceRequest")]
    [InlineData("http://10.0.0.7/hook", "ServiceRequest")]
    [InlineData("ftp://localhost/hook", "ServiceRequest")]
    [InlineData("http://localhost:1/hook", "Basic?code=1")]
    [InlineData("http://localhost:1/hook", "Subscription?status=active")]
    public async Task What_leaves_this_machine_or_cannot_be_watched_is_refused(string endpoint, string criteria)
    {
        await using var ehr = await StartAsync();
        var answer = await ehr.As("user/*.cruds").PostAsync("Subscription", Subscription(endpoint, criteria));
        Assert.Equal((422, "not-supported"), (answer.Status, answer.IssueCode));
        Assert.Empty(ehr.Stored.All("Subscription"));
    }

    [Fact]
    public async Task A_scope_for_one_patient_does_not_open_a_watch_over_all_charts()
    {
        await using var ehr = await StartAsync();
        Assert.Equal(403, (await ehr.As("patient/*.cruds", "sbx-01").PostAsync("Subscription", Subscription($"{ehr.Root}/hook"))).Status);
    }
}
