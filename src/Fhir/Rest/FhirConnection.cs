using System.Net;
using Polly;
using Polly.CircuitBreaker;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// What all calls to one EHR share: the message handler, the retry pipeline and the circuit breaker. Keep one per EHR for the life of
/// the process; take a <see cref="FhirClient"/> from it for each call or session.
/// </summary>
public sealed class FhirConnection
{
    private readonly CircuitBreakerStateProvider _breaker = new();

    /// <param name="server">The EHR.</param>
    /// <param name="invoker">Over <see cref="CreateHandler"/> in production; redirects must not be followed by it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">Numbers from 0 up to 1 that spread retries.</param>
    /// <param name="resilience">Timeouts, retries, breaker.</param>
    /// <param name="limits">Sizes.</param>
    public FhirConnection(FhirServer server, HttpMessageInvoker invoker, TimeProvider time, Func<double> jitter, FhirResilience? resilience = null, FhirLimits? limits = null)
    {
        Server = server;
        Invoker = invoker;
        Time = time;
        Limits = limits ?? new FhirLimits();
        Pipeline = (resilience ?? new FhirResilience()).Build(time, jitter, _breaker);
    }

    public FhirServer Server { get; }

    /// <summary>The circuit breaker is open: the EHR failed repeatedly, and nothing is sent until <see cref="FhirResilience.BreakerRest"/> is over.</summary>
    public bool IsLeftAlone => _breaker.CircuitState is CircuitState.Open;

    public FhirLimits Limits { get; }

    internal HttpMessageInvoker Invoker { get; }

    internal TimeProvider Time { get; }

    internal ResiliencePipeline<FhirAnswer> Pipeline { get; }

    /// <summary>A client for one call or session. <paramref name="tokens"/> is null only for a server without authorization.</summary>
    public FhirClient ClientFor(IAccessTokens? tokens) => new(this, tokens);

    /// <summary>
    /// The handler for one EHR: no redirects, no cookies, no proxy from the environment, decompression (sizes are limited while
    /// reading), and connections only to addresses that <see cref="FhirServer.Reach"/> allows.
    /// </summary>
    /// <param name="server">The EHR.</param>
    /// <param name="proxy">An outgoing proxy; it then resolves names, so the address check moves there.</param>
    /// <param name="resolve">Name resolution, for tests.</param>
    public static SocketsHttpHandler CreateHandler(FhirServer server, IWebProxy? proxy = null, ConnectGuard.Resolve? resolve = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = proxy is not null,
            Proxy = proxy,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = 16,
        };
        if (proxy is null)
            handler.ConnectCallback = ConnectGuard.For(server.Reach, resolve);
        return handler;
    }
}
