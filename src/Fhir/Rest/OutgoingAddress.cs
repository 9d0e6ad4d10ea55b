using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// Decides whether an address belongs to the FHIR server, before a token goes along (SMART: a token is for one server only).
/// Same scheme, host, port and path prefix as the base; everything else, such as a <c>next</c> link, <c>Location</c> or attachment
/// address on another host, is refused and never asked.
/// </summary>
public sealed partial class OutgoingAddress
{
    private readonly ImmutableArray<Uri> _bases;

    internal OutgoingAddress(string baseUrl, IEnumerable<string> otherBases) =>
        _bases = [.. otherBases.Prepend(baseUrl).Select(b => new Uri(b.EndsWith('/') ? b : b + "/"))];

    /// <summary>The base with a slash at its end, so that relative references resolve below it.</summary>
    internal Uri Base => _bases[0];

    /// <summary>The absolute address of a relative or absolute link, when it belongs to this server.</summary>
    /// <param name="link"><c>Patient/1</c>, <c>Binary/1</c>, an absolute address, a <c>next</c> link. A leading slash means the root of the host, as in RFC 3986.</param>
    /// <param name="address">The address to ask, when it belongs here.</param>
    public bool TryResolve(string? link, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        // Encoded dots and slashes, and backslashes, mean something else to some servers than to us.
        if (string.IsNullOrWhiteSpace(link) || Disguise().IsMatch(link.Split('?', 2)[0]))
            return false;
        if (link.StartsWith('#') || !Uri.TryCreate(Base, link, out var uri))
            return false;
        if (!Covers(uri))
            return false;
        address = uri;
        return true;
    }

    /// <summary>Whether an absolute address belongs to this server.</summary>
    public bool Covers(Uri address) => BaseOf(address) is not null;

    /// <summary>
    /// <c>Type/id</c> and the version out of a reference or <c>Location</c> header, when it belongs to this server and names one resource.
    /// </summary>
    public bool TryReadReference(string? link, [NotNullWhen(true)] out ResourceAddress? resource)
    {
        resource = null;
        if (!TryResolve(link, out var uri))
            return false;
        var below = uri.AbsolutePath[BaseOf(uri)!.AbsolutePath.Length..];
        var parts = ReferenceShape().Match(below);
        if (!parts.Success)
            return false;
        resource = new ResourceAddress(parts.Groups["type"].Value, parts.Groups["id"].Value, parts.Groups["version"] is { Success: true } v ? v.Value : null);
        return true;
    }

    private Uri? BaseOf(Uri address) => _bases.FirstOrDefault(b =>
        address.IsAbsoluteUri
        && address.UserInfo.Length == 0
        && address.Scheme == b.Scheme
        && string.Equals(address.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase)
        && address.Port == b.Port
        && (address.AbsolutePath.StartsWith(b.AbsolutePath, StringComparison.Ordinal)
            // HAPI pages at the base itself: https://host/fhir?_getpages=…
            || (address.AbsolutePath + "/").Equals(b.AbsolutePath, StringComparison.Ordinal)));

    [GeneratedRegex(@"\\|%2e|%2f|%5c|\s", RegexOptions.IgnoreCase)]
    private static partial Regex Disguise();

    // R4 ids are 64 characters of [A-Za-z0-9-.]; vendors send longer ones and underscores, so those are read too.
    [GeneratedRegex(@"^(?<type>[A-Z][A-Za-z]{1,63})/(?<id>[A-Za-z0-9\-._~]{1,256})(/_history/(?<version>[A-Za-z0-9\-._~]{1,256}))?$")]
    private static partial Regex ReferenceShape();
}

/// <summary>One resource on the server: <c>Type/id</c>, perhaps one version of it.</summary>
public sealed record ResourceAddress(string Type, string Id, string? Version = null)
{
    /// <summary><c>Type/id</c>, without the version.</summary>
    public string Reference => $"{Type}/{Id}";

    public override string ToString() => Reference;
}
