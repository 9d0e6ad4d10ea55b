using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>What a resource type may be asked for (codes of R4 <c>type-restful-interaction</c>).</summary>
public enum Interaction
{
    Read,
    Search,
    Create,
    Update,
    Patch,
    Delete,
}

/// <summary>What an EHR announces about one resource type.</summary>
public sealed record ResourceCapability(
    string Type,
    ImmutableHashSet<Interaction> Interactions,
    bool ConditionalCreate,
    ImmutableHashSet<string> SearchParameters,
    ImmutableHashSet<string> SearchIncludes)
{
    /// <summary>Updates are guarded by If-Match (<c>versioning: versioned-update</c>).</summary>
    public bool VersionedUpdate { get; init; }
}

/// <summary>
/// What an EHR announces in its CapabilityStatement. Read leniently: a member of the wrong shape counts as not announced, so an error
/// in it can only make us do less.
/// </summary>
public sealed record Capabilities
{
    private const string OauthUris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

    public string? FhirVersion { get; init; }

    public string? SoftwareName { get; init; }

    public string? SoftwareVersion { get; init; }

    public ImmutableDictionary<string, ResourceCapability> Resources { get; init; } = ImmutableDictionary<string, ResourceCapability>.Empty;

    public bool Transactions { get; init; }

    public bool Batches { get; init; }

    /// <summary>Media types, for example <c>application/json-patch+json</c>.</summary>
    public ImmutableArray<string> PatchFormats { get; init; } = [];

    /// <summary>SMART's oauth-uris by name (<c>authorize</c>, <c>token</c>, <c>register</c> …); the fallback for servers without a smart-configuration.</summary>
    public ImmutableDictionary<string, string> OAuthUris { get; init; } = ImmutableDictionary<string, string>.Empty;

    public bool JsonPatch => PatchFormats.Contains("application/json-patch+json");

    public bool May(string type, Interaction interaction) => Resources.GetValueOrDefault(type)?.Interactions.Contains(interaction) ?? false;

    public bool ConditionalCreate(string type) => Resources.GetValueOrDefault(type) is { ConditionalCreate: true };

    /// <summary>An update with If-Match is refused when someone else has changed the resource meanwhile.</summary>
    public bool VersionedUpdate(string type) => Resources.GetValueOrDefault(type) is { VersionedUpdate: true };

    public bool SearchesBy(string type, string parameter) => May(type, Interaction.Search) && Resources[type].SearchParameters.Contains(parameter);

    public bool Includes(string type, string include) => Resources.GetValueOrDefault(type)?.SearchIncludes.Any(i => i == include || i == "*") ?? false;

    /// <summary>The capabilities, or why this is not a statement that we can use.</summary>
    public static (Capabilities? Capabilities, string? Refused) Read(FhirElement statement)
    {
        if (statement.IsA("Conformance"))
            return (null, "a DSTU2 Conformance, not R4");
        if (!statement.IsA("CapabilityStatement"))
            return (null, "not a CapabilityStatement");
        var version = statement.Text("fhirVersion");
        // R4B (4.3) has the resources that we use unchanged.
        if (version is not null && !version.StartsWith("4.0", StringComparison.Ordinal) && !version.StartsWith("4.3", StringComparison.Ordinal))
            return (null, $"a CapabilityStatement of FHIR {version}, not R4");
        var servers = statement.Items("rest").Where(r => r.ValueKind == JsonValueKind.Object && r.Text("mode") is null or "server").ToList();
        if (servers.Count == 0)
            return (null, "a CapabilityStatement that describes no server");
        return (new Capabilities
        {
            FhirVersion = version,
            SoftwareName = Software(statement, "name"),
            SoftwareVersion = Software(statement, "version"),
            Resources = servers.SelectMany(s => s.Items("resource")).Select(Resource).OfType<ResourceCapability>()
                .GroupBy(r => r.Type).ToImmutableDictionary(g => g.Key, g => g.Aggregate(Join)),
            Transactions = servers.Any(s => Codes(s).Contains("transaction")),
            Batches = servers.Any(s => Codes(s).Contains("batch")),
            PatchFormats = [.. statement.Items("patchFormat").Select(Members.AsText).OfType<string>()],
            OAuthUris = servers.SelectMany(OAuth).GroupBy(u => u.Name).ToImmutableDictionary(g => g.Key, g => g.First().Address),
        }, null);
    }

    private static string? Software(FhirElement statement, string name) => statement.Member("software").Text(name);

    private static ResourceCapability? Resource(FhirElement resource) => resource.Text("type") is not { Length: > 0 } type
        ? null
        : new ResourceCapability(
            type,
            [.. Codes(resource).Select(Known).OfType<Interaction>()],
            resource.Flag("conditionalCreate") == true,
            [.. resource.Items("searchParam").Select(p => p.Text("name")).OfType<string>()],
            [.. resource.Items("searchInclude").Select(Members.AsText).OfType<string>()])
        {
            VersionedUpdate = resource.Text("versioning") == "versioned-update",
        };

    private static ResourceCapability Join(ResourceCapability a, ResourceCapability b) => new(
        a.Type, a.Interactions.Union(b.Interactions), a.ConditionalCreate || b.ConditionalCreate, a.SearchParameters.Union(b.SearchParameters), a.SearchIncludes.Union(b.SearchIncludes))
    {
        VersionedUpdate = a.VersionedUpdate && b.VersionedUpdate,
    };

    private static IEnumerable<string> Codes(FhirElement parent) => parent.Items("interaction").Select(i => i.Text("code")).OfType<string>();

    private static Interaction? Known(string code) => code switch
    {
        "read" => Interaction.Read,
        "search-type" => Interaction.Search,
        "create" => Interaction.Create,
        "update" => Interaction.Update,
        "patch" => Interaction.Patch,
        "delete" => Interaction.Delete,
        _ => null,
    };

    private static IEnumerable<(string Name, string Address)> OAuth(FhirElement rest) =>
        rest.Member("security").Items("extension")
            .Where(e => e.Text("url") == OauthUris)
            .SelectMany(e => e.Items("extension"))
            .Select(e => (Name: e.Text("url"), Address: e.Text("valueUri") ?? e.Text("valueUrl")))
            .Where(e => e.Name is not null && e.Address is not null)
            .Select(e => (e.Name!, e.Address!));
}
