using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;

namespace BiopsyFhir.Peers.Tests.Servers;

/// <summary>A SMART client of the tests' own, as simple as can be, that can also do everything wrong.</summary>
internal sealed class SmartProbe(string authorizationServer, string clientId, string redirectUri) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = true, CookieContainer = new CookieContainer() });

    public string Verifier { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public string TokenEndpoint => $"{authorizationServer}/token";

    public Dictionary<string, string?> AuthorizeParameters(string scope, string aud, string? launch) => new()
    {
        ["response_type"] = "code",
        ["client_id"] = clientId,
        ["redirect_uri"] = redirectUri,
        ["scope"] = scope,
        ["state"] = "state-1",
        ["aud"] = aud,
        ["launch"] = launch,
        ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
        ["code_challenge_method"] = "S256",
    };

    /// <summary>Follows redirects as a browser would, up to the app's own address; its query is the answer.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Authorize(IReadOnlyDictionary<string, string?> parameters)
    {
        var url = $"{authorizationServer}/auth?" + string.Join('&', parameters.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}"));
        for (var hops = 0; hops < 10; hops++)
        {
            using var response = await _http.GetAsync(url);
            if (response.Headers.Location is not { } next)
                return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString());
            url = new Uri(new Uri(url), next).ToString();
            if (!url.StartsWith(redirectUri, StringComparison.Ordinal)) continue;
            var query = HttpUtility.ParseQueryString(new Uri(url).Query);
            return query.AllKeys.ToDictionary(key => key!, key => query[key]!);
        }
        throw new InvalidOperationException("too many redirects");
    }

    public async Task<(int Status, JsonElement Body)> Token(IEnumerable<KeyValuePair<string, string>> form, string? basic = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, TokenEndpoint) { Content = new FormUrlEncodedContent(form) };
        if (basic is not null) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    public Dictionary<string, string> CodeGrant(string code) => new()
    {
        ["grant_type"] = "authorization_code",
        ["code"] = code,
        ["redirect_uri"] = redirectUri,
        ["code_verifier"] = Verifier,
    };

    public void Dispose() => _http.Dispose();
}
