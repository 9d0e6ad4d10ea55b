using System.Text.Json.Nodes;

namespace BiopsyFhir.Testing.Faults;

/// <summary>
/// What networks and servers do to a request. Each holds for every FHIR request except discovery, until narrowed:
/// <c>Fault.Status(429).On("MedicationRequest").Once()</c>.
/// </summary>
public static class Fault
{
    private static bool Clinical(ProxyRequest request) => !request.IsDiscovery;

    /// <summary>The EHR answers with an error status; 401 and 403 with a page, as some do, unless <paramref name="body"/> says else.</summary>
    /// <param name="retryAfter">Value of Retry-After, for 429 and 503.</param>
    public static Rule Status(int status, string? retryAfter = null, string? body = null, string contentType = "text/html") =>
        Rule.Answering($"status {status}", Clinical, _ =>
        {
            var answer = body is null && status is not (401 or 403)
                ? ProxyResponse.Refusal(status, status == 429 ? "throttled" : "transient", $"refused with {status} by the test")
                : ProxyResponse.Of(status, body ?? $"<h1>{status}</h1>", contentType);
            return retryAfter is null ? answer : answer.With("Retry-After", retryAfter);
        });

    /// <summary>The EHR takes its time.</summary>
    public static Rule Slow(TimeSpan delay) => new($"delay of {delay}", Clinical, async (request, next) =>
    {
        await Task.Delay(delay);
        return await next(request);
    });

    /// <summary>Create succeeds: 201, no body.</summary>
    public static Rule EmptyCreated() => Rule.Changing("201 without a body", request => request.IsCreate,
        answer => answer.Status == 201 ? answer.Without("Content-Type") with { Body = [] } : answer);

    /// <summary>Location of a create names another host, as behind a gateway.</summary>
    public static Rule ForeignLocation(string origin = "https://inner.example.org") => Rule.Changing("Location on another host", request => request.IsCreate,
        answer => answer.Headers.TryGetValue("Location", out var location) ? answer.With("Location", origin + new Uri(location).AbsolutePath) : answer);

    /// <summary>No ETag, no Last-Modified and no meta: nothing to make an update conditional on.</summary>
    public static Rule NoVersion() => Rule.Changing("no version", Clinical, answer =>
    {
        var bare = answer.Without("ETag", "Last-Modified");
        if (!IsJson(answer) || bare.Json is not JsonObject resource) return bare;
        resource.Remove("meta");
        return bare.WithJson(resource);
    });

    /// <summary>The connection breaks in the middle of the body.</summary>
    public static Rule CutBody() => Rule.Changing("connection cut in the body", Clinical,
        answer => answer.Body.Length > 1 ? answer with { BreakAfter = answer.Body.Length / 2 } : answer);

    /// <summary>A complete answer whose JSON stops in the middle.</summary>
    public static Rule TruncatedJson() => Rule.Changing("truncated JSON", Clinical, answer => answer with { Body = answer.Body[..(answer.Body.Length / 2)] });

    /// <summary>200 with a page, as a login page or a gateway's apology comes.</summary>
    public static Rule HtmlPage() => Rule.Answering("an HTML page", Clinical,
        _ => ProxyResponse.Of(200, "<!doctype html><title>Sign in</title>", "text/html; charset=utf-8"));

    /// <summary>The request reaches the EHR twice: some layer in between repeated it. The second answer comes back.</summary>
    public static Rule DeliveredTwice() => new("delivered twice", Clinical, async (request, next) =>
    {
        await next(request);
        return await next(request);
    });

    /// <summary>The EHR acts, but its answer is lost with the connection.</summary>
    public static Rule AnswerLost() => Rule.Changing("answer lost", Clinical, answer => answer with { BreakAfter = 0 });

    /// <summary>Reads and searches of Patient answer with this Patient, whoever was asked for.</summary>
    public static Rule AnotherPatient(string patientJson) => Rule.Answering("another patient", request => request is { Type: "Patient", Method: "GET" },
        request => ProxyResponse.Of(200, request.IsSearch
            ? $$"""{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"resource":{{patientJson}}}]}"""
            : patientJson));

    /// <summary>An answer of so many bytes: valid JSON, endless text in one member.</summary>
    public static Rule Huge(int bytes = 30_000_000) => Rule.Answering($"{bytes} bytes", Clinical, _ =>
    {
        const string head = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"id\":\"", tail = "\"}";
        return ProxyResponse.Of(200, head + new string('x', bytes - head.Length - tail.Length) + tail);
    });

    /// <summary>The EHR does not know a search parameter and ignores it: more comes back, and the self link does not name it.</summary>
    public static Rule ParameterIgnored(string type, string name) => new($"{name} ignored", request => request.IsSearch && request.Type == type,
        (request, next) => next(request with { Query = Dropped(request.Query, name) }));

    /// <summary>The EHR does not serve a resource type at all: 404, and its CapabilityStatement does not name it.</summary>
    public static IEnumerable<Rule> TypeNotServed(string type) =>
    [
        Rule.Answering($"no {type}", request => request.Type == type, _ => ProxyResponse.Refusal(404, "not-supported", $"{type} is not supported")),
        CapabilityStatement($"no {type} announced", resources => resources.Where(resource => (string?)resource["type"] != type)),
    ];

    /// <summary>The EHR serves a type for reading and searching only.</summary>
    public static IEnumerable<Rule> TypeNotWritable(string type) =>
    [
        Rule.Answering($"{type} not writable", request => request.Type == type && request.Method is not "GET" && !request.IsSearch,
            _ => ProxyResponse.Refusal(405, "not-supported", $"{type} can only be read")),
        CapabilityStatement($"{type} announced for reading", resources => resources.Select(resource => (string?)resource["type"] == type ? ReadOnly(resource) : resource)),
    ];

    /// <summary>Changes the resources of the server's CapabilityStatement.</summary>
    public static Rule CapabilityStatement(string name, Func<IEnumerable<JsonObject>, IEnumerable<JsonObject>> change) =>
        Rule.Changing(name, request => request.Type == "metadata", answer =>
        {
            if (answer.Status != 200 || answer.Json is not JsonObject statement) return answer;
            var rest = statement["rest"]![0]!.AsObject();
            rest["resource"] = new JsonArray([.. change(rest["resource"]!.AsArray().Select(resource => resource!.DeepClone().AsObject()))]);
            return answer.WithJson(statement);
        });

    private static JsonObject ReadOnly(JsonObject resource)
    {
        resource["interaction"] = new JsonArray([.. resource["interaction"]!.AsArray()
            .Where(interaction => (string?)interaction!["code"] is "read" or "vread" or "search-type").Select(interaction => interaction!.DeepClone())]);
        foreach (var member in new[] { "conditionalCreate", "conditionalUpdate", "conditionalDelete", "updateCreate" }) resource.Remove(member);
        return resource;
    }

    private static string Dropped(string query, string name) =>
        string.Join('&', query.Split('&').Where(pair => Uri.UnescapeDataString(pair.Split('=')[0]).Split(':')[0] != name));

    private static bool IsJson(ProxyResponse answer) =>
        answer.Body.Length > 0 && answer.Headers.TryGetValue("Content-Type", out var type) && type.Contains("json", StringComparison.Ordinal);
}
