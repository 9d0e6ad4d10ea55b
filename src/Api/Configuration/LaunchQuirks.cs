namespace BiopsyFhir.Api.Configuration;

/// <summary>
/// What a launch at one EHR does differently. Names in <c>Ehrs:N:Quirks</c>; names that are not in this list say how its chart is read
/// and written, and belong to the FHIR layer.
/// </summary>
public sealed record LaunchQuirks
{
    /// <value><c>pkce-not-announced</c>: the server takes PKCE but does not say so, as servers before SMART 2.0 do.</value>
    public bool PkceNotAnnounced { get; init; }

    /// <value><c>oauth-uris-in-metadata</c>: where there is no smart-configuration, use the oauth-uris of the CapabilityStatement (SMART 1.0).</value>
    public bool OauthUrisInMetadata { get; init; }

    /// <value>
    /// <c>cookieless-launch</c>: browsers here may refuse every cookie of a framed page. A launch then goes on without one, and the
    /// session's unguessable path is its only key. Leave off unless a site's browsers need it.
    /// </value>
    public bool CookielessLaunch { get; init; }

    private static readonly Dictionary<string, Func<LaunchQuirks, LaunchQuirks>> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["pkce-not-announced"] = q => q with { PkceNotAnnounced = true },
        ["oauth-uris-in-metadata"] = q => q with { OauthUrisInMetadata = true },
        ["cookieless-launch"] = q => q with { CookielessLaunch = true },
    };

    /// <returns>The launch quirks among the names, and the names that were not ours.</returns>
    public static (LaunchQuirks Quirks, IReadOnlyList<string> Others) Read(IReadOnlyList<string> names) => (
        names.Where(Names.ContainsKey).Aggregate(new LaunchQuirks(), (quirks, name) => Names[name](quirks)),
        [.. names.Where(name => !Names.ContainsKey(name))]);
}
