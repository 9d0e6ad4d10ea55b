namespace BiopsyFhir.Api.Configuration;

/// <summary>
/// The allow-list of EHRs: whom we talk to, by issuer or by short name. A miss means "refuse before any request".
/// The sandbox's issuer depends on the listening address, so the table is made at first use.
/// </summary>
public sealed class EhrRegistry
{
    public const string SandboxId = "sandbox";

    private readonly Lazy<(IReadOnlyList<EhrOptions> All, Dictionary<string, EhrOptions> ByIssuer, Dictionary<string, EhrOptions> ById)> tables;

    public EhrRegistry(ServiceOptions options, PublicAddress address) => tables = new(() =>
    {
        List<EhrOptions> all = [.. options.Ehrs];
        if (options.Sandbox.Enabled) all.Add(Sandbox(address));
        return (all,
            all.ToDictionary(e => WebAddress.ForLookup(new(e.Issuer)), StringComparer.Ordinal),
            all.ToDictionary(e => e.Id, StringComparer.OrdinalIgnoreCase));
    });

    public IReadOnlyList<EhrOptions> All => tables.Value.All;

    /// <summary>Origins that may frame our pages when the page belongs to no one EHR.</summary>
    public IEnumerable<string> FrameOrigins => All.SelectMany(e => e.FrameOrigins).Distinct(StringComparer.Ordinal);

    /// <param name="issuer">As received; compared in normal form (<see cref="WebAddress.ForLookup"/>).</param>
    public EhrOptions? ByIssuer(string? issuer) =>
        issuer is not null && WebAddress.TryBase(issuer, out var address)
            ? tables.Value.ByIssuer.GetValueOrDefault(WebAddress.ForLookup(address))
            : null;

    public EhrOptions? ById(string? id) => id is null ? null : tables.Value.ById.GetValueOrDefault(id);

    private static EhrOptions Sandbox(PublicAddress address) => new()
    {
        Key = "Sandbox",
        Id = SandboxId,
        Issuer = address.At("/sandbox/fhir"),
        ClientId = "biopsyfhir-sandbox",
        BackendClientId = "biopsyfhir-backend",
        FrameOrigins = [address.Base],
        CdsClients = [new() { Issuer = address.At("/sandbox/fhir"), JwksUrl = address.At("/sandbox/auth/cds-jwks") }],
    };
}
