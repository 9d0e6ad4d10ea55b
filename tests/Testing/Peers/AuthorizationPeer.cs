using System.Text.Json;

namespace BiopsyFhir.Testing.Peers;

/// <summary>
/// An independent, certified authorization server dressed as an EHR's: SMART App Launch 2.2 and Backend Services.
/// See <c>tests/peers/authorization-server.mjs</c>.
/// </summary>
public sealed class AuthorizationPeer() : ServerPeer("authorization-server.mjs")
{
    /// <summary>
    /// Any of: <c>fhirBases</c> (the <c>aud</c> values accepted), <c>standalone</c> (context without an EHR launch),
    /// <c>dropScopes</c> (never granted, silently), <c>refreshTokens</c> (asked, always, never), <c>accessTokenSeconds</c>,
    /// <c>smart</c> (members that replace those of smart-configuration).
    /// </summary>
    public Task Configure(object settings) => Admin(HttpMethod.Post, "settings", settings);

    /// <summary>Registers a client by its RFC 7591 metadata: <c>client_id</c>, <c>redirect_uris</c>, <c>token_endpoint_auth_method</c>…</summary>
    public Task Register(object metadata) => Admin(HttpMethod.Post, "clients", metadata);

    /// <summary>The EHR opens an app. The context is told in the token response as given, wrong values too.</summary>
    /// <returns>The opaque <c>launch</c> parameter.</returns>
    public async Task<string> Launch(object context) =>
        (await Admin(HttpMethod.Post, "launches", context)).GetProperty("launch").GetString()!;

    /// <summary>Fails the next requests to <c>authorize</c> or <c>token</c>.</summary>
    public Task FailNext(string endpoint, int status = 400, string error = "invalid_request", string? body = null, string? contentType = null, int times = 1) =>
        Admin(HttpMethod.Post, "fail", new { endpoint, status, error, body, contentType, times });

    /// <summary>What arrived at the authorize, token, introspection and revocation endpoints, oldest first, parameters as sent.</summary>
    public async Task<IReadOnlyList<JsonElement>> Requests(string? endpoint = null) =>
        [.. (await Admin(HttpMethod.Get, "requests")).EnumerateArray()
            .Where(request => endpoint is null || request.GetProperty("endpoint").GetString() == endpoint)];

    /// <summary>What a token is good for: <c>active</c>, <c>scope</c>, <c>client_id</c>, <c>patient</c> (RFC 7662).</summary>
    public async Task<JsonElement> Introspect(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Origin}/token/introspection")
        {
            Content = new FormUrlEncodedContent([new("token", token)]),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("r4-server:r4-server-secret"u8));
        using var response = await Http.SendAsync(request);
        return JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement;
    }
}
