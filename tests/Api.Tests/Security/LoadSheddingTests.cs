using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.RateLimiting;
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

    private async Task UntilOneIsInAsync(string path) => await UntilAsync(path, seen => seen.CurrentAvailablePermits == 0);

    private async Task UntilOneWaitsAsync(string path) => await UntilAsync(path, seen => seen.CurrentQueuedCount == 1);

    private async Task UntilAsync(string path, Func<RateLimiterStatistics, bool> so)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var door = host.Get<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        var asked = new DefaultHttpContext { Request = { Path = path } };
        while (door.GetStatistics(asked) is not { } seen || !so(seen)) await Task.Delay(10, limit.Token);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, CancellationToken cancel = default) =>
        client.PostAsync("/api/v1/assessments?procedureAt=2026-03-18", new StringContent(Bundle, Encoding.UTF8, "application/fhir+json"), cancel);

    /// <summary>A request whose headers have come and whose body has not.</summary>
    private async Task<TcpClient> HalfSentAsync(string path)
    {
        var address = new Uri(host.Address);
        var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, address.Port);
        await SendAsync(connection, $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/fhir+json\r\nContent-Length: {Bundle.Length}\r\n\r\n");
        await UntilOneIsInAsync(path.Split('?')[0]);
        return connection;
    }

    private static async Task SendAsync(TcpClient connection, string text) => await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

    private static async Task<string> StatusLineAsync(TcpClient connection)
    {
        using var reader = new StreamReader(connection.GetStream(), leaveOpen: true);
        return await reader.ReadLineAsync() ?? "";
    }
}
