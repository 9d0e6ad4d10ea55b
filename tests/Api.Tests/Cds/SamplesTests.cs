using System.Net;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>
/// Every public CDS Hooks sample through the running service, as it is and with a marrow biopsy among its drafts, against the reviewed
/// table <c>samples.tsv</c>. A difference is written to <c>artifacts/samples.tsv</c>; once approved, copy it over.
/// </summary>
public sealed class SamplesTests
{
    private const string Table = "tests/Api.Tests/Cds/samples.tsv";

    [SharedDataFact]
    public async Task H_08_H_65_Every_public_sample_has_its_reviewed_outcome()
    {
        await using var world = await HookWorld.StartAsync(("Cds:RequireToken", "false"));
        var lines = new List<string> { "sample\tsent\tstatus\toutcome" };
        foreach (var file in Directory.GetFiles(SharedData.Path("data/cdshooks"), "*.json").Order(StringComparer.Ordinal))
        {
            var text = await File.ReadAllTextAsync(file);
            var json = JsonNode.Parse(text);
            var hook = (json as JsonObject)?["hook"] is JsonValue named ? named.GetValue<string>() : null;
            var service = HookServices.All.FirstOrDefault(s => s.Hook.Name() == hook)?.Id ?? HookWorld.OrderSign;
            lines.Add($"{Path.GetFileName(file)}\tas it is\t{await OutcomeAsync(world, service, text)}");
            if (WithBiopsy(json) is { } call) lines.Add($"{Path.GetFileName(file)}\twith a biopsy\t{await OutcomeAsync(world, HookWorld.OrderSign, call.ToJsonString())}");
        }
        var approved = File.Exists(Repository.Path(Table)) ? await File.ReadAllLinesAsync(Repository.Path(Table)) : [];
        if (lines.SequenceEqual(approved)) return;

        var received = Repository.Path("artifacts/samples.tsv");
        Directory.CreateDirectory(Path.GetDirectoryName(received)!);
        await File.WriteAllTextAsync(received, string.Join('\n', lines) + "\n");
        Assert.Fail($"{Table} differs; {received} holds what was received.\n{string.Join('\n', lines.Except(approved).Select(l => $"+ {l}").Concat(approved.Except(lines).Select(l => $"- {l}")).Take(20))}");
    }

    private static async Task<string> OutcomeAsync(HookWorld world, string service, string body)
    {
        using var answer = await world.SendAsync(HttpMethod.Post, $"/cds-services/{service}", HookWorld.Json(body), null);
        Assert.True((int)answer.StatusCode < 500, "A sample must never break the service.");
        if (answer.StatusCode is not HttpStatusCode.OK)
            return $"{(int)answer.StatusCode}\t{string.Join(" | ", (await HookWorld.OutcomeAsync(answer))["issue"]!.AsArray().Select(i => (string)i!["diagnostics"]!))}".ReplaceLineEndings(" ");
        var json = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Schema.Response.Check(json);
        return $"200\t{(json["cards"]!.AsArray().Count > 0 ? "cards" : "no cards")}";
    }

    /// <summary>The sample's patient, drafts and prefetched resources under our keys, and a marrow biopsy. Null where there is no context.</summary>
    private static JsonObject? WithBiopsy(JsonNode? json)
    {
        if (json is not JsonObject call || call["context"] is not JsonObject context || context["patientId"] is not JsonValue patient) return null;
        var resources = (call["prefetch"] as JsonObject ?? []).SelectMany(p => Resources(p.Value)).ToList();
        var person = resources.FirstOrDefault(r => (string?)r["resourceType"] is "Patient") ?? new JsonObject { ["resourceType"] = "Patient" };
        var id = patient.GetValue<string>().Split('/')[^1];
        var prefetch = new JsonObject();
        foreach (var key in PrefetchKey.All)
            prefetch[key.Key] = key.Key is PrefetchKey.Patient ? ((JsonObject)person.DeepClone()).With("id", id)
                : HookBodies.Searchset([.. resources.Where(r => (string?)r["resourceType"] == key.Type && key.Key is not ("weight" or "height" or "socialHistory"))]);
        var drafts = Resources(context["draftOrders"]).Append(HookBodies.Marrow(id: "marrow-1").With("subject", new JsonObject { ["reference"] = $"Patient/{id}" }));
        var made = HookBodies.Call("order-sign", ("draftOrders", HookBodies.Collection([.. drafts]))).With("prefetch", prefetch);
        made["context"]!["patientId"] = id;
        return made;
    }

    private static IEnumerable<JsonObject> Resources(JsonNode? json) => json switch
    {
        JsonObject bundle when (string?)bundle["resourceType"] is "Bundle" || bundle["entry"] is JsonArray => (bundle["entry"] as JsonArray ?? []).SelectMany(e => Resources((e as JsonObject)?["resource"] ?? (e as JsonObject)?["response"])),
        JsonObject resource when resource["resourceType"] is not null => [resource],
        _ => [],
    };
}
