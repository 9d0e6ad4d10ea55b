using System.Net.Http.Json;
using System.Text.Json;

namespace BiopsyFhir.Testing.Peers;

/// <summary>A peer that serves HTTP on a free loopback port, with an administrative side under <c>/admin</c>.</summary>
public abstract class ServerPeer(string script) : PeerProcess(script)
{
    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Origin { get; private set; } = "";

    // Node closes an idle connection after five seconds; one that is older must not be used again.
    protected static HttpClient Http { get; } = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2) });

    public async Task<JsonElement> Admin(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"{Origin}/admin/{path}");
        if (body is not null) request.Content = body as HttpContent ?? JsonContent.Create(body);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{method} admin/{path}: {(int)response.StatusCode} {text} {Complaints}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task Reset() => Admin(HttpMethod.Post, "reset");

    protected override async Task Started() => Origin = (await NextLine()).GetProperty("origin").GetString()!;
}
