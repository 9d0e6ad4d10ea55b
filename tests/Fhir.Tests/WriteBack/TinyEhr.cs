using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

/// <summary>
/// A FHIR server in a message handler, small enough to be read whole, with the habits that real ones have. It also breaks where the test
/// says: before the server gets a request, or after it has carried it out.
/// </summary>
internal sealed class TinyEhr : HttpMessageHandler
{
    public const string Base = "https://ehr.example/fhir";

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, JsonObject> _store = new(StringComparer.Ordinal);
    private int _lastId;

    public HashSet<string> Types { get; } = ["CarePlan", "DocumentReference", "Communication", "Task", "Provenance", "AuditEvent"];

    public bool ConditionalCreate { get; init; }

    public bool IdentifierSearch { get; init; }

    public bool TagSearch { get; init; }

    public bool Transactions { get; init; }

    public bool Updates { get; init; } = true;

    public bool Patches { get; init; }

    /// <summary>Announces identifier search, ignores it, and says so only in the self link.</summary>
    public bool IgnoresIdentifier { get; init; }

    public bool EmptyBody { get; init; }

    public bool NoETag { get; init; }

    public string? LocationBase { get; init; } = Base;

    public bool DropsIdentifiers { get; init; }

    /// <summary>Types announced but refused when it comes to it.</summary>
    public Dictionary<string, HttpStatusCode> Refuses { get; } = [];

    /// <summary>Called before the n-th exchange (from 1) is carried out, and after; may throw to break it.</summary>
    public Action<int, bool>? Break { get; set; }

    public List<string> Asked { get; } = [];

    public int Exchanges { get; private set; }

    public IReadOnlyList<JsonObject> All(string type)
    {
        lock (_gate)
            return [.. _store.Where(r => r.Key.StartsWith(type + "/", StringComparison.Ordinal)).Select(r => r.Value)];
    }

    public JsonObject this[string reference]
    {
        get
        {
            lock (_gate)
                return _store[reference];
        }
    }

    public string Add(JsonObject resource)
    {
        lock (_gate)
            return Store(resource, null);
    }

    public void Change(string reference, Action<JsonObject> change)
    {
        lock (_gate)
        {
            change(_store[reference]);
            Touch(_store[reference]);
        }
    }

    public void Remove(string reference)
    {
        lock (_gate)
            _store.Remove(reference);
    }

    public FhirClient Client() => new FhirConnection(
        FhirServer.Of(Base), new HttpMessageInvoker(this, disposeHandler: false), TimeProvider.System, () => 0.5,
        new FhirResilience { Retries = 0, BreakerMinimumAttempts = 10_000 }).ClientFor(null);

    public Capabilities Announce()
    {
        var resources = new JsonArray([.. Types.Order().Select(t => (JsonNode)new JsonObject
        {
            ["type"] = t,
            ["interaction"] = new JsonArray([.. new[] { "read", "create", "search-type" }.Concat(Updates ? ["update"] : []).Concat(Patches ? ["patch"] : []).Select(c => (JsonNode)new JsonObject { ["code"] = c })]),
            ["conditionalCreate"] = ConditionalCreate,
            ["searchParam"] = new JsonArray([.. new[] { "patient" }.Concat(IdentifierSearch || IgnoresIdentifier ? ["identifier"] : []).Concat(TagSearch ? ["_tag"] : []).Select(p => (JsonNode)new JsonObject { ["name"] = p })]),
        })]);
        var statement = new JsonObject
        {
            ["resourceType"] = "CapabilityStatement",
            ["fhirVersion"] = "4.0.1",
            ["patchFormat"] = new JsonArray("application/json-patch+json"),
            ["rest"] = new JsonArray(new JsonObject
            {
                ["mode"] = "server",
                ["interaction"] = Transactions ? new JsonArray(new JsonObject { ["code"] = "transaction" }) : [],
                ["resource"] = resources,
            }),
        };
        using var document = BiopsyFhir.Fhir.Reading.FhirDocument.Of(statement.ToJsonString());
        return Capabilities.Read(document.RootElement).Capabilities!;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct);
        // The runner is one task: yield so that two runs really interleave.
        await Task.Yield();
        int number;
        HttpResponseMessage answer;
        lock (_gate)
        {
            number = ++Exchanges;
            Asked.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        }

