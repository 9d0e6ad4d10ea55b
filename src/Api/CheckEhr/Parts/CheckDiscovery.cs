using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>The smart-configuration document and whether a launch as configured can follow from it.</summary>
public static class CheckDiscovery
{
    public static IEnumerable<CheckLine> Of(EhrOptions ehr, ServerConfiguration? server, LaunchStop? why)
    {
        if (server is null)
        {
            // Hooks and a backend client with Entra ID need no SMART authorization server.
            var needed = ehr.ClientId is not null || ehr is { BackendClientId: not null, BackendEntra: null };
            yield return new(needed ? CheckState.Error : CheckState.Warning, "discovery", why!.What.TrimEnd('.'), why.Code is "unreachable"
                ? "Check name, port, firewall and certificate as seen from this machine."
                : $"{ehr.Issuer.TrimEnd('/')}/.well-known/smart-configuration must be a JSON document: is the issuer the FHIR base? A server before SMART 2.0 may need the quirk oauth-uris-in-metadata.");
            yield break;
        }
        yield return CheckLine.Ok("discovery", $"authorize at {server.Authorize.OriginalString}, token at {server.Token.OriginalString}");
        foreach (var line in ehr.ClientId is null ? [NoLaunch(ehr)] : Launch(ehr, server)) yield return line;
    }

    private static CheckLine NoLaunch(EhrOptions ehr) => CheckLine.Warning("launch", "no client id: this EHR cannot launch the service",
        $"If it should, register the service there as a SMART app and set {ehr.Key}:ClientId.");

    private static IEnumerable<CheckLine> Launch(EhrOptions ehr, ServerConfiguration server)
    {
        var missing = CheckCapabilities.Missing(server, ehr, standalone: false).ToList();
        foreach (var what in missing)
            yield return CheckLine.Error("launch", $"the EHR says it cannot do {what}", what.StartsWith("PKCE", StringComparison.Ordinal)
                ? "Ask the vendor. If the server takes PKCE (S256) without saying so, set the quirk pkce-not-announced."
                : what.StartsWith("authentication", StringComparison.Ordinal)
                    ? $"Set {ehr.Key}:ClientAuth to a way that the server takes{Ways(server)}, and register the client so."
                    : "Ask the vendor to switch it on for this app.");
        if (missing is [])
            yield return CheckLine.Ok("launch", $"authorization code with PKCE S256, {Client(ehr.ClientAuth)}");
        if (server.Capabilities is null)
            yield return CheckLine.Warning("launch", "the EHR publishes no list of capabilities", "Try a launch; what it cannot do will be seen only then.");
        else if (!server.Can("sso-openid-connect"))
            yield return CheckLine.Warning("launch", "sso-openid-connect is not announced: the EHR may not say who is signed in, and then nothing can be signed",
                "Have the scopes openid and fhirUser allowed for this app.");
        if (server.Capabilities is not null && !server.Can("launch-standalone"))
            yield return CheckLine.Warning("launch", "launch-standalone is not announced: a review opens from the chart only", "Nothing, unless links from outside the EHR are wanted.");
        if (server.AuthMethods is null && ehr.ClientAuth is not ClientAuth.None)
            yield return CheckLine.Warning("launch", "the EHR does not say how clients authenticate", $"Register the client there for {Client(ehr.ClientAuth)}.");
    }

    private static string Ways(ServerConfiguration server) => server.AuthMethods is { Count: > 0 } methods ? $" ({string.Join(", ", methods.Take(8))})" : "";

    private static string Client(ClientAuth auth) => auth switch
    {
        ClientAuth.Secret => "client secret",
        ClientAuth.PrivateKey => "signed assertion",
        _ => "public client",
    };
}
