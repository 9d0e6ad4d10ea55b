using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;
using BiopsyFhir.Testing.Service;

namespace BiopsyFhir.Peers.Tests.Matrix;

/// <summary>How an EHR is connected: how we prove who we are, which scopes it speaks, and whose likeness it is.</summary>
public sealed record Connection(string Auth, string Scopes, string Vendor)
{
    public string Id => $"{Auth}-{Scopes}-{Vendor}";
}

/// <summary>One service that knows an EHR of every kind of connection. All of them stand before the same two servers that we did not write.</summary>
public sealed class Region : IAsyncLifetime
{
    public static readonly string[] Auths = ["public", "secret", "key"];
    public static readonly string[] ScopeVersions = ["v1", "v2"];
    public static readonly string[] Vendors = ["open", "epic-like", "oracle-like", "athena-like"];

    private const string Secret = "a secret: 100%";

    private readonly Dictionary<string, FaultProxy> _proxies = [];

    public R4Peer R4 { get; } = new();

    public AuthorizationPeer Authorization { get; } = new();

    public Validators Validators { get; } = new();

    public ServiceProcess Service { get; private set; } = null!;

    private static IEnumerable<Connection> All => from auth in Auths from scopes in ScopeVersions from vendor in Vendors select new Connection(auth, scopes, vendor);

    public FaultProxy Proxy(Connection connection) => _proxies[connection.Id];

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await Task.WhenAll(R4.InitializeAsync(), Authorization.InitializeAsync(), Validators.InitializeAsync());
        foreach (var connection in All) _proxies[connection.Id] = await FaultProxy.Start(R4.Origin);
        Service = await ServiceProcess.Start([.. All.SelectMany(Ehr), ("Facility:TimeZone", "America/Chicago")]);
        await Register("public", new { token_endpoint_auth_method = "none" });
        await Register("secret", new { token_endpoint_auth_method = "client_secret_basic", client_secret = Secret });
        await Register("key", new { token_endpoint_auth_method = "private_key_jwt", jwks_uri = $"{Service.Url}/.well-known/jwks.json" });
        await Reset();
    }

    public async Task DisposeAsync()
    {
        if (Service is not null) await Service.DisposeAsync();
        foreach (var proxy in _proxies.Values) await proxy.DisposeAsync();
        await Validators.DisposeAsync();
        await Authorization.DisposeAsync();
        await R4.DisposeAsync();
    }

    /// <summary>Every EHR as its kind is, empty.</summary>
    public async Task Reset()
    {
        await R4.Reset();
        await R4.Configure(authorizationServer: Authorization.Origin);
        await Authorization.Reset();
        await Authorization.Configure(new { fhirBases = _proxies.Values.Select(proxy => proxy.FhirBase).ToArray() });
        foreach (var connection in All) ResetFaults(connection);
    }

    /// <summary>The EHR as its kind is, whatever was added; its record is forgotten.</summary>
    public void ResetFaults(Connection connection, params IEnumerable<Rule> faults)
    {
        Proxy(connection).Reset();
        Proxy(connection).Add(faults).Add(ScopeCheck.By(Authorization)).Add(connection.Vendor switch
        {
            "epic-like" => Vendor.EpicLike(),
            "oracle-like" => Vendor.OracleLike(),
            "athena-like" => Vendor.AthenaLike(),
            _ => [],
        });
    }

    /// <summary>A new patient on apixaban.</summary>
    /// <returns>Where a launch for this patient begins.</returns>
    public async Task<string> Admit(string patient, Connection connection, bool standalone)
    {
        await R4.Load($$"""
            {"resourceType":"Bundle","type":"collection","entry":[
              {"resource":{"resourceType":"Patient","id":"{{patient}}","gender":"female","birthDate":"1950-01-01"} },
              {"resource":{"resourceType":"MedicationRequest","id":"r{{patient}}","status":"active","intent":"order","subject":{"reference":"Patient/{{patient}}"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430"}],"text":"apixaban 5 MG Oral Tablet"} } }]}
            """);
        var iss = Uri.EscapeDataString(Proxy(connection).FhirBase);
        if (!standalone) return $"{Service.Url}/launch?iss={iss}&launch={await Authorization.Launch(new { user = "Practitioner/dr", patient, encounter = "e1" })}";
        await Authorization.Configure(new { standalone = new { patient, encounter = "e1" } });
        return $"{Service.Url}/launch/standalone?iss={iss}";
    }

    /// <summary>Everything of ours in the EHR.</summary>
    public async Task<List<JsonElement>> Written()
    {
        var all = new List<JsonElement>();
        foreach (var type in new[] { "CarePlan", "DocumentReference", "Communication", "Task", "Provenance", "AuditEvent" })
            all.AddRange((await R4.Stored(type)).Where(resource => resource.GetRawText().Contains("urn:biopsyfhir:", StringComparison.Ordinal)));
        return all;
    }

    private static IEnumerable<(string, string)> Quirks(int n, string vendor) => vendor == "open" ? [] : [($"Ehrs:{n}:Quirks:0", vendor)];

    private IEnumerable<(string, string)> Ehr(Connection connection, int n) =>
    [
        ($"Ehrs:{n}:Id", connection.Id), ($"Ehrs:{n}:Issuer", Proxy(connection).FhirBase), ($"Ehrs:{n}:ClientId", $"{connection.Auth}-app"), ($"Ehrs:{n}:ScopeVersion", connection.Scopes),
        ($"Ehrs:{n}:ClientAuth", connection.Auth switch { "public" => "none", "secret" => "secret", _ => "private-key" }),
        .. connection.Auth == "secret" ? new[] { ($"Ehrs:{n}:ClientSecret", Secret) } : [],
        .. Quirks(n, connection.Vendor),
    ];

    private Task Register(string auth, object metadata)
    {
        var all = metadata.GetType().GetProperties().ToDictionary(property => property.Name, property => property.GetValue(metadata)!);
        all["client_id"] = $"{auth}-app";
        all["redirect_uris"] = new[] { $"{Service.Url}/callback" };
        return Authorization.Register(all);
    }
}
