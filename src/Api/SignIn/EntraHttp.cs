using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Fhir.Rest;
using Microsoft.Identity.Client;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// The way out to Entra ID, for MSAL and for the keys of its tokens: no redirects, no cookies, ten seconds, one MiB, and never to this
/// machine, unless an Instance is configured there by name.
/// </summary>
public class EntraHttp : IMsalHttpClientFactory, IDisposable
{
    private readonly Lazy<HttpClient> client;

    public EntraHttp(ServiceOptions options)
    {
        var loopback = options.Ehrs.Select(ehr => ehr.BackendEntra?.Instance).Append(options.AzureAd.Instance)
            .Any(instance => instance is not null && WebAddress.TryBase(instance, out var address) && WebAddress.IsLoopback(address));
        client = new(() => new(Handler(loopback)) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1024 * 1024 });
    }

    public HttpClient GetHttpClient() => client.Value;

    /// <param name="loopback">Whether this machine may be asked.</param>
    protected virtual SocketsHttpHandler Handler(bool loopback)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (!loopback) handler.ConnectCallback = ConnectGuard.For(NetworkReach.Private);
        return handler;
    }

    public void Dispose()
    {
        if (client.IsValueCreated) client.Value.Dispose();
        GC.SuppressFinalize(this);
    }
}
