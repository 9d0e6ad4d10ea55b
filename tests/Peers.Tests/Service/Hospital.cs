using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;
using BiopsyFhir.Testing.Service;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>
/// A hospital with our service in it: FHIR server and authorization server that we did not write, a proxy of its own for
/// each way to authenticate a client, and the service as a process. Scopes are enforced on every FHIR request.
/// </summary>
public sealed class Hospital : IAsyncLifetime
{
    /// <summary>The EHRs of the service's list: they differ in how the service authenticates to them.</summary>
    public static readonly string[] Ehrs = ["public", "secret", "key"];

    private readonly Dictionary<string, FaultProxy> _proxies = [];

    /// <summary>Configuration of the service beside the EHRs.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; init; } = [];

    public R4Peer R4 { get; } = new();

    public AuthorizationPeer Authorization { get; } = new();

    public ServiceProcess Service { get; private set; } = null!;

    /// <summary>What stands between the service and the FHIR server, by EHR.</summary>
    public FaultProxy Proxy(string ehr = "public") => _proxies[ehr];

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await R4.InitializeAsync();
        await Authorization.InitializeAsync();
        foreach (var ehr in Ehrs) _proxies[ehr] = await FaultProxy.Start(R4.Origin);
        Service = await ServiceProcess.Start(
        [
            .. Ehr(0, "public", ("ClientAuth", "none")),
            .. Ehr(1, "secret", ("ClientAuth", "secret"), ("ClientSecret", "a secret: 100%")),
            .. Ehr(2, "key", ("ClientAuth", "private-key")),
            ("Facility:TimeZone", "America/Chicago"), .. Settings,
        ]);
        await Authorization.Register(Client("public", new { token_endpoint_auth_method = "none" }));
        await Authorization.Register(Client("secret", new { token_endpoint_auth_method = "client_secret_basic", client_secret = "a secret: 100%" }));
        await Authorization.Register(Client("key", new { token_endpoint_auth_method = "private_key_jwt", jwks_uri = $"{Service.Url}/.well-known/jwks.json" }));
        await Reset();
    }

    public async Task DisposeAsync()
    {
        if (Service is not null) await Service.DisposeAsync();
        foreach (var proxy in _proxies.Values) await proxy.DisposeAsync();
        await Authorization.DisposeAsync();
        await R4.DisposeAsync();
    }

    /// <summary>Forgets records, faults and patients. Clients and the service's sessions stay.</summary>
    public async Task Reset()
    {
        await R4.Reset();
        await R4.Configure(authorizationServer: Authorization.Origin);
        await Authorization.Reset();
        await Authorization.Configure(new { fhirBases = Ehrs.Select(ehr => _proxies[ehr].FhirBase).ToArray() });
        foreach (var proxy in _proxies.Values)
        {
            proxy.Reset();
            proxy.Add(ScopeCheck.By(Authorization));
        }
    }

    /// <summary>The address that the EHR opens in the clinician's browser.</summary>
    public async Task<string> LaunchUrl(object context, string ehr = "public") =>
        $"{Service.Url}/launch?iss={Uri.EscapeDataString(_proxies[ehr].FhirBase)}&launch={await Authorization.Launch(context)}";

    private IEnumerable<(string, string)> Ehr(int n, string id, params (string Key, string Value)[] more) =>
    [
        ($"Ehrs:{n}:Id", id), ($"Ehrs:{n}:Issuer", _proxies[id].FhirBase), ($"Ehrs:{n}:ClientId", $"{id}-app"),
        .. more.Select(setting => ($"Ehrs:{n}:{setting.Key}", setting.Value)),
    ];

    private Dictionary<string, object> Client(string ehr, object metadata)
    {
        var all = metadata.GetType().GetProperties().ToDictionary(property => property.Name, property => property.GetValue(metadata)!);
        all["client_id"] = $"{ehr}-app";
        all["redirect_uris"] = new[] { $"{Service.Url}/callback" };
        return all;
    }
}
