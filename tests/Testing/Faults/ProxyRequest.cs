using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;

namespace BiopsyFhir.Testing.Faults;

/// <summary>A request as it reached the proxy.</summary>
/// <param name="Method">GET, POST…</param>
/// <param name="Path">With the leading slash, without the query.</param>
/// <param name="Query">Without the question mark; may be empty.</param>
/// <param name="Headers">Names compared without case; several values joined by a comma.</param>
public sealed record ProxyRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    private const string Base = "/fhir";

    /// <summary>The client's own port of the connection that it came by: tells which of several clients it was.</summary>
    public int ClientPort { get; init; }

    /// <summary>Path below the FHIR base without a leading slash: <c>Patient/1</c>, <c>metadata</c>, or empty.</summary>
    public string FhirPath => Path.StartsWith(Base + "/", StringComparison.Ordinal) ? Path[(Base.Length + 1)..] : "";

    public string Type => FhirPath.Split('/')[0];

    /// <summary>The id, where the path names one resource; else empty.</summary>
    public string Id => FhirPath.Split('/') is [_, var id, ..] && !id.StartsWith('_') && !id.StartsWith('$') ? id : "";

    public bool IsDiscovery => Type is "metadata" or ".well-known";

    public bool IsSearch => !IsDiscovery && Type.Length > 0 && Id.Length == 0 && (Method == "GET" || (Method == "POST" && FhirPath.EndsWith("/_search", StringComparison.Ordinal)));

    public bool IsCreate => Method == "POST" && Type.Length > 0 && !FhirPath.Contains('/');

    public bool IsTransaction => Method == "POST" && FhirPath.Length == 0;

    /// <summary>Search parameters, from the query or the posted form.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters
    {
        get
        {
            var form = Method == "POST" && IsSearch ? System.Text.Encoding.UTF8.GetString(Body) : "";
            var parsed = HttpUtility.ParseQueryString(string.Join('&', new[] { Query, form }.Where(part => part.Length > 0)));
            return [.. parsed.AllKeys.SelectMany(key => (parsed.GetValues(key) ?? []).Select(value => KeyValuePair.Create(key ?? "", value)))];
        }
    }

    /// <summary>The bearer token, or null.</summary>
    public string? Token => Headers.TryGetValue("Authorization", out var value) && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..] : null;

    public JsonNode? Json => Body.Length == 0 ? null : JsonNode.Parse(Body);
}

/// <summary>An answer on its way back to the service.</summary>
public sealed record ProxyResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Sends only so many bytes of the body that was announced, then breaks the connection.</summary>
    public int? BreakAfter { get; init; }

    public static ProxyResponse Of(int status, string body, string contentType = "application/fhir+json") =>
        new(status, Names(("Content-Type", contentType)), System.Text.Encoding.UTF8.GetBytes(body));

    /// <summary>An OperationOutcome with one error.</summary>
    public static ProxyResponse Refusal(int status, string code, string text) => Of(status, JsonSerializer.Serialize(new
    {
        resourceType = "OperationOutcome",
        issue = new[] { new { severity = "error", code, details = new { text } } },
    }));

    public ProxyResponse With(string header, string value) =>
        this with { Headers = Names([.. Headers.Where(pair => !pair.Key.Equals(header, StringComparison.OrdinalIgnoreCase)).Select(pair => (pair.Key, pair.Value)), (header, value)]) };

    public ProxyResponse Without(params string[] headers) =>
        this with { Headers = Names([.. Headers.Where(pair => !headers.Contains(pair.Key, StringComparer.OrdinalIgnoreCase)).Select(pair => (pair.Key, pair.Value))]) };

    public JsonNode? Json => Body.Length == 0 ? null : JsonNode.Parse(Body);

    public ProxyResponse WithJson(JsonNode json) => this with { Body = System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()) };

    internal static Dictionary<string, string> Names(params (string Name, string Value)[] pairs)
    {
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in pairs) names[name] = value;
        return names;
    }
}
