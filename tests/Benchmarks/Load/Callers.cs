using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Hooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Benchmarks.Load;

/// <summary>What became of one call.</summary>
internal enum Came { Right, Shed, Wrong, NoAnswer }

/// <param name="Milliseconds">From the moment it was due, so that a caller who is kept waiting counts.</param>
internal sealed record Answered(string Kind, Came Came, double Milliseconds, string? What = null);

/// <summary>
/// Two hospitals with tokens of their own, an automation that posts Bundles, and somebody who looks at pages. Each kind's first answer
/// is kept, and every later one must be the same, byte for byte.
/// </summary>
internal sealed class Callers : IAsyncDisposable
{
    public const string North = "hook of the north", South = "hook of the south", Assessment = "assessment", Page = "page";

    /// <summary>Of ten calls, four hooks of one hospital, two of the other, three assessments, one page.</summary>
    public static readonly IReadOnlyList<string> Mix = [North, Assessment, North, South, Assessment, North, Page, South, Assessment, North];

    /// <summary>At the service at once; enough that its doors are full before these are.</summary>
    private const int Connections = 512;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly WebApplication _keys;
    private readonly HttpClient _client;
    private readonly byte[] _call = OrderSignCall.Of(ChartSize.Usual.Times(0.25)).ToArray();
    private readonly byte[] _bundle = GenerateChart.Bundle(ChartSize.Usual.Times(0.25)).ToArray();
    private readonly Dictionary<string, byte[]> _right = [];
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _prepared = [];
    private long _counter;

    private Callers(Uri service, WebApplication keys) => (_client, _keys) = (new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = service, Timeout = TimeSpan.FromSeconds(30) }, keys);

    /// <param name="service">The service, which knows the issuers https://north.example.org and https://south.example.org with the key set at <paramref name="keySet"/>.</param>
    /// <param name="keySet">Where to serve it, on loopback.</param>
    public static async Task<Callers> StartAsync(Uri service, Uri keySet)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(keySet.GetLeftPart(UriPartial.Authority));
        var callers = new Callers(service, app);
        app.MapGet("/jwks", callers.KeySet);
        await app.StartAsync();
        foreach (var kind in Mix.Distinct())
        {
            var (status, body, _) = await callers.SendAsync(kind);
            if (status is not HttpStatusCode.OK) throw new InvalidDataException($"{kind}: {(int)status} {Encoding.UTF8.GetString(body)}");
            callers._right[kind] = body;
        }
        return callers;
    }

    /// <summary>Signs tokens for so many calls beforehand (they are good for five minutes): signing costs as much as the service takes to answer.</summary>
    public void Prepare(string kind, int calls)
    {
        var issuer = IssuerOf(kind);
        var ready = _prepared[issuer] = new();
        for (var call = 0; call < calls; call++) ready.Enqueue(Token(issuer));
    }

    public async Task<Answered> CallAsync(string kind, long due)
    {
        try
        {
            var (status, body, comeAgain) = await SendAsync(kind);
            var took = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
            if (status is HttpStatusCode.ServiceUnavailable)
                return new(kind, comeAgain == TimeSpan.FromSeconds(2) && Encoding.UTF8.GetString(body).Contains("ask again in two seconds", StringComparison.Ordinal) ? Came.Shed : Came.Wrong, took, "503 without words or Retry-After");
            return status is HttpStatusCode.OK && body.AsSpan().SequenceEqual(_right[kind]) ? new(kind, Came.Right, took) : new(kind, Came.Wrong, took, $"{(int)status}, {body.Length} bytes for {_right[kind].Length}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return new(kind, Came.NoAnswer, Stopwatch.GetElapsedTime(due).TotalMilliseconds, e.GetType().Name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _keys.DisposeAsync();
        _key.Dispose();
    }

    private async Task<(HttpStatusCode, byte[], TimeSpan? ComeAgain)> SendAsync(string kind)
    {
        using var request = kind switch
        {
            North or South => Hook(IssuerOf(kind)),
            Assessment => new(HttpMethod.Post, "/api/v1/assessments?procedureAt=2026-03-18&asOf=2026-03-11") { Content = Json(_bundle) },
            _ => new HttpRequestMessage(HttpMethod.Get, "/cds-services"),
        };
        using var answer = await _client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(), answer.Headers.RetryAfter?.Delta);
    }

    private static string IssuerOf(string hook) => hook is North ? "https://north.example.org" : "https://south.example.org";

    private HttpRequestMessage Hook(string issuer) => new(HttpMethod.Post, HookService.OrderSign) { Content = Json(_call), Headers = { Authorization = new("Bearer", _prepared.TryGetValue(issuer, out var ready) && ready.TryDequeue(out var token) ? token : Token(issuer)) } };

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private string Token(string issuer)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = string.Create(CultureInfo.InvariantCulture, $$"""{"iss":"{{issuer}}","aud":"{{_client.BaseAddress!.ToString().TrimEnd('/')}}{{HookService.OrderSign}}","iat":{{now}},"exp":{{now + 300}},"jti":"{{Environment.ProcessId}}-{{Interlocked.Increment(ref _counter)}}"}""");
        var input = $"{Base64UrlEncoder.Encode("""{"alg":"ES384","typ":"JWT","kid":"load-1"}""")}.{Base64UrlEncoder.Encode(claims)}";
        return $"{input}.{Base64UrlEncoder.Encode(_key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA384))}";
    }

    private IResult KeySet()
    {
        var q = _key.ExportParameters(false).Q;
        return Results.Content($$"""{"keys":[{"kty":"EC","crv":"P-384","kid":"load-1","x":"{{Base64UrlEncoder.Encode(q.X)}}","y":"{{Base64UrlEncoder.Encode(q.Y)}}"}]}""", "application/json");
    }
}
