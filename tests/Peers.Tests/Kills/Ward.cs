using System.Text.Json;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;
using BiopsyFhir.Testing.Service;

namespace BiopsyFhir.Peers.Tests.Kills;

/// <summary>
/// The service with a database that outlives it, and three EHRs that differ in what keeps a write single: the EHR itself
/// (conditional create, transactions), our looking first (one that knows no conditional create), or our own record only.
/// </summary>
internal sealed class Ward : IAsyncDisposable
{
    public static readonly string[] Ehrs = ["conditional", "search", "ledger"];

    private readonly Dictionary<string, FaultProxy> _proxies = [];

    public R4Peer R4 { get; } = new();

    public AuthorizationPeer Authorization { get; } = new();

    public ServiceProcess Service { get; private set; } = null!;

    public FaultProxy Proxy(string ehr) => _proxies[ehr];

    /// <param name="postgres">Connection string; null for SQLite in the service's folder.</param>
    public static async Task<Ward> Open(string? postgres)
    {
        var ward = new Ward();
        await ward.R4.InitializeAsync();
        await ward.Authorization.InitializeAsync();
        foreach (var ehr in Ehrs) ward._proxies[ehr] = await FaultProxy.Start(ward.R4.Origin);
        ward.Service = await ServiceProcess.Start(
        [
            ("Sandbox:Enabled", "false"),
            ("Database:Folder", "{folder}/data"),
            .. postgres is null ? [] : new[] { ("Database:Provider", "postgres"), ("Database:ConnectionString", postgres) },
            ("Facility:TimeZone", "America/Chicago"), ("Facility:ProcedureUnitPhone", "555-0100"), ("Facility:AfterHoursPhone", "555-0101"), ("Education:AllowUnreviewed", "true"),
            .. ward.Ehr(0, "conditional"),
            .. ward.Ehr(1, "search", "no-conditional-create", "no-transaction"),
            .. ward.Ehr(2, "ledger", "no-conditional-create", "no-transaction", "no-identifier-search"),
        ]);
        foreach (var ehr in Ehrs)
            await ward.Authorization.Register(new { client_id = $"{ehr}-app", token_endpoint_auth_method = "none", redirect_uris = new[] { $"{ward.Service.Url}/callback" } });
        return ward;
    }

    /// <summary>Forgets every patient and every fault.</summary>
    public async Task Clear()
    {
        await R4.Reset();
        await R4.Configure(authorizationServer: Authorization.Origin);
        await Authorization.Configure(new { fhirBases = Ehrs.Select(name => _proxies[name].FhirBase).ToArray(), refreshTokens = "always" });
        foreach (var proxy in _proxies.Values) proxy.Reset();
    }

    /// <summary>A new patient on apixaban.</summary>
    /// <returns>Where a launch for this patient begins.</returns>
    public async Task<string> Admit(string patient, string ehr)
    {
        await R4.Load($$"""
            {"resourceType":"Bundle","type":"collection","entry":[
              {"resource":{"resourceType":"Patient","id":"{{patient}}","gender":"female","birthDate":"1950-01-01"} },
              {"resource":{"resourceType":"MedicationRequest","id":"r{{patient}}","status":"active","intent":"order","subject":{"reference":"Patient/{{patient}}"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430"}],"text":"apixaban 5 MG Oral Tablet"} } }]}
            """);
        return $"{Service.Url}/launch?iss={Uri.EscapeDataString(_proxies[ehr].FhirBase)}&launch={await Authorization.Launch(new { user = "Practitioner/dr", patient, encounter = "e1" })}";
    }

    /// <summary>Everything of ours in the EHR.</summary>
    public async Task<List<JsonElement>> Written()
    {
        var all = new List<JsonElement>();
        foreach (var type in new[] { "CarePlan", "DocumentReference", "Communication", "Task", "Provenance", "AuditEvent" })
            all.AddRange((await R4.Stored(type)).Where(resource => resource.GetRawText().Contains("urn:biopsyfhir:", StringComparison.Ordinal)));
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        if (Service is not null) await Service.DisposeAsync();
        foreach (var proxy in _proxies.Values) await proxy.DisposeAsync();
        await Authorization.DisposeAsync();
        await R4.DisposeAsync();
    }

    private IEnumerable<(string, string)> Ehr(int n, string id, params string[] quirks) =>
    [
        ($"Ehrs:{n}:Id", id), ($"Ehrs:{n}:Issuer", _proxies[id].FhirBase), ($"Ehrs:{n}:ClientId", $"{id}-app"), ($"Ehrs:{n}:ClientAuth", "none"),
        .. quirks.Select((quirk, i) => ($"Ehrs:{n}:Quirks:{i}", quirk)),
    ];
}
