using System.Diagnostics.CodeAnalysis;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>A bearer token. It never prints itself.</summary>
public sealed class AccessToken : IEquatable<AccessToken>
{
    private readonly string _value;

    /// <exception cref="ArgumentException">The token is empty or holds characters that a header cannot carry (RFC 6750 allows visible ASCII).</exception>
    public AccessToken(string value)
    {
        if (string.IsNullOrEmpty(value) || value.Any(c => c is <= ' ' or > '~'))
            throw new ArgumentException("An access token is one or more visible ASCII characters.", nameof(value));
        _value = value;
    }

    /// <summary>The bytes for the <c>Authorization</c> header, and for nothing else.</summary>
    public string Reveal() => _value;

    public bool Equals(AccessToken? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as AccessToken);

    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "(access token)";
}

/// <summary>Where a FHIR client gets its token: a SMART session, a backend client, or one hook call.</summary>
public interface IAccessTokens
{
    /// <summary>The token to use now; null when there is none to be had (the call then fails as unauthorised without being sent).</summary>
    ValueTask<AccessToken?> GetAsync(CancellationToken ct);

    /// <summary>
    /// Called after a 401. Answers a newer token than <paramref name="stale"/>, or null when there is none (no refresh token, refused).
    /// One refresh at a time per session is the implementer's part: when <see cref="GetAsync"/> already holds another token than
    /// <paramref name="stale"/>, that one is the answer.
    /// </summary>
    ValueTask<AccessToken?> RefreshAsync(AccessToken stale, CancellationToken ct);
}

/// <summary>One token without a way to renew it, as in <c>fhirAuthorization</c> of a CDS Hooks call.</summary>
public sealed class OneAccessToken(AccessToken token) : IAccessTokens
{
    public ValueTask<AccessToken?> GetAsync(CancellationToken ct) => new(token);

    public ValueTask<AccessToken?> RefreshAsync(AccessToken stale, CancellationToken ct) => new((AccessToken?)null);
}
