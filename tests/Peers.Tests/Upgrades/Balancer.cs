using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Peers.Tests.Upgrades;

/// <summary>
/// What stands before several machines: one address, requests in turn to those that say they are ready, asked every quarter of a second.
/// It never asks a second time: an answer that did not come is a failure that a user would have seen.
/// </summary>
internal sealed class Balancer : IAsyncDisposable
{
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase) { "Transfer-Encoding", "Connection", "Keep-Alive", "Host", "Content-Length" };

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromMinutes(2) };
    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _backends = [];
    private readonly WebApplication _app;
    private volatile string[] _ready = [];
    private int _turn;

    private Balancer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(Pass);
    }

    public string Url => _app.Urls.Single();

    public static async Task<Balancer> Start()
    {
        var balancer = new Balancer();
        await balancer._app.StartAsync();
        _ = balancer.Look();
        return balancer;
    }

    /// <summary>Ends when it takes part.</summary>
    public async Task Add(string url)
    {
        lock (_backends) _backends.Add(url);
        while (!_ready.Contains(url)) await Task.Delay(50);
    }

    public void Forget(string url)
    {
        lock (_backends) _backends.Remove(url);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _app.DisposeAsync();
        _http.Dispose();
        _end.Dispose();
    }

    private async Task Look()
    {
        while (!_end.IsCancellationRequested)
        {
            string[] all;
            lock (_backends) all = [.. _backends];
            var answers = await Task.WhenAll(all.Select(async url =>
            {
                try
                {
                    using var answer = await _http.GetAsync($"{url}/health/ready", _end.Token);
                    return answer.IsSuccessStatusCode ? url : null;
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                {
                    return null;
                }
            }));
            _ready = [.. answers.OfType<string>()];
            await Task.Delay(250);
        }
    }

    private async Task Pass(HttpContext context)
    {
        var ready = _ready;
        if (ready is [])
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        var to = ready[(uint)Interlocked.Increment(ref _turn) % ready.Length];
        using var request = new HttpRequestMessage(new(context.Request.Method), to + context.Request.Path + context.Request.QueryString);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (body.Length > 0) request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in context.Request.Headers)
            if (!HopByHop.Contains(name) && !request.Headers.TryAddWithoutValidation(name, values.ToArray()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            return;
        }
        using (answer)
        {
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
                if (!HopByHop.Contains(name)) context.Response.Headers.Append(name, values.ToArray());
            await answer.Content.CopyToAsync(context.Response.Body);
        }
    }
}
