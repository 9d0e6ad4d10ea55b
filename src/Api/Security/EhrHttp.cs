using System.Collections.Concurrent;
using System.Security.Authentication;
using System.Text;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Security;

/// <summary>What an authorization server answered: a status and a small body.</summary>
public sealed record EhrAnswer(int Status, string Body)
{
    public bool Good => Status is >= 200 and < 300;
}

/// <summary>The request did not get an answer we may use; the message says why, without any part of an answer.</summary>
public sealed class EhrUnreachableException(string why, bool nothingWasSent, Exception? cause = null) : Exception(why, cause)
{
    /// <summary>True when no connection came about, so that the request may be made again.</summary>
    public bool NothingWasSent => nothingWasSent;
}

/// <summary>
/// The one way out to an EHR's authorization server. Checks the address, follows no redirect, keeps no cookie, bounds time and size.
/// FHIR calls go through <see cref="FhirConnection"/> with the same handler.
/// </summary>
public sealed class EhrHttp(SmartOptions options, IHostEnvironment host) : IDisposable
{
    private const int LargestBody = 1024 * 1024;
    private readonly ConcurrentDictionary<string, Lazy<HttpClient>> clients = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The EHR as the FHIR layer knows it. A name that is not loopback may resolve into the hospital's network, never to this machine.</summary>
    public FhirServer Server(EhrOptions ehr) => FhirServer.Of(ehr.Issuer,
        WebAddress.IsLoopback(new(ehr.Issuer)) ? NetworkReach.Loopback : NetworkReach.Private,
        plainHttp: host.IsDevelopment(), id: ehr.Id);

    public static SocketsHttpHandler Handler(FhirServer server)
    {
        var handler = FhirConnection.CreateHandler(server);
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        return handler;
    }

    /// <summary>
    /// Whether an endpoint that this EHR's own documents name may be asked: https anywhere (issuers differ from FHIR bases), else only
    /// where its FHIR base is, or on loopback for an EHR on loopback. Where the name may lead is checked again when connecting.
    /// </summary>
    public static bool MayAsk(EhrOptions ehr, Uri endpoint)
    {
        var issuer = new Uri(ehr.Issuer);
        return endpoint is { IsAbsoluteUri: true, UserInfo: "", Fragment: "" }
            && (endpoint.Scheme is "https"
                || (endpoint.Scheme is "http" && WebAddress.Origin(endpoint) == WebAddress.Origin(issuer))
                || (endpoint.Scheme is "http" && WebAddress.IsLoopback(endpoint) && WebAddress.IsLoopback(issuer)));
    }

    public Task<EhrAnswer> GetAsync(EhrOptions ehr, Uri address, string accept, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd(accept);
        return SendAsync(ehr, request, cancel);
    }

    /// <exception cref="EhrUnreachableException">No usable answer.</exception>
    public async Task<EhrAnswer> SendAsync(EhrOptions ehr, HttpRequestMessage request, CancellationToken cancel)
    {
        using var message = request;
        if (message.RequestUri is not { } address || !MayAsk(ehr, address))
            throw new EhrUnreachableException("its address is not one of this EHR's", nothingWasSent: true);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(options.TimeoutSeconds));
        try
        {
            var client = clients.GetOrAdd(ehr.Id, _ => new(() => new(Handler(Server(ehr))) { Timeout = Timeout.InfiniteTimeSpan })).Value;
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var status = (int)response.StatusCode;
            if (status is >= 300 and < 400) throw new EhrUnreachableException("it redirects, which is not followed", nothingWasSent: false);
            return new(status, await BodyAsync(response, patience.Token));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new EhrUnreachableException($"no answer within {options.TimeoutSeconds} seconds", nothingWasSent: false);
        }
        catch (HttpRequestException e)
        {
            throw new EhrUnreachableException(Why(e), e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError, e);
        }
        catch (IOException e)
        {
            throw new EhrUnreachableException("the connection broke", nothingWasSent: false, e);
        }
    }

    public void Dispose()
    {
        foreach (var client in clients.Values.Where(c => c.IsValueCreated)) client.Value.Dispose();
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > LargestBody) throw new EhrUnreachableException("its answer is larger than 1 MiB", nothingWasSent: false);
        }
        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length).TrimStart('\uFEFF');
    }

    private static string Why(HttpRequestException e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
            if (inner is AddressRefusedException) return "its name leads to an address that is not allowed";
        return e.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "its name does not resolve",
            HttpRequestError.ConnectionError => "it takes no connection",
            HttpRequestError.SecureConnectionError => "its certificate or its TLS version is not accepted",
            _ => "the connection broke",
        };
    }
}
