using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Tests.Cds;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Hostile;

/// <summary>Samples that were made to break readers, through the doors by which an EHR sends us something.</summary>
public sealed class HookDoorTests(OpenWorld open) : IClassFixture<OpenWorld>
{
    /// <summary>As the body of a call; then, where it is JSON, as what was prefetched of medicines or of its own type.</summary>
    [SharedDataFact]
    public async Task Every_sample_as_a_call_and_as_its_prefetch_has_its_approved_outcome()
    {
        var world = open.World;
        await Samples.CompareAsync("hook", async bytes =>
            $"{await CallAsync(world, bytes)}\t{(Parsed(bytes) is { } json ? await CallAsync(world, System.Text.Encoding.UTF8.GetBytes(Prefetching(json).ToJsonString())) : "not JSON")}");
    }

    [SharedDataFact]
    public async Task Every_sample_as_a_notification_is_taken_with_the_secret_and_refused_without()
    {
        var world = open.World;
        foreach (var (name, bytes) in Samples.All())
            foreach (var (secret, expected) in new[] { ("notify-me-0123456789", HttpStatusCode.OK), ("another", HttpStatusCode.Unauthorized) })
            {
                using var answer = await world.SendAsync(HttpMethod.Post, "/subscriptions/north", Body(bytes), secret);
                Assert.True(expected == answer.StatusCode, $"{name}: {answer.StatusCode}");
            }
    }

    private static async Task<string> CallAsync(HookWorld world, byte[] body)
    {
        using var answer = await world.SendAsync(HttpMethod.Post, $"/cds-services/{HookWorld.OrderSign}", Body(body), null);
        if (answer.StatusCode is not HttpStatusCode.OK)
        {
            Assert.True((int)answer.StatusCode < 500, "A sample must never break the service.");
            return $"{(int)answer.StatusCode} {string.Join(" | ", (await HookWorld.OutcomeAsync(answer))["issue"]!.AsArray().Take(3).Select(i => (string)i!["diagnostics"]!))}";
        }
        var json = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Schema.Response.Check(json);
        // An order stands there, so silence would be an "all clear" that nobody gave.
        Assert.NotEmpty(json["cards"]!.AsArray());
        return $"200 {string.Join(" | ", json["cards"]!.AsArray().Select(c => $"{c!["indicator"]}: {c["summary"]}"))}";
    }

    private static JsonObject? Parsed(byte[] bytes)
    {
        try
        {
            return JsonNode.Parse(bytes.AsSpan(bytes.AsSpan().StartsWith("\ufeff"u8) ? 3 : 0), documentOptions: new() { MaxDepth = 60, AllowDuplicateProperties = false }) is JsonObject root && root.ToJsonString() is not "" ? root : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null; // it went as the body, as it is
        }
    }

    /// <summary>A marrow biopsy to be signed. A Bundle's entries go under the key of their type, another resource under its own; the medicines' key gets what fits none.</summary>
    private static JsonObject Prefetching(JsonNode sample)
    {
        var prefetch = HookBodies.Prefetch();
        var entries = sample["resourceType"] is JsonValue v && v.TryGetValue<string>(out var name) && name is "Bundle" && sample["entry"] is JsonArray list ? list.ToList() : null;
        if (entries is null)
        {
            var key = KeyOf(sample) ?? "medicationRequests";
            prefetch[key] = key is PrefetchKey.Patient ? sample.DeepClone() : Searchset([new JsonObject { ["resource"] = sample.DeepClone() }]);
        }
        else
        {
            foreach (var group in entries.GroupBy(e => KeyOf((e as JsonObject)?["resource"]) ?? "medicationRequests"))
                prefetch[group.Key] = group.Key is PrefetchKey.Patient ? group.First()!["resource"]!.DeepClone() : Searchset(group);
        }
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", prefetch);
        if (prefetch[PrefetchKey.Patient] is JsonObject person && person["id"] is JsonValue id && id.TryGetValue<string>(out var text))
        {
            call["context"]!["patientId"] = text;
            call["context"]!["draftOrders"]!["entry"]![0]!["resource"]!["subject"]!["reference"] = $"Patient/{text}";
        }
        return call;
    }

    private static string? KeyOf(JsonNode? resource) =>
        resource is JsonObject one && one["resourceType"] is JsonValue value && value.TryGetValue<string>(out var type) ? PrefetchKey.All.FirstOrDefault(k => k.Type == type)?.Key : null;

    private static JsonObject Searchset(IEnumerable<JsonNode?> entries) =>
        new() { ["resourceType"] = "Bundle", ["type"] = "searchset", ["entry"] = new JsonArray([.. entries.Select(e => e?.DeepClone())]) };

    private static ByteArrayContent Body(byte[] bytes) => new(bytes) { Headers = { ContentType = new("application/json") } };
}

/// <summary>An EHR whose calls need no token, and which notifies.</summary>
public sealed class OpenWorld : IAsyncLifetime
{
    public HookWorld World { get; private set; } = null!;

    public async Task InitializeAsync() => World = await HookWorld.StartAsync(("Cds:RequireToken", "false"), ("Cds:Deadline", "10000"),
        ("Ehrs:0:BackendClientId", "biopsy"), ("Ehrs:0:SubscriptionSecret", "notify-me-0123456789"), ("Education:PollMinutes", "0"));

    public async Task DisposeAsync() => await World.DisposeAsync();
}
