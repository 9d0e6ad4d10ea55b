using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Api.Smart;

/// <summary>Unguessable values, and the hashes under which we remember them.</summary>
public static class Secrets
{
    /// <summary>43 URL-safe characters, 256 bits: enough for a state (SMART asks for 122), a PKCE verifier (RFC 7636: 43 to 128) and a cookie.</summary>
    public static string New() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static bool Matches(string secret, string hash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(secret)), Encoding.ASCII.GetBytes(hash));

    /// <summary>PKCE S256, RFC 7636 section 4.2; <c>plain</c> is never used.</summary>
    public static string Challenge(string verifier) => WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
