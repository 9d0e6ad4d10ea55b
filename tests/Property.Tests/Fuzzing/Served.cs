using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Cds;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>The whole service, in memory, without a network: what calls it from outside meets the doors that an EHR meets.</summary>
internal sealed class Served : IDisposable
{
    private const string Secret = "a-secret-of-32-characters-or-more";

    private static readonly string[] Hooks = ["order-sign", "order-select", "patient-view", "appointment-book"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("biopsyfhir-fuzz-");
    private readonly WebApplicationFactory<Program> _service;
    private readonly HttpClient _client;

    public Served()
    {
        _service = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseEnvironment("Development");
            foreach (var (key, value) in new Dictionary<string, string>
            {
                ["Sandbox:Enabled"] = "false",
                ["Database:Folder"] = _folder.FullName,
                ["Ehrs:0:Id"] = "north",
                ["Ehrs:0:Issuer"] = "http://127.0.0.1:9/fhir",
                ["Ehrs:0:BackendClientId"] = "biopsy",
                ["Ehrs:0:SubscriptionSecret"] = Secret,
                ["Cds:RequireToken"] = "false",
                ["Cds:Deadline"] = "10000",
                ["Education:PollMinutes"] = "0",
            }) builder.UseSetting(key, value);
            builder.ConfigureTestServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new Standing())));
        });
        _client = _service.CreateClient();
    }

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    /// <summary>As a call of a hook: as it is where it looks like one, else its entries as what was prefetched and ordered.</summary>
    public async Task<Executed> HookAsync(byte[] input)
    {
        var root = Mutate.Read(input) as JsonObject;
        var hook = Hooks.FirstOrDefault(h => root?["hook"] is JsonValue named && named.TryGetValue<string>(out var text) && text == h);
        var call = root is null || hook is not null ? input : Call(root);
        return new([.. (await AnswerAsync(hook ?? Hooks[0], call)).Kinds.Select(k => $"hook: {k}")], null);
    }

    /// <returns>How much the cards warn of: 0 no card, 1 info, 2 warning, 3 critical; -1 when it was refused.</returns>
    public async Task<int> WarningAsync(byte[] bundle) => Mutate.Read(bundle) is JsonObject root ? (await AnswerAsync(Hooks[0], Call(root))).Warning : -1;

    private async Task<(IReadOnlyList<string> Kinds, int Warning)> AnswerAsync(string hook, byte[] call)
    {
        using var answer = await _client.PostAsync($"/cds-services/bone-marrow-biopsy-{hook}", Json(call));
        var (status, body) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        using var json = Parsed(status, body);
        if (answer.StatusCode is not HttpStatusCode.OK) return ([.. Refusal(status, json.RootElement)], -1);
        var cards = json.RootElement.GetProperty("cards").EnumerateArray().ToList();
        foreach (var card in cards)
            if (card.GetProperty("summary").GetString() is not { Length: > 0 and <= 140 } || card.GetProperty("source").GetProperty("label").GetString() is not { Length: > 0 })
                throw new InvalidOperationException("A card without a summary of 140 characters at most, or without a source.");
        var indicators = cards.Select(c => Array.IndexOf(["info", "warning", "critical"], c.GetProperty("indicator").GetString()) + 1).ToList();
        if (indicators.Contains(0)) throw new InvalidOperationException("A card with an indicator that CDS Hooks does not know.");
        return ([$"{cards.Count} cards", .. indicators.Distinct().Select(i => $"indicator {i}")], indicators.DefaultIfEmpty(0).Max());
    }

    /// <summary>As a notification of an EHR: as its body, and its first characters as what the EHR sends for a secret.</summary>
    public async Task<Executed> NotificationAsync(byte[] input)
    {
        var kinds = new List<string>();
        foreach (var (secret, taken) in new[] { (Secret, true), (Encoding.Latin1.GetString(input.AsSpan(0, Math.Min(40, input.Length))), false) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/subscriptions/north") { Content = Json(input) };
            if (!request.Headers.TryAddWithoutValidation("X-Subscription-Secret", secret)) continue;
            using var answer = await _client.SendAsync(request);
            if ((answer.StatusCode is HttpStatusCode.OK) != taken) throw new InvalidOperationException($"{(int)answer.StatusCode} to a notification with {(taken ? "the" : "another")} secret.");
            if (!taken)
            {
                using var json = Parsed((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
                kinds.AddRange(Refusal((int)answer.StatusCode, json.RootElement).Select(k => $"notification: {k}"));
            }
        }
        return new([.. kinds, "notification: taken"], null);
    }

    private static JsonDocument Parsed(int status, string body)
    {
        if (status >= 500) throw new InvalidOperationException($"{status}");
        return JsonDocument.Parse(body);
    }

    private static IEnumerable<string> Refusal(int status, JsonElement outcome)
    {
        var issues = outcome.GetProperty("resourceType").GetString() is "OperationOutcome" ? outcome.GetProperty("issue").EnumerateArray().ToList() : [];
        if (issues.Count == 0 || issues.Any(i => i.GetProperty("diagnostics").GetString() is not { Length: > 0 })) throw new InvalidOperationException($"{status} that does not say why.");
        return issues.Select(i => $"{status} {Execute.Plain(i.GetProperty("diagnostics").GetString()!)}").Distinct();
    }

    private static ByteArrayContent Json(byte[] body) => new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    /// <summary>A call of order-sign: each prefetch key with the entries of its type, and a biopsy to be signed.</summary>
    private static byte[] Call(JsonObject root)
    {
        var entries = (root["entry"] as JsonArray ?? [new JsonObject { ["resource"] = root.DeepClone() }]).ToList();
        // What has no type that we ask for is somewhere in what was asked for: an EHR sends it under one key or the other.
        var prefetch = new JsonObject();
        foreach (var key in PrefetchKey.All.Where(k => k.Key is not ("weight" or "height" or "socialHistory")))
            prefetch[key.Key] = key.Key is PrefetchKey.Patient
                ? entries.Select(e => (e as JsonObject)?["resource"] as JsonObject).FirstOrDefault(r => TypeOf(r) is "Patient")?.DeepClone() ?? new JsonObject { ["resourceType"] = "Patient", ["id"] = "p" }
                : Searchset(entries.Where(e => ((e as JsonObject)?["resource"] is { } r ? TypeOf(r) : null) is var type && (type == key.Type || (key.Key is "laboratory" && PrefetchKey.All.All(k => k.Type != type)))));
        foreach (var key in (string[])["weight", "height", "socialHistory"]) prefetch[key] = null;
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["hook"] = "order-sign",
            ["hookInstance"] = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            ["context"] = new JsonObject
            {
                ["userId"] = "Practitioner/doc-1",
                ["patientId"] = "p",
                ["draftOrders"] = Searchset([JsonNode.Parse("""{"resource":{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/p"},"occurrenceDateTime":"2026-03-18"}}""")]),
            },
            ["prefetch"] = prefetch,
        }.ToJsonString());
    }

    private static string? TypeOf(JsonNode? resource) => resource is JsonObject one && one["resourceType"] is JsonValue type && type.TryGetValue<string>(out var name) ? name : null;

    private static JsonObject Searchset(IEnumerable<JsonNode?> entries) => new() { ["resourceType"] = "Bundle", ["type"] = "searchset", ["entry"] = new JsonArray([.. entries.Select(e => e?.DeepClone())]) };

    private sealed class Standing : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 11, 12, 0, 0, TimeSpan.Zero);
    }
}
