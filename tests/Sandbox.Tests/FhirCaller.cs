using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Sandbox.Tests;

/// <summary>Calls the FHIR server with one token, or with none.</summary>
public sealed class FhirCaller(DemoEhr ehr, string? token)
{
    public async Task<FhirAnswer> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/fhir+json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith("http", StringComparison.Ordinal) ? path : $"{ehr.Fhir}/{path}".TrimEnd('/'));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        using var response = await ehr.Http.SendAsync(request);
        return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString(), response.Headers.Location?.ToString());
    }

    public Task<FhirAnswer> GetAsync(string path, params (string, string)[] headers) => SendAsync(HttpMethod.Get, path, headers: headers);
    public Task<FhirAnswer> PostAsync(string path, string body, params (string, string)[] headers) => SendAsync(HttpMethod.Post, path, body, headers: headers);
    public Task<FhirAnswer> PutAsync(string path, string body, params (string, string)[] headers) => SendAsync(HttpMethod.Put, path, body, headers: headers);
}

public sealed record FhirAnswer(int Status, string Text, string? ETag, string? Location)
{
    public JsonElement Json => JsonElement.Parse(Text);
    public string? IssueCode => Json.GetProperty("resourceType").GetString() == "OperationOutcome" ? Json.GetProperty("issue")[0].GetProperty("code").GetString() : null;
    public int Total => Json.GetProperty("total").GetInt32();
    public JsonElement[] Entries => Json.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray()] : [];
    public string[] Ids => [.. Entries.Select(e => e.GetProperty("resource").GetProperty("id").GetString()!)];
    public string? Link(string relation) =>
        Json.GetProperty("link").EnumerateArray().Where(l => l.GetProperty("relation").GetString() == relation).Select(l => l.GetProperty("url").GetString()).FirstOrDefault();
}
