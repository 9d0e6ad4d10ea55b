using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Smart.Tokens;

/// <summary>One entry of <c>fhirContext</c>.</summary>
public sealed record ContextItem(string? Reference, string? Canonical, string? Role);

/// <summary>A token response, read leniently where servers differ and strictly where a mistake could reach a wrong patient.</summary>
public sealed record TokenResponse
{
    public required string AccessToken { get; init; }

    /// <summary>Null when the server does not say: the token is then used until it is refused.</summary>
    public TimeSpan? ExpiresIn { get; init; }
    public string? RefreshToken { get; init; }
    public string? IdToken { get; init; }

    /// <summary>Null when missing: by RFC 6749 section 5.1 what was asked for.</summary>
    public string? Scope { get; init; }
    public string? Patient { get; init; }
    public string? Encounter { get; init; }

    /// <summary>Missing counts as true: a banner too many is better than a patient unnamed.</summary>
    public bool NeedPatientBanner { get; init; } = true;
    public string? Intent { get; init; }
    public string? Tenant { get; init; }
    public string? StyleUrl { get; init; }

    /// <summary>Untrusted text, from a CDS Hooks card of ours or from anyone.</summary>
    public string? AppContext { get; init; }
    public IReadOnlyList<ContextItem> Context { get; init; } = [];

    /// <returns>The response, or why it cannot be used; the reason quotes nothing of it.</returns>
    public static (TokenResponse? Response, string? Fault) Read(string body)
    {
        // Two members "patient" would leave it to chance whose chart is shown.
        if (OutsideJson.ReadObject(body) is not { } root) return (null, "it is not a JSON object, or names a member twice");
        if (Text(root, "access_token") is not { Length: > 0 } token || token.Any(c => c is <= ' ' or > '~')) return (null, "it holds no access token");
        if (!string.Equals(Text(root, "token_type"), "bearer", StringComparison.OrdinalIgnoreCase)) return (null, "its token type is not Bearer");
        return (new()
        {
            AccessToken = token,
            ExpiresIn = Seconds(root),
            RefreshToken = NotEmpty(root, "refresh_token"),
            IdToken = NotEmpty(root, "id_token"),
            Scope = Text(root, "scope"),
            Patient = NotEmpty(root, "patient"),
            Encounter = NotEmpty(root, "encounter"),
            NeedPatientBanner = Flag(root, "need_patient_banner") ?? true,
            Intent = NotEmpty(root, "intent"),
            Tenant = NotEmpty(root, "tenant"),
            StyleUrl = NotEmpty(root, "smart_style_url"),
            AppContext = NotEmpty(root, "appContext"),
            Context = [.. ContextItems(root)],
        }, null);
    }

    /// <summary>A FHIR id as vendors send it: longer than 64 and with underscores, but never a path or a query.</summary>
    public static bool IsId(string text) => text.Length <= 256 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~') && text is not ("." or "..");

    /// <summary>A number, or a number written as a string; nonsense counts as not said.</summary>
    private static TimeSpan? Seconds(JsonElement root)
    {
        if (!root.TryGetProperty("expires_in", out var value)) return null;
        var text = value.ValueKind is JsonValueKind.String ? value.GetString() : value.ValueKind is JsonValueKind.Number ? value.GetRawText() : null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 31_536_000
            ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static bool? Flag(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when bool.TryParse(value.GetString(), out var flag) => flag,
        _ => null,
    } : null;

    private static IEnumerable<ContextItem> ContextItems(JsonElement root)
    {
        if (!root.TryGetProperty("fhirContext", out var list) || list.ValueKind is not JsonValueKind.Array) yield break;
        foreach (var item in list.EnumerateArray().Where(i => i.ValueKind is JsonValueKind.Object))
            yield return new(NotEmpty(item, "reference"), NotEmpty(item, "canonical"), NotEmpty(item, "role") ?? "launch");
    }

    private static string? NotEmpty(JsonElement element, string name) => Text(element, name) is { Length: > 0 } text ? text : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()?.Trim() : null;
}
