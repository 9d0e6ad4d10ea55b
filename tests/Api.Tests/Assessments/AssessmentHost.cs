using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>The service with its API open, for the tests of one class.</summary>
public sealed class AssessmentHost : IDisposable
{
    private const string Path = "/api/v1/assessments";

    private readonly ServiceHost _host = new(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });

    public AssessmentHost() => Client = _host.Client();

    public HttpClient Client { get; }
    public TestClock Clock => _host.Clock;
    public string Address => _host.Address;

    public const string Patient = """{"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12"}}""";
    public const string Order = """{"resource":{"resourceType":"ServiceRequest","id":"o","status":"active","intent":"order","code":{"text":"Bone marrow biopsy"},"occurrenceDateTime":"2026-03-18"}}""";

    public static string Bundle(params string[] entries) => $$"""{"resourceType":"Bundle","type":"collection","entry":[{{string.Join(',', entries)}}]}""";

    public Task<HttpResponseMessage> PostAsync(string body, string query = "?asOf=2026-03-11", string? type = "application/fhir+json") => PostAsync(Encoding.UTF8.GetBytes(body), query, type);

    public Task<HttpResponseMessage> PostAsync(byte[] body, string query = "?asOf=2026-03-11", string? type = "application/fhir+json")
    {
        var content = new ByteArrayContent(body);
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return Client.PostAsync(Path + query, content);
    }

    /// <summary>The answer to a request that must succeed.</summary>
    public async Task<JsonElement> AssessAsync(string body, string query = "?asOf=2026-03-11")
    {
        using var response = await PostAsync(body, query);
        var answer = await JsonAsync(response);
        Assert.True(response.IsSuccessStatusCode, answer.GetRawText());
        return answer;
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return document.RootElement.Clone();
    }

    /// <summary>"where: detail" of every error of a problem.</summary>
    public static async Task<string[]> ErrorsAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await JsonAsync(response);
        return problem.TryGetProperty("errors", out var errors)
            ? [.. errors.EnumerateArray().Select(e => $"{e.GetProperty("where").GetString()}: {e.GetProperty("detail").GetString()}")]
            : [];
    }

    public void Dispose()
    {
        Client.Dispose();
        _host.Dispose();
    }
}
