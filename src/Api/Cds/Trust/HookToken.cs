using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// What a caller's JWT claims, read strictly and believed in nothing yet: three parts, JSON without duplicate members, an algorithm of
/// ours, one value of the right type per claim (CDS Hooks 2.0, "Trusting CDS Clients"; RFC 8725).
/// </summary>
internal sealed record HookToken
{
    /// <summary>Tokens of CDS clients are about 600 characters; what is larger is not looked at.</summary>
    private const int MostCharacters = 8 * 1024;

    private const int MostText = 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public required string Compact { get; init; }
    public required string Algorithm { get; init; }
    public required string KeyId { get; init; }
    public string? KeySetUrl { get; init; }
    public required string Issuer { get; init; }
    public required IReadOnlyList<string> Audiences { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public required string Id { get; init; }
    public string? Tenant { get; init; }

    /// <summary>A record's generated text would carry the token into a log.</summary>
    public override string ToString() => $"token of {Issuer}";

    /// <returns>The token, or why it is not one; the reason is for our log only.</returns>
    public static (HookToken? Token, string Why) Read(string compact)
    {
        if (compact.Length > MostCharacters) return (null, "larger than any client's token");
        var parts = compact.Split('.');
        if (parts.Length != 3) return (null, "not a signed token of three parts");
        if (parts.Any(part => part.Length is 0 || !part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))) return (null, "a part is empty or not base64url");
        using var header = Json(parts[0]);
        using var claims = Json(parts[1]);
        if (header is null || claims is null) return (null, "header or claims are not one JSON object");
        return Read(compact, header.RootElement, claims.RootElement);
    }

    /// <summary>The issuer that a Bearer credential names, unverified; null when it is no token.</summary>
    public static string? IssuerOf(string authorization) =>
        authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? Read(authorization["Bearer ".Length..].Trim()).Token?.Issuer : null;

    private static (HookToken? Token, string Why) Read(string compact, JsonElement header, JsonElement claims)
    {
        // RFC 7515 section 4.1.11: what must be understood is not, here.
        if (header.TryGetProperty("crit", out _)) return (null, "critical header");
        if (Text(header, "alg") is not ("ES384" or "RS384") and var algorithm) return (null, $"algorithm {Excerpt(algorithm)} is not accepted");
        if (Text(header, "typ") is not { } type || !type.Equals("JWT", StringComparison.OrdinalIgnoreCase)) return (null, "typ is not JWT");
        if (Text(header, "kid") is not { } key) return (null, "no kid");
        var keySet = Text(header, "jku");
        if (keySet is null && header.TryGetProperty("jku", out _)) return (null, "jku is no text");
        if (Text(claims, "iss") is not { } issuer) return (null, "no iss");
        if (Audience(claims) is not { } audiences) return (null, "no aud, or not text");
        if (Instant(claims, "exp") is not { } expires) return (null, "no exp");
        if (Instant(claims, "iat") is not { } issued) return (null, "no iat");
        var notBefore = Instant(claims, "nbf");
        if (notBefore is null && claims.TryGetProperty("nbf", out _)) return (null, "nbf is no instant");
        if (Text(claims, "jti") is not { } id) return (null, "no jti");
        var tenant = Text(claims, "tenant");
        if (tenant is null && claims.TryGetProperty("tenant", out _)) return (null, "tenant is no text");
        return (new()
        {
            Compact = compact,
            Algorithm = Text(header, "alg")!,
            KeyId = key,
            KeySetUrl = keySet,
            Issuer = issuer,
            Audiences = audiences,
            ExpiresAt = expires,
            IssuedAt = issued,
            NotBefore = notBefore,
            Id = id,
            Tenant = tenant,
        }, "");
    }

    private static JsonDocument? Json(string part)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(part);
            if (!Utf8.IsValid(bytes)) return null;
            var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.ValueKind is JsonValueKind.Object) return document;
            document.Dispose();
            return null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.String) return null;
        try
        {
            return value.GetString() is { Length: > 0 and <= MostText } text && !text.Any(char.IsControl) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
    }

    /// <summary>RFC 7519 section 4.1.3: one text or a list of texts.</summary>
    private static List<string>? Audience(JsonElement claims)
    {
        if (Text(claims, "aud") is { } one) return [one];
        if (!claims.TryGetProperty("aud", out var list) || list.ValueKind is not JsonValueKind.Array || list.GetArrayLength() is 0 or > 16) return null;
        var audiences = list.EnumerateArray().Select(Text).OfType<string>().ToList();
        return audiences.Count == list.GetArrayLength() ? audiences : null;
    }

    /// <summary>RFC 7519 NumericDate; seconds, perhaps with a fraction, from 2001 to 2286: milliseconds by mistake fall outside.</summary>
    private static DateTimeOffset? Instant(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var number) && number.ValueKind is JsonValueKind.Number && number.TryGetDecimal(out var seconds) && seconds is >= 1_000_000_000 and < 10_000_000_000 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;

    /// <summary>For a log line: printable, short.</summary>
    internal static string Excerpt(string? text)
    {
        if (text is null) return "(none)";
        var plain = new StringBuilder();
        foreach (var c in text.Take(60)) plain.Append(c is > ' ' and < '\x7f' ? c : '?');
        return plain.ToString();
    }
}
