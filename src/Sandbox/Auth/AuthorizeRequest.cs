using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>An authorization request that has passed every check that needs no user.</summary>
internal sealed partial record AuthorizeRequest(Client Client, IReadOnlyList<string> Scopes, string State, string Challenge, string? Launch, string? Nonce)
{
    /// <summary>Told to the app by redirect (RFC 6749, 4.1.2.1).</summary>
    public sealed class Refused(string error, string description, string redirect, string? state) : Exception(description)
    {
        public string Error => error;
        public string Redirect => redirect;
        public string? State => state;
    }

    /// <summary>Shown to the user and never redirected: the app or its address is not known, so there is nobody to tell.</summary>
    public sealed class Unknown(string message) : Exception(message);

    /// <exception cref="Unknown"/>
    /// <exception cref="Refused"/>
    public static AuthorizeRequest Read(Func<string, string?[]> sent, Clients clients, SandboxAddresses at)
    {
        var client = clients.Find(One("client_id"));
        if (client?.RedirectUri is null) throw new Unknown("This app is not registered with the sandbox EHR.");
        if (One("redirect_uri") != client.RedirectUri) throw new Unknown("The redirect address is not the one registered for this app.");
        var state = One("state");

        foreach (var name in Names)
            if (sent(name).Length > 1) throw No("invalid_request", $"'{name}' is given more than once.");
        if (One("response_type") != "code") throw No("unsupported_response_type", "response_type must be 'code'.");
        if (string.IsNullOrEmpty(state)) throw No("invalid_request", "'state' is required.");
        if (One("aud") != at.Fhir) throw No("invalid_request", $"'aud' must be exactly {at.Fhir}.");
        if (One("code_challenge_method") != "S256" || One("code_challenge") is not { } challenge || !Challenges().IsMatch(challenge))
            throw No("invalid_request", "PKCE with code_challenge_method=S256 is required.");
        var scopes = clients.Grantable((One("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (scopes is []) throw No("invalid_scope", "None of the scopes asked for can be granted.");
        var launch = One("launch");
        if (scopes.Contains("launch") != launch is not null) throw No("invalid_request", "The scope 'launch' and the parameter 'launch' go together.");
        return new(client, scopes, state, challenge, launch, One("nonce"));

        string? One(string name) => sent(name) is [var one, ..] ? one : null;
        Refused No(string error, string why) => new(error, why, client.RedirectUri, state);
    }

    /// <summary>The app's redirect address with these parameters, <c>state</c> and the issuer (RFC 9207) added.</summary>
    public static string Back(string redirect, string? state, string issuer, params (string Name, string Value)[] extra)
    {
        var query = QueryString.Create(extra.Select(e => KeyValuePair.Create(e.Name, (string?)e.Value)));
        if (state is not null) query = query.Add("state", state);
        return redirect + query.Add("iss", issuer);
    }

    private static readonly string[] Names =
        ["response_type", "client_id", "redirect_uri", "scope", "state", "aud", "launch", "code_challenge", "code_challenge_method", "nonce"];

    [GeneratedRegex("^[A-Za-z0-9_-]{43}$")]
    private static partial Regex Challenges();
}
