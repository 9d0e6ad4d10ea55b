using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>A registered app.</summary>
/// <param name="JwksUrl">Where its key set is; null for a public app.</param>
/// <param name="RedirectUri">The one registered; null for a backend service.</param>
internal sealed record Client(string Id, string? JwksUrl, string? RedirectUri);

/// <summary>The two apps this EHR knows: the one clinicians launch, and its backend service.</summary>
internal sealed class Clients(IOptions<SandboxOptions> options, SandboxAddresses at)
{
    public Client? Find(string? id) =>
        id == options.Value.ClientId ? new(id, options.Value.ClientJwksUrl?.AbsoluteUri, at.Redirect)
        : id == options.Value.BackendClientId ? new(id, at.BackendJwks, null)
        : null;

    /// <summary>Of the scopes asked for, those this EHR grants to a launched app: known words and readable clinical scopes, minus the withheld ones.
    /// What is left out is not an error (RFC 6749, 3.3): the token response names what was granted.</summary>
    public List<string> Grantable(IEnumerable<string> asked) =>
        [.. asked.Distinct().Where(s => !options.Value.WithheldScopes.Contains(s) && (Words.Contains(s) || Scope.Parse(s) is { Context: "patient" or "user" }))];

    public List<string> GrantableToBackend(IEnumerable<string> asked) =>
        [.. asked.Distinct().Where(s => !options.Value.WithheldScopes.Contains(s) && Scope.Parse(s) is { Context: "system" })];

    private static readonly string[] Words = ["openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access"];
}