        Break?.Invoke(number, false);
        lock (_gate)
            answer = Answer(request, body);
        Break?.Invoke(number, true);
        return answer;
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, string body)
    {
        var parts = request.RequestUri!.AbsolutePath["/fhir".Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > 0 && Refuses.TryGetValue(parts[0], out var refused) && request.Method != HttpMethod.Get)
            return Say(refused, null);
        if (parts.Length == 0)
            return Transaction(JsonNode.Parse(body)!.AsObject());
        if (!Types.Contains(parts[0]))
            return Say(HttpStatusCode.NotFound, null);
        return (request.Method.Method, parts.Length) switch
        {
            ("GET", 1) => Search(parts[0], request.RequestUri),
            ("GET", _) => _store.TryGetValue(string.Join('/', parts), out var found) ? Say(HttpStatusCode.OK, found, Version(found)) : Say(HttpStatusCode.NotFound, null),
            ("POST", _) => Create(parts[0], JsonNode.Parse(body)!.AsObject(), Header(request, "If-None-Exist")),
            ("PUT", _) => Write(string.Join('/', parts), Header(request, "If-Match"), _ => JsonNode.Parse(body)!.AsObject()),
            _ => Write(string.Join('/', parts), Header(request, "If-Match"), old => Patched(old, JsonNode.Parse(body)!.AsArray())),
        };
    }

    private HttpResponseMessage Create(string type, JsonObject resource, string? ifNoneExist)
    {
        if (ifNoneExist is not null && ConditionalCreate)
        {
            var matches = All(type).Where(r => Matches(r, FhirQuery.Parse(ifNoneExist))).ToList();
            if (matches.Count > 1)
                return Say(HttpStatusCode.PreconditionFailed, null);
            if (matches.Count == 1)
                return Say(HttpStatusCode.OK, matches[0], Version(matches[0]), $"{type}/{matches[0]["id"]}");
        }

        var reference = Store(resource, null);
        return Say(HttpStatusCode.Created, _store[reference], Version(_store[reference]), reference);
    }

    private HttpResponseMessage Write(string reference, string? ifMatch, Func<JsonObject, JsonObject> change)
    {
        if (!_store.TryGetValue(reference, out var old))
            return Say(HttpStatusCode.NotFound, null);
        if (ifMatch is null)
            return Say(HttpStatusCode.BadRequest, null);
        if (ifMatch != Version(old))
            return Say(HttpStatusCode.PreconditionFailed, null);
        var changed = change(old);
        Touch(changed);
        _store[reference] = changed;
        return Say(HttpStatusCode.OK, changed, Version(changed));
    }

    private static JsonObject Patched(JsonObject old, JsonArray patch)
    {
        var changed = old.DeepClone().AsObject();
        foreach (var step in patch)
        {
            if ((string)step!["op"]! == "replace")
                changed[((string)step["path"]!)[1..]] = step["value"]!.DeepClone();
        }

        return changed;
    }

    private HttpResponseMessage Transaction(JsonObject bundle)
    {
        if (!Transactions)
            return Say(HttpStatusCode.BadRequest, null);
        var map = new Dictionary<string, string>();
        var entries = new JsonArray();
        foreach (var entry in bundle["entry"]!.AsArray())
        {
            var type = (string)entry!["request"]!["url"]!;
            if (Refuses.ContainsKey(type))
                return Say(HttpStatusCode.UnprocessableEntity, null);
            var text = entry["resource"]!.ToJsonString();
            foreach (var (uuid, known) in map)
                text = text.Replace(uuid, known, StringComparison.Ordinal);
            var match = entry["request"]!["ifNoneExist"] is { } condition && ConditionalCreate ? All(type).FirstOrDefault(r => Matches(r, FhirQuery.Parse((string)condition!))) : null;
            var reference = match is null ? Store(JsonNode.Parse(text)!.AsObject(), null) : $"{type}/{match["id"]}";
            map[(string)entry["fullUrl"]!] = reference;
            entries.Add(new JsonObject { ["response"] = new JsonObject { ["status"] = match is null ? "201 Created" : "200 OK", ["location"] = $"{reference}/_history/1", ["etag"] = Version(_store[reference]) } });
        }

        return Say(HttpStatusCode.OK, new JsonObject { ["resourceType"] = "Bundle", ["type"] = "transaction-response", ["entry"] = EmptyBody ? null : entries });
    }

    private HttpResponseMessage Search(string type, Uri address)
    {
        var asked = FhirQuery.Parse(address.Query);
        var used = FhirQuery.Of([.. asked.Parameters.Where(p => p.Name switch { "identifier" => IdentifierSearch, "_tag" => TagSearch, _ => true })]);
        return Say(HttpStatusCode.OK, new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
            ["link"] = new JsonArray(new JsonObject { ["relation"] = "self", ["url"] = $"{Base}/{type}?{used}" }),
            ["entry"] = new JsonArray([.. All(type).Where(r => Matches(r, used)).Select(r => (JsonNode)new JsonObject { ["resource"] = r.DeepClone() })]),
        });
    }

    private static bool Matches(JsonObject resource, FhirQuery query) => query.Parameters.All(p => p.Name switch
    {
        "identifier" => resource["identifier"]?.AsArray().Any(i => $"{i!["system"]}|{i["value"]}" == p.Value) ?? false,
        "_tag" => resource["meta"]?["tag"]?.AsArray().Any(t => $"{t!["system"]}|{t["code"]}" == p.Value) ?? false,
        _ => true,
    });

    private string Store(JsonObject resource, string? id)
    {
        var stored = resource.DeepClone().AsObject();
        stored["id"] = id ?? $"{++_lastId}";
        if (DropsIdentifiers)
            stored.Remove("identifier");
        Touch(stored);
        var reference = $"{stored["resourceType"]}/{stored["id"]}";
        _store[reference] = stored;
        return reference;
    }

    private static void Touch(JsonObject resource)
    {
        var meta = resource["meta"]?.AsObject() ?? [];
        resource["meta"] = null;
        meta["versionId"] = $"{(meta["versionId"] is { } v ? int.Parse((string)v!) : 0) + 1}";
        resource["meta"] = meta;
    }

    private static string Version(JsonObject resource) => $"W/\"{resource["meta"]!["versionId"]}\"";

    private static string? Header(HttpRequestMessage request, string name) => request.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private HttpResponseMessage Say(HttpStatusCode status, JsonObject? body, string? etag = null, string? location = null)
    {
        var answer = new HttpResponseMessage(status);
        // A stripped version tag: neither header nor meta.versionId.
        var shown = body?.DeepClone().AsObject();
        if (NoETag && shown?["meta"] is JsonObject meta)
            meta.Remove("versionId");
        var silent = EmptyBody && location is not null;
        answer.Content = new StringContent(silent || shown is null ? "" : shown.ToJsonString(), Encoding.UTF8, "application/fhir+json");
        if (etag is not null && !NoETag)
            answer.Headers.TryAddWithoutValidation("ETag", etag);
        if (location is not null && LocationBase is not null)
            answer.Headers.TryAddWithoutValidation("Location", $"{LocationBase}/{location}/_history/1");
        return answer;
    }
}
