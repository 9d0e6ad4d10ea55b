using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Smart.Discovery;

/// <summary>
/// Whether a launch can succeed, asked before the user is sent away: a message here is plainer than an error at the EHR's sign-in.
/// A list the EHR does not publish is no refusal, except for PKCE, without which a code may be stolen.
/// </summary>
public static class CheckCapabilities
{
    /// <exception cref="LaunchStoppedException">Names what is missing.</exception>
    public static void ForLaunch(ServerConfiguration server, EhrOptions ehr, bool standalone)
    {
        if (Missing(server, ehr, standalone).FirstOrDefault() is { } missing) throw LaunchStop.NotCapable(missing).Exception();
    }

    /// <returns>All that a safe launch needs and this server says it cannot do; empty when nothing stands in the way.</returns>
    public static IEnumerable<string> Missing(ServerConfiguration server, EhrOptions ehr, bool standalone)
    {
        if (server.ChallengeMethods is null && !ehr.LaunchQuirks.PkceNotAnnounced)
            yield return "PKCE (code_challenge_methods_supported is missing)";
        if (server.ChallengeMethods?.Contains("S256") is false)
            yield return "PKCE with S256";
        if (server.GrantTypes?.Contains("authorization_code") is false)
            yield return "the authorization code grant";
        var kind = standalone ? "launch-standalone" : "launch-ehr";
        if (server.Capabilities is not null && !server.Can(kind))
            yield return $"this kind of launch ({kind})";
        if (ehr.ClientAuth is ClientAuth.Secret && !Authenticates(server, "client_secret_basic", "client-confidential-symmetric"))
            yield return "authentication with a client secret (client_secret_basic)";
        if (ehr.ClientAuth is ClientAuth.PrivateKey && !Authenticates(server, "private_key_jwt", "client-confidential-asymmetric"))
            yield return "authentication with a signed assertion (private_key_jwt)";
    }

    private static bool Authenticates(ServerConfiguration server, string method, string capability) =>
        server.AuthMethods is null || server.AuthMethods.Contains(method) || server.Can(capability);
}
