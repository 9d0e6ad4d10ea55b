using System.Net;

namespace BiopsyFhir.Api.Configuration;

/// <summary>Questions about a URL that the configuration and the outgoing-address check ask alike.</summary>
public static class WebAddress
{
    /// <summary>An absolute http(s) URL without user information, query or fragment.</summary>
    public static bool TryBase(string text, out Uri address)
    {
        var good = Uri.TryCreate(text, UriKind.Absolute, out var parsed)
            && parsed.Scheme is "http" or "https"
            && parsed is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 }
            && !text.Contains('?') && !text.Contains('#');
        address = good ? parsed! : new Uri("about:blank");
        return good;
    }

    /// <summary>A web origin: scheme, host and port, nothing after (RFC 6454).</summary>
    public static bool IsOrigin(string text) =>
        TryBase(text, out var address) && address.AbsolutePath is "/" && !text.EndsWith('/') && !text.Contains('*');

    public static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);

    /// <summary><c>localhost</c> or an address of this machine's loopback, by name: no lookup is made.</summary>
    public static bool IsLoopback(Uri address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    public static bool IsSecureOrLoopback(Uri address) => address.Scheme is "https" || IsLoopback(address);

    /// <summary>
    /// The form used to look an issuer up, and for nothing else: scheme and host in lower case, no default port, no trailing slash.
    /// </summary>
    public static string ForLookup(Uri address) => Origin(address) + address.AbsolutePath.TrimEnd('/');
}
