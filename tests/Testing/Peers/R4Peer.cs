using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Testing.Peers;

/// <summary>
/// An independent FHIR R4 server in memory: search, paging, versions, conditional creation, transactions with rollback,
/// 422 on what is not valid R4. See <c>tests/peers/r4-server.mjs</c>.
/// </summary>
public sealed class R4Peer() : ServerPeer("r4-server.mjs")
{
    /// <summary>The FHIR base URL, without a slash at the end.</summary>
    public string FhirBase => $"{Origin}/fhir";

    /// <summary>Stores a Bundle of any type, or one resource, as it is; references by fullUrl are rewritten.</summary>
    /// <returns>The ids of the patients in it.</returns>
    public async Task<IReadOnlyList<string>> Load(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        var answer = await Admin(HttpMethod.Post, "load", content);
        return [.. answer.GetProperty("patients").EnumerateArray().Select(id => id.GetString()!)];
    }

    /// <param name="pageSize">Entries a page where the client asks no <c>_count</c>.</param>
    /// <param name="authorizationServer">Origin of the server whose smart-configuration is served below the FHIR base.</param>
    /// <param name="requireToken">Whether every FHIR request needs a token that this authorization server calls active.</param>
    public Task Configure(int pageSize = 50, string? authorizationServer = null, bool requireToken = false) =>
        Admin(HttpMethod.Post, "settings", new { pageSize, authorizationServer, requireToken });

    /// <summary>How many resources of a type are stored.</summary>
    public async Task<int> Count(string type) =>
        (await Admin(HttpMethod.Get, "counts")).TryGetProperty(type, out var count) ? count.GetInt32() : 0;

    /// <summary>All stored resources of a type that a search finds, read past any proxy and without a token.</summary>
    public async Task<IReadOnlyList<JsonElement>> Stored(string typeAndQuery)
    {
        var found = new List<JsonElement>();
        for (var url = $"{FhirBase}/{typeAndQuery}"; url is not null;)
        {
            using var response = await Http.GetAsync(url);
            var bundle = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement;
            if (bundle.TryGetProperty("entry", out var entries))
                found.AddRange(entries.EnumerateArray().Select(entry => entry.GetProperty("resource")));
            url = bundle.GetProperty("link").EnumerateArray()
                .Where(link => link.GetProperty("relation").GetString() == "next")
                .Select(link => link.GetProperty("url").GetString()).FirstOrDefault();
        }
        return found;
    }
}
