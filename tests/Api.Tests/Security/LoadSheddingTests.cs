using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.RateLimiting;
using BiopsyFhir.Api.Tests.Cds;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>One is let in, one waits, the third is refused in words; other doors stay open.</summary>
public sealed class LoadSheddingTests : IDisposable
{
    private const string Bundle = """{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12"}}]}""";

    private readonly ServiceHost host = new(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true", ["Limits:Assessments"] = "1", ["Limits:Hooks"] = "1", ["Limits:Pages"] = "1" });

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task More_than_can_be_done_is_refused_at_its_own_door_and_what_waited_is_answered()
    {
        using var client = host.Client();
        using var first = await HalfSentAsync("/api/v1/assessments?procedureAt=2026-03-18");
        var second = PostAsync(client);
        await UntilOneWaitsAsync("/api/v1/assessments");
        Assert.False(second.IsCompleted, "The second was let in beside the first.");
        using var refused = await PostAsync(client);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), refused.Headers.RetryAfter?.Delta);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());
        Assert.Equal("urn:biopsyfhir:problem:unavailable", problem.RootElement.GetProperty("type").GetString());

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/cds-services")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/health")).StatusCode);

        await SendAsync(first, Bundle);
        Assert.StartsWith("HTTP/1.1 200", await StatusLineAsync(first), StringComparison.Ordinal);
        using var answered = await second;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        using var after = await PostAsync(client);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task A_hook_that_is_refused_says_so_as_an_OperationOutcome()
    {
        using var client = host.Client();
        using var first = await HalfSentAsync("/cds-services/bone-marrow-biopsy-order-sign");
        var waiting = client.GetAsync("/cds-services");
        await UntilOneWaitsAsync("/cds-services");
        Assert.False(waiting.IsCompleted, "The second was let in beside the first.");
        using var refused = await client.GetAsync("/cds-services");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("OperationOutcome", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"transient\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotNull(refused.Headers.RetryAfter);
        first.Close();
        using var answered = await waiting;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    /// <summary>Two hospitals, two places, one each: the first takes its own, a second call of it waits, a third is refused; the other hospital is answered.</summary>
    [Fact]
    public async Task A_flood_of_one_hospital_takes_its_own_share_and_not_anothers()
    {
        await using var world = await HookWorld.StartAsync(("Limits:Hooks", "2"),
            ("Ehrs:1:Id", "south"), ("Ehrs:1:Issuer", "http://127.0.0.1:9/fhir"), ("Ehrs:1:CdsClients:0:Issuer", "https://south.example.org"), ("Ehrs:1:CdsClients:0:JwksUrl", "http://127.0.0.1:9/jwks"));
        var path = $"/cds-services/{HookWorld.OrderSign}";
        string South(string jti) => world.Token(path, (_, claims) => claims.With("iss", "https://south.example.org").With("jti", jti));

        // Verifying its token takes a look at a key server that does not answer; that, too, happens behind its own door.
        using var first = await HalfSentAsync(world.Host, path, world.Token(path), UntilOneIsInAsync);
        var waits = world.SendAsync(HttpMethod.Get, "/cds-services", null, world.Token("/cds-services"));
        await UntilAsync(world.Host, "/cds-services", world.Token("/cds-services"), seen => seen.CurrentQueuedCount == 1);
        using var refused = await world.SendAsync(HttpMethod.Get, "/cds-services", null, world.Token("/cds-services"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), refused.Headers.RetryAfter?.Delta);

        using var other = await world.SendAsync(HttpMethod.Get, "/cds-services", null, South("1"));
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode); // let in, and its key server is not there
        using var nobody = await world.SendAsync(HttpMethod.Get, "/cds-services", null, null);
        Assert.Equal(HttpStatusCode.OK, nobody.StatusCode);
        Assert.False(waits.IsCompleted, "A second call of the first hospital was let in.");
        first.Close();
        using var answered = await waits;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    private Task UntilOneIsInAsync(string path) => UntilOneIsInAsync(host, path, null);

    private Task UntilOneWaitsAsync(string path) => UntilAsync(host, path, null, seen => seen.CurrentQueuedCount == 1);

    private static Task UntilOneIsInAsync(ServiceHost service, string path, string? token) => UntilAsync(service, path, token, seen => seen.CurrentAvailablePermits == 0);

    private static async Task UntilAsync(ServiceHost service, string path, string? token, Func<RateLimiterStatistics, bool> so)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var door = service.Get<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        var asked = new DefaultHttpContext { Request = { Path = path }, RequestServices = service.Services };
        if (token is not null) asked.Request.Headers.Authorization = $"Bearer {token}";
        while (door.GetStatistics(asked) is not { } seen || !so(seen)) await Task.Delay(10, limit.Token);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, CancellationToken cancel = default) =>
        client.PostAsync("/api/v1/assessments?procedureAt=2026-03-18", new StringContent(Bundle, Encoding.UTF8, "application/fhir+json"), cancel);

    private Task<TcpClient> HalfSentAsync(string path) => HalfSentAsync(host, path, null, UntilOneIsInAsync);

    /// <summary>A request whose headers have come and whose body has not.</summary>
    private static async Task<TcpClient> HalfSentAsync(ServiceHost service, string path, string? token, Func<ServiceHost, string, string?, Task> untilIn)
    {
        var address = new Uri(service.Address);
        var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, address.Port);
        await SendAsync(connection, $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}Content-Type: application/fhir+json\r\nContent-Length: {Bundle.Length}\r\n\r\n");
        await untilIn(service, path.Split('?')[0], token);
        return connection;
    }

    private static async Task SendAsync(TcpClient connection, string text) => await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

    private static async Task<string> StatusLineAsync(TcpClient connection)
    {
        using var reader = new StreamReader(connection.GetStream(), leaveOpen: true);
        return await reader.ReadLineAsync() ?? "";
    }
}
