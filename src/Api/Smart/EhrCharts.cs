using System.Collections.Concurrent;
using System.Security.Cryptography;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Smart;

/// <summary>FHIR clients: for a session, for automation, for one hook call. A client belongs to one call or session.</summary>
public sealed class EhrCharts(EhrConnections connections, SessionStore sessions, RefreshTokens refresh, BackendTokens backend, TimeProvider clock)
{
    public FhirClient For(SmartSession session) =>
        Connection(session.Ehr).ClientFor(new SessionTokens(session.Id, sessions, refresh, clock));

    /// <summary>For automation; needs a <see cref="EhrOptions.BackendClientId"/>.</summary>
    public FhirClient ForBackend(EhrOptions ehr) =>
        Connection(ehr).ClientFor(backend.For(ehr, ScopesToAsk.ForBackend(ehr, ChartQuirks.Of(ehr))));

    /// <summary>For one hook call, with the token of its <c>fhirAuthorization</c>; null for an open server.</summary>
    public FhirClient ForHook(EhrOptions ehr, AccessToken? token) => Connection(ehr).ClientFor(token is null ? null : new OneAccessToken(token));

    public FhirConnection Connection(EhrOptions ehr) => connections.To(ehr);
}

/// <summary>What calls to one EHR share (connections, retries, breaker), kept for the life of the process.</summary>
public sealed class EhrConnections(EhrHttp http, TimeProvider clock) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<(FhirConnection Connection, HttpMessageInvoker Invoker)>> connections = new(StringComparer.OrdinalIgnoreCase);

    public FhirConnection To(EhrOptions ehr) => connections.GetOrAdd(ehr.Id, _ => new(() =>
    {
        var server = http.Server(ehr);
        var invoker = new HttpMessageInvoker(new MeasureEhr(ehr.Id, new(server.BaseUrl), EhrHttp.Handler(server)));
        return (new(server, invoker, clock, () => RandomNumberGenerator.GetInt32(1_000_000) / 1e6), invoker);
    })).Value.Connection;

    /// <summary>EHRs whose circuit breaker is open, by id.</summary>
    public IReadOnlyList<string> LeftAlone => [.. connections.Where(c => c.Value.IsValueCreated && c.Value.Value.Connection.IsLeftAlone).Select(c => c.Key).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        foreach (var kept in connections.Values.Where(c => c.IsValueCreated)) kept.Value.Invoker.Dispose();
    }
}
