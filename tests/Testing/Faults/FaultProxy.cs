using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Testing.Faults;

/// <summary>
/// Stands between the service and an EHR's FHIR server, on a free loopback port. It passes everything on, as its
/// <see cref="Rule"/>s let it, and keeps a record of every request.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _upstream = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromMinutes(2) };
    private readonly string _upstreamOrigin;
    private readonly Lock _gate = new();
    private readonly List<(Rule Rule, StrongBox Used)> _rules = [];
    private readonly List<Recorded> _recorded = [];

    private sealed class StrongBox { public int Count; }

    private FaultProxy(string upstreamOrigin)
    {
        _upstreamOrigin = upstreamOrigin;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(Serve);
    }

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Origin => _app.Urls.Single();

    /// <summary>The FHIR base URL to give to the service.</summary>
    public string FhirBase => $"{Origin}/fhir";

    /// <summary>Bodies in the record; without them a long run stays small.</summary>
    public bool KeepsBodies { get; set; } = true;

    /// <param name="upstreamOrigin">Scheme, host and port of the FHIR server behind.</param>
    public static async Task<FaultProxy> Start(string upstreamOrigin)
    {
        var proxy = new FaultProxy(upstreamOrigin);
        await proxy._app.StartAsync();
        return proxy;
    }

    public FaultProxy Add(params IEnumerable<Rule> rules)
    {
        lock (_gate) _rules.AddRange(rules.Select(rule => (rule, new StrongBox())));
        return this;
    }

    /// <summary>Forgets rules and record.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _rules.Clear();
            _recorded.Clear();
        }
    }

    /// <summary>Every request since the last reset, oldest first.</summary>
    public IReadOnlyList<Recorded> Requests
    {
        get { lock (_gate) return [.. _recorded]; }
    }

    /// <summary>
    /// How many requests had to wait for another: the longest chain of requests of which each began after the one
    /// before had ended. Ten reads side by side are one wave; a page that waits for its predecessor is another.
    /// </summary>
    /// <param name="which">Which requests count; all FHIR requests except discovery when absent.</param>
    public int Waves(Func<Recorded, bool>? which = null)
    {
        var waves = 0;
        var end = long.MinValue;
        foreach (var request in Requests.Where(which ?? (recorded => !recorded.Request.IsDiscovery)).OrderBy(recorded => recorded.Ended))
            if (request.Began >= end)
                (waves, end) = (waves + 1, request.Ended);
        return waves;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task Serve(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var request = await Read(context.Request);
        var (rules, names) = Applying(request);
        Next next = Forward;
        foreach (var rule in rules.AsEnumerable().Reverse())
        {
            var inner = next;
            next = asked => rule.Do(asked, inner);
        }
        var answer = await next(request);
        lock (_gate) _recorded.Add(new Recorded(WithoutSecrets(request), HashOf(request.Token), answer.Status, names, began, Stopwatch.GetTimestamp()));
        await Write(context, answer);
    }

    private (List<Rule> Rules, IReadOnlyList<string> Names) Applying(ProxyRequest request)
    {
        lock (_gate)
        {
            var applying = _rules.Where(one => (one.Rule.Times is not { } times || one.Used.Count < times) && one.Rule.When(request)).ToList();
            foreach (var (_, used) in applying) used.Count++;
            return ([.. applying.Select(one => one.Rule)], [.. applying.Select(one => one.Rule.Name)]);
        }
    }

    private static async Task<ProxyRequest> Read(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var headers = ProxyResponse.Names([.. request.Headers.Select(header => (header.Key, header.Value.ToString()))]);
        return new ProxyRequest(request.Method, request.Path.Value ?? "/", request.QueryString.Value?.TrimStart('?') ?? "", headers, body.ToArray()) { ClientPort = request.HttpContext.Connection.RemotePort };
    }

    private async Task<ProxyResponse> Forward(ProxyRequest request)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), $"{_upstreamOrigin}{request.Path}{(request.Query.Length > 0 ? "?" : "")}{request.Query}");
        if (request.Body.Length > 0) message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in request.Headers)
            if (name is not ("Host" or "Content-Length" or "Connection" or "Transfer-Encoding") && !message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        message.Headers.Add("X-Forwarded-Host", Origin["http://".Length..]);
        using var answer = await _upstream.SendAsync(message);
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .Where(header => header.Key is not ("Transfer-Encoding" or "Connection" or "Keep-Alive" or "Content-Length" or "Date"))
            .Select(header => (header.Key, string.Join(", ", header.Value)));
        return new ProxyResponse((int)answer.StatusCode, ProxyResponse.Names([.. headers]), await answer.Content.ReadAsByteArrayAsync());
    }

    private static async Task Write(HttpContext context, ProxyResponse answer)
    {
        if (answer.BreakAfter == 0)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers) context.Response.Headers[name] = value;
        if (answer.Status is not (204 or 304)) context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body.AsMemory(0, answer.BreakAfter ?? answer.Body.Length));
        await context.Response.Body.FlushAsync();
        if (answer.BreakAfter is null) return;
        await Task.Delay(50); // a reset overtakes bytes that the client has not read yet
        context.Abort();
    }

    private ProxyRequest WithoutSecrets(ProxyRequest request)
    {
        if (!KeepsBodies) request = request with { Body = [] };
        return request.Headers.TryGetValue("Authorization", out var value)
            ? request with { Headers = ProxyResponse.Names([.. request.Headers.Select(header => (header.Key, header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) ? value.Split(' ')[0] : header.Value))]) }
            : request;
    }

    /// <summary>What stands in the record instead of a token: enough to see whether two requests carried the same.</summary>
    public static string? HashOf(string? token) => token is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

/// <summary>What happened to one request.</summary>
/// <param name="Request">As it arrived; of the Authorization header only the scheme.</param>
/// <param name="TokenHash"><see cref="FaultProxy.HashOf"/> of its token, or null without one.</param>
/// <param name="Status">The answer's.</param>
/// <param name="Rules">Names of the rules that took part.</param>
/// <param name="Began"><see cref="Stopwatch"/> ticks.</param>
/// <param name="Ended"><see cref="Stopwatch"/> ticks.</param>
public sealed record Recorded(ProxyRequest Request, string? TokenHash, int Status, IReadOnlyList<string> Rules, long Began, long Ended);
