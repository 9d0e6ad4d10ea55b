using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BiopsyFhir.Fhir.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Fhir.Tests.Rest;

/// <summary>A FHIR server on a real loopback socket that does what the test says, and remembers what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app) => _app = app;

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>http://127.0.0.1:port/fhir</summary>
    public string Base => _app.Urls.Single() + "/fhir";

    public string Host => _app.Urls.Single();

    public static Task<ScriptedServer> StartAsync(Func<HttpContext, Task> answer) => StartAsync(selfSigned: false, answer);

    /// <param name="selfSigned">https with a certificate that nobody vouches for.</param>
    /// <param name="answer">What it does.</param>
    public static async Task<ScriptedServer> StartAsync(bool selfSigned, Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o =>
        {
            o.Protocols = HttpProtocols.Http1;
            if (selfSigned)
                o.UseHttps(SelfSigned());
        }));
        var app = builder.Build();
        var server = new ScriptedServer(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            server.Requests.Enqueue(new Asked(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                body,
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            await answer(context);
        });
        await app.StartAsync();
        return server;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    /// <summary>Answers in turn; the last one for ever.</summary>
    public static Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] answers)
    {
        var turn = -1;
        return StartAsync(c => answers[Math.Min(Interlocked.Increment(ref turn), answers.Length - 1)](c));
    }

    public static Func<HttpContext, Task> Json(string json, int status = 200, params (string Name, string Value)[] headers) => c =>
        Body(c, "application/fhir+json; charset=utf-8", Encoding.UTF8.GetBytes(json), status, headers);

    public static Func<HttpContext, Task> Status(int status, params (string Name, string Value)[] headers) => c =>
    {
        c.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            c.Response.Headers[name] = value;
        return Task.CompletedTask;
    };

    public static Task Body(HttpContext c, string type, byte[] bytes, int status = 200, params (string Name, string Value)[] headers)
    {
        c.Response.StatusCode = status;
        c.Response.ContentType = type;
        foreach (var (name, value) in headers)
            c.Response.Headers[name] = value;
        c.Response.ContentLength = bytes.Length;
        return c.Response.Body.WriteAsync(bytes).AsTask();
    }

    public FhirClient Client(IAccessTokens? tokens = null, FhirResilience? resilience = null, FhirLimits? limits = null, TimeProvider? time = null) =>
        Connection(resilience, limits, time).ClientFor(tokens);

    public FhirConnection Connection(FhirResilience? resilience = null, FhirLimits? limits = null, TimeProvider? time = null)
    {
        var server = FhirServer.Of(Base, NetworkReach.Loopback);
        return new FhirConnection(server, new HttpMessageInvoker(FhirConnection.CreateHandler(server)), time ?? TimeProvider.System, () => 0.5, resilience ?? Quick, limits);
    }

    /// <summary>The usual two retries, without the waiting.</summary>
    public static FhirResilience Quick { get; } = new() { FirstPause = TimeSpan.FromMilliseconds(1), AttemptTimeout = TimeSpan.FromSeconds(20) };

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

internal sealed record Asked(string Method, string Target, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
