using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Orders;

/// <summary>Order entry's side of CDS Hooks 2.0: discovery, one call for each service of a hook, feedback. Every request carries a fresh ES384
/// token for exactly the address called.</summary>
internal sealed class CdsClient(IHttpClientFactory http, SandboxAddresses at, SigningKeys keys, GrantStore grants, Prefetch prefetch, TimeProvider clock)
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(5);

    /// <summary>What one service said, or why it said nothing: the page shows both. A silent failure would read as "no advice".</summary>
    public sealed record Answer(string Service, string? Title, JsonArray? Cards, string? Fault, double Milliseconds);

    public async Task<IReadOnlyList<Answer>> CallAsync(string hook, string patient, JsonObject context, CancellationToken ct)
    {
        var (discovery, fault) = await SendAsync(HttpMethod.Get, at.CdsServices, null, ct);
        if (discovery?["services"] is not JsonArray services) return [new(at.CdsServices, null, null, fault ?? "The discovery answer lists no services.", 0)];
        var answers = new List<Answer>();
        foreach (var service in services.OfType<JsonObject>().Where(s => s.Text("hook") == hook && s.Text("id") is not null))
            answers.Add(await CallAsync(service, hook, patient, context, ct));
        return answers;
    }

    /// <returns>Null when it was taken, else why not.</returns>
    public async Task<string?> FeedbackAsync(string service, JsonObject entry, CancellationToken ct)
    {
        entry["outcomeTimestamp"] = $"{clock.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}";
        var (_, fault) = await SendAsync(HttpMethod.Post, $"{Url(service)}/feedback", new JsonObject { ["feedback"] = new JsonArray(entry) }, ct);
        return fault;
    }

    private async Task<Answer> CallAsync(JsonObject service, string hook, string patient, JsonObject context, CancellationToken ct)
    {
        var id = service.Text("id")!;
        var grant = new Grant { ClientId = "cds-hooks", Scopes = ["patient/*.rs"], Patient = patient, User = AuthorizeEndpoint.DemoUser };
        var (token, life) = grants.IssueAccess(grant, TokenLife);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var request = new JsonObject
            {
                ["hook"] = hook,
                ["hookInstance"] = Guid.ParseExact(Opaque.New(), "N").ToString("D"),
                ["fhirServer"] = at.Fhir,
                ["fhirAuthorization"] = new JsonObject
                {
                    ["access_token"] = token,
                    ["token_type"] = "Bearer",
                    ["expires_in"] = (int)life.TotalSeconds,
                    ["scope"] = "patient/*.rs",
                    ["subject"] = "cds-hooks",
                    ["patient"] = patient,
                },
                ["context"] = context.DeepClone(),
            };
            if (service["prefetch"] is JsonObject templates) request["prefetch"] = prefetch.Fill(templates, context, new Access(grant, at.Fhir));
            var (answer, fault) = await SendAsync(HttpMethod.Post, Url(id), request, ct);
            var cards = answer?["cards"] as JsonArray;
            return new(id, service.Text("title"), cards, cards is null ? fault ?? "The answer has no cards member." : null, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        finally
        {
            // The token is for this call only.
            grants.Revoke(grant);
        }
    }

    private string Url(string service) => $"{at.CdsServices}/{Uri.EscapeDataString(service)}";

    private async Task<(JsonObject? Body, string? Fault)> SendAsync(HttpMethod method, string url, JsonObject? body, CancellationToken ct)
    {
        try
        {
            using var client = http.CreateClient(SandboxEhr.HttpClientName);
            using var request = new HttpRequestMessage(method, url);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(url));
            if (body is not null) request.Content = new ByteArrayContent(FhirJson.Write(body)) { Headers = { ContentType = new("application/json") } };
            using var answer = await client.SendAsync(request, ct);
            if (!answer.IsSuccessStatusCode) return (null, $"HTTP {(int)answer.StatusCode}");
            var bytes = await answer.Content.ReadAsByteArrayAsync(ct);
            return (bytes is [] ? [] : FhirJson.Read(bytes), null);
        }
        catch (JsonException)
        {
            return (null, "The answer is not JSON.");
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return (null, "The service does not answer.");
        }
    }

    private string Token(string url)
    {
        var now = clock.GetUtcNow();
        return keys.CdsToken(new JsonObject
        {
            ["iss"] = at.Fhir,
            ["aud"] = url,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + TokenLife).ToUnixTimeSeconds(),
            ["jti"] = Opaque.New(),
        }, at.CdsKeys);
    }
}
