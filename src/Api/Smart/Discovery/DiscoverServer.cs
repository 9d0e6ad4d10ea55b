using System.Collections.Concurrent;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Smart.Discovery;

/// <summary>
/// Reads <c>{fhirBase}/.well-known/smart-configuration</c> of a trusted EHR and keeps it for five minutes. Servers before SMART 2.0
/// that put their endpoints into the CapabilityStatement are read only with the quirk <c>oauth-uris-in-metadata</c>.
/// </summary>
public sealed class DiscoverServer(EhrHttp http, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);
    private const string OauthUris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
    private readonly ConcurrentDictionary<string, (ServerConfiguration Found, DateTimeOffset Until)> known = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="LaunchStoppedException">The document is missing, unreadable, or names an endpoint that may not be asked.</exception>
    public async Task<ServerConfiguration> ForAsync(EhrOptions ehr, CancellationToken cancel)
    {
        if (known.TryGetValue(ehr.Id, out var kept) && clock.GetUtcNow() < kept.Until) return kept.Found;
        return await AgainAsync(ehr, cancel);
    }

    /// <summary>The document as it is now, for whoever has just changed it.</summary>
    /// <exception cref="LaunchStoppedException">As <see cref="ForAsync"/>.</exception>
    public async Task<ServerConfiguration> AgainAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var found = await ReadAsync(ehr, cancel);
        known[ehr.Id] = (found, clock.GetUtcNow() + Kept);
        return found;
    }

    private async Task<ServerConfiguration> ReadAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var answer = await AskAsync(ehr, Below(ehr, ".well-known/smart-configuration"), "application/json", cancel);
        if (answer.Good) return Read(ehr, answer.Body);
        if (!ehr.LaunchQuirks.OauthUrisInMetadata || answer.Status is not (404 or 410))
            throw LaunchStop.NotDiscovered($"the server answered {answer.Status}").Exception();
        var metadata = await AskAsync(ehr, Below(ehr, "metadata"), "application/fhir+json", cancel);
        if (!metadata.Good) throw LaunchStop.NotDiscovered($"the server answered {metadata.Status} for its CapabilityStatement").Exception();
        return ReadMetadata(ehr, metadata.Body);
    }

    private async Task<EhrAnswer> AskAsync(EhrOptions ehr, Uri address, string accept, CancellationToken cancel)
    {
        try
        {
            return await http.GetAsync(ehr, address, accept, cancel);
        }
        catch (EhrUnreachableException e)
        {
            throw LaunchStop.Unreachable(e.Message).Exception(e);
        }
    }

    /// <summary>What a smart-configuration document of this EHR says.</summary>
    /// <exception cref="LaunchStoppedException">It cannot be used.</exception>
    public static ServerConfiguration Read(EhrOptions ehr, string document) => FromWellKnown(ehr, Parse(document, "the document"));

    /// <summary>What a CapabilityStatement of this EHR says in its <c>oauth-uris</c>.</summary>
    /// <exception cref="LaunchStoppedException">It cannot be used.</exception>
    public static ServerConfiguration ReadMetadata(EhrOptions ehr, string statement) => FromMetadata(ehr, Parse(statement, "the CapabilityStatement"));

    private static ServerConfiguration FromWellKnown(EhrOptions ehr, JsonElement document) => new()
    {
        Issuer = Text(document, "issuer"),
        Authorize = Endpoint(ehr, document, "authorization_endpoint") ?? throw LaunchStop.NotDiscovered("it names no authorization_endpoint").Exception(),
        Token = Endpoint(ehr, document, "token_endpoint") ?? throw LaunchStop.NotDiscovered("it names no token_endpoint").Exception(),
        KeySet = Endpoint(ehr, document, "jwks_uri"),
        Introspect = Endpoint(ehr, document, "introspection_endpoint"),
        Revoke = Endpoint(ehr, document, "revocation_endpoint"),
        Capabilities = List(document, "capabilities"),
        ChallengeMethods = List(document, "code_challenge_methods_supported"),
        GrantTypes = List(document, "grant_types_supported"),
        AuthMethods = List(document, "token_endpoint_auth_methods_supported"),
        SigningAlgorithms = List(document, "token_endpoint_auth_signing_alg_values_supported"),
        Scopes = List(document, "scopes_supported"),
        AnswersWithIssuer = document.TryGetProperty("authorization_response_iss_parameter_supported", out var iss) && iss.ValueKind is JsonValueKind.True,
    };

    private static ServerConfiguration FromMetadata(EhrOptions ehr, JsonElement statement)
    {
        var uris = Items(statement, "rest").SelectMany(rest => rest.ValueKind is JsonValueKind.Object && rest.TryGetProperty("security", out var security) ? Items(security, "extension") : [])
            .Where(e => Text(e, "url") is OauthUris).SelectMany(e => Items(e, "extension")).ToList();
        Uri? Named(string name) => uris.Where(e => Text(e, "url") == name).Select(e => Endpoint(ehr, e, "valueUri")).FirstOrDefault();
        return new()
        {
            Authorize = Named("authorize") ?? throw LaunchStop.NotDiscovered("the CapabilityStatement names no authorize endpoint").Exception(),
            Token = Named("token") ?? throw LaunchStop.NotDiscovered("the CapabilityStatement names no token endpoint").Exception(),
            Introspect = Named("introspect"),
            Revoke = Named("revoke"),
        };
    }

    /// <summary>A relative endpoint is meant below the FHIR base.</summary>
    private static Uri? Endpoint(EhrOptions ehr, JsonElement document, string name)
    {
        if (Text(document, name) is not { Length: > 0 } text) return null;
        // An absolute address keeps its bytes: the token URL is the aud of our assertions.
        if (!(Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") && !Uri.TryCreate(new Uri(ehr.Issuer.TrimEnd('/') + "/"), text, out address)
            || !EhrHttp.MayAsk(ehr, address))
            throw LaunchStop.NotDiscovered($"its {name} is not an address this service may ask (https is required)").Exception();
        return address;
    }

    /// <summary>An address below the FHIR base, whether that ends with a slash or not.</summary>
    public static Uri Below(EhrOptions ehr, string path) => new(new(ehr.Issuer.TrimEnd('/') + "/"), path);

    private static JsonElement Parse(string body, string what) =>
        OutsideJson.ReadObject(body) ?? throw LaunchStop.NotDiscovered($"{what} is not a JSON object, or names a member twice").Exception();

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static JsonElement[] Items(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static List<string>? List(JsonElement document, string name) =>
        document.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(e => e.ValueKind is JsonValueKind.String).Select(e => e.GetString()!)]
            : null;
}
