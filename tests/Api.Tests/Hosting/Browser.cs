using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace BiopsyFhir.Api.Tests.Hosting;

/// <summary>A browser with a cookie jar that keeps to paths. It sends Secure cookies over http on loopback, as browsers do.</summary>
public sealed class Browser(ServiceHost host) : IDisposable
{
    private readonly HttpClient client = host.Client();

    /// <summary>Every Set-Cookie line, as received.</summary>
    public List<string> SetCookies { get; } = [];

    public List<(string Name, string Value, string Path)> Cookies { get; } = [];

    public bool RefusesCookies { get; set; }

    public Task<HttpResponseMessage> GetAsync(string address, string accept = "text/html") => SendAsync(new(HttpMethod.Get, address) { Headers = { { "Accept", accept } } });

    public Task<HttpResponseMessage> PostAsync(string address, params (string Name, string Value)[] fields) =>
        SendAsync(new(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))) });

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        var path = new Uri(client.BaseAddress!, request.RequestUri!).AbsolutePath;
        var sent = Cookies.Where(c => path == c.Path || path.StartsWith(c.Path.TrimEnd('/') + "/", StringComparison.Ordinal)).Select(c => $"{c.Name}={c.Value}").ToList();
        if (sent is not []) request.Headers.Add("Cookie", string.Join("; ", sent));
        var answer = await client.SendAsync(request);
        if (answer.Headers.TryGetValues("Set-Cookie", out var lines) && !RefusesCookies) foreach (var line in lines) Keep(line);
        return answer;
    }

    /// <summary>From the EHR's button to the redirect: the parameters the EHR's sign-in was asked with.</summary>
    public async Task<Dictionary<string, string>> StartAsync(FakeEhr ehr, string? issuer = null, string launch = "launch-1", bool standalone = false)
    {
        var iss = Uri.EscapeDataString(issuer ?? ehr.FhirBase);
        using var answer = await GetAsync(standalone ? $"/launch/standalone?iss={iss}" : $"/launch?iss={iss}&launch={Uri.EscapeDataString(launch)}");
        Assert.True(answer.StatusCode is HttpStatusCode.Redirect, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        Assert.StartsWith(ehr.Issuer + "/authorize?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        return QueryHelpers.ParseQuery(answer.Headers.Location.Query).ToDictionary(p => p.Key, p => Assert.Single(p.Value.ToArray())!);
    }

    /// <summary>The EHR's answer arrives.</summary>
    public Task<HttpResponseMessage> ReturnAsync(string state, params (string Name, string Value)[] answer) =>
        GetAsync(QueryHelpers.AddQueryString("/callback", answer.Append(("state", state)).Select(p => KeyValuePair.Create(p.Item1, (string?)p.Item2))));

    /// <summary>A whole launch.</summary>
    /// <returns>The session's id.</returns>
    public async Task<string> LaunchAsync(FakeEhr ehr, bool standalone = false)
    {
        var asked = await StartAsync(ehr, standalone: standalone);
        using var answer = await ReturnAsync(asked["state"], ("code", ehr.Authorize(asked)));
        Assert.True(answer.StatusCode is HttpStatusCode.SeeOther, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        var location = answer.Headers.Location!.AbsoluteUri;
        Assert.StartsWith(host.Address + "/review/", location, StringComparison.Ordinal);
        return location[(host.Address + "/review/").Length..];
    }

    /// <summary>A launch that must stop.</summary>
    /// <returns>The page's text.</returns>
    public async Task<string> StopsAsync(FakeEhr ehr, HttpStatusCode status, string code)
    {
        var asked = await StartAsync(ehr);
        using var answer = await ReturnAsync(asked["state"], ("code", ehr.Authorize(asked)));
        return await StoppedAsync(answer, status, code);
    }

    public static async Task<string> StoppedAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var page = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {page}");
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"<code>{code}</code>", page, StringComparison.Ordinal);
        return page;
    }

    public void Dispose() => client.Dispose();

    private void Keep(string line)
    {
        SetCookies.Add(line);
        // Partitioned is unknown to this parser; it keeps it as an extension.
        var cookie = SetCookieHeaderValue.Parse(line);
        var (name, path) = (cookie.Name.ToString(), cookie.Path.ToString());
        Cookies.RemoveAll(c => c.Name == name && c.Path == path);
        if (cookie.MaxAge != TimeSpan.Zero) Cookies.Add((name, cookie.Value.ToString(), path));
    }
}
