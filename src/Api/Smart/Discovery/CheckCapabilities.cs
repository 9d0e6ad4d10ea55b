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
        if (server.ChallengeMethods is null && !ehr.LaunchQuirks.PkceNotAnnounced)
            throw LaunchStop.NotCapable("PKCE (code_challenge_methods_supported is missing)").Exception();
        if (server.ChallengeMethods?.Contains("S256") is false)
            throw LaunchStop.NotCapable("PKCE with S256").Exception();
        if (server.GrantTypes?.Contains("authorization_code") is false)
            throw LaunchStop.NotCapable("the authorization code grant").Exception();
        var kind = standalone ? "launch-standalone" : "launch-ehr";
        if (server.Capabilities is not null && !server.Can(kind))
            throw LaunchStop.NotCapable($"this kind of launch ({kind})").Exception();
        if (ehr.ClientAuth is ClientAuth.Secret && !Authenticates(server, "client_secret_basic", "client-confidential-symmetric"))
            throw LaunchStop.NotCapable("authentication with a client secret (client_secret_basic)").Exception();
        if (ehr.ClientAuth is ClientAuth.PrivateKey && !Authenticates(server, "private_key_jwt", "client-confidential-asymmetric"))
            throw LaunchStop.NotCapable("authentication with a signed assertion (private_key_jwt)").Exception();
    }

    private static bool Authenticates(ServerConfiguration server, string method, string capability) =>
        server.AuthMethods is null || server.AuthMethods.Contains(method) || server.Can(capability);
}
