using System.Net;
using System.Net.Sockets;
using System.Text;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Service;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>A stop (SIGTERM) of the service as its own process.</summary>
public sealed class StopTests
{
    private const string Bundle = """{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12"}}]}""";

    [Fact]
    public async Task A_service_that_is_told_to_stop_says_that_it_is_not_ready_serves_on_and_finishes_what_was_begun()
    {
        await using var service = await ServiceProcess.Start(("Limits:DrainSeconds", "10"));
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        var address = new Uri(service.Url);
        using var begun = new TcpClient();
        await begun.ConnectAsync(IPAddress.Loopback, address.Port);
        await begun.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/assessments?procedureAt=2099-03-18 HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/fhir+json\r\nContent-Length: {Spaces + Bundle.Length}\r\n\r\n"));
        using var enough = new CancellationTokenSource();
        var spaces = TrickleAsync(begun, enough.Token);

        var stopped = service.Stop();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var ready = HttpStatusCode.OK;
        while (ready == HttpStatusCode.OK)
        {
            using var answer = await http.GetAsync($"{service.Url}/health/ready", limit.Token);
            ready = answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);
        // Who has not yet heard is still served.
        using (var page = await http.GetAsync($"{service.Url}/api/v1/policies")) Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        // Until nobody is let in any more; then what was begun is ended.
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            while (true)
            {
                using var fresh = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
                using var _ = await fresh.GetAsync($"{service.Url}/health/live");
                await Task.Delay(100);
            }
        });
        Assert.False(stopped.IsCompleted, "It went before it had answered.");
        await enough.CancelAsync();
        await begun.GetStream().WriteAsync(Encoding.ASCII.GetBytes(new string(' ', Spaces - await spaces) + Bundle));
        using var reader = new StreamReader(begun.GetStream());
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync());
        Assert.Equal(0, await stopped.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [LongPostgresFact]
    public async Task A_service_whose_database_is_gone_ends_all_the_same()
    {
        var postgres = new PostgresServer();
        await postgres.InitializeAsync();
        await using var service = await ServiceProcess.Start(("Sandbox:Enabled", "false"), ("Facility:TimeZone", "UTC"), ("Education:Automatic", "true"), ("Database:Provider", "postgres"), ("Database:ConnectionString", postgres.ConnectionString));
        await postgres.DisposeAsync();
        await Task.Delay(TimeSpan.FromSeconds(6)); // until the scheduler has noticed
        Assert.Equal(1, await service.Stop().WaitAsync(TimeSpan.FromSeconds(120)));
    }

    /// <summary>The service waits for half a minute before it ends so.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class LongPostgresFactAttribute : FactAttribute
    {
        public LongPostgresFactAttribute() => Skip = Environment.GetEnvironmentVariable("BIOPSYFHIR_LONG") == "1" ? Machine.Lacks(Needs.Postgres)! : "long: BIOPSYFHIR_LONG=1";
    }

    private const int Spaces = 1_000_000;

    /// <summary>A body that comes slowly, but not so slowly that it is given up (240 bytes a second). Returns how much was sent.</summary>
    private static async Task<int> TrickleAsync(TcpClient to, CancellationToken enough)
    {
        var sent = 0;
        for (; !enough.IsCancellationRequested && sent < Spaces; sent += 1_000)
        {
            await to.GetStream().WriteAsync(Encoding.ASCII.GetBytes(new string(' ', 1_000)), CancellationToken.None);
            await Task.Delay(100, CancellationToken.None);
        }
        return sent;
    }
}
