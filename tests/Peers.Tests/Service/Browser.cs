using System.Net;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>What a page is, as a test wants to see it.</summary>
internal sealed record Page(HttpStatusCode Status, string Url, string Html)
{
    /// <summary>The words without the markup.</summary>
    public string Text => WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(Html, "<(script|style)[^>]*>.*?</\\1>", " ", RegexOptions.Singleline), "<[^>]+>", " "));
}

/// <summary>
/// A browser without a screen: follows redirects, keeps cookies by origin and path. As browsers do on loopback, it takes and
/// sends Secure cookies over http, which <see cref="CookieContainer"/> does not.
/// </summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly List<(string Origin, string Path, string Name, string Value)> _cookies = [];

    /// <summary>Every address it went to, in order.</summary>
    public List<string> Visited { get; } = [];

    public Task<Page> Open(string url) => Go(HttpMethod.Get, url, () => null);

    public Task<Page> Submit(string url, IEnumerable<KeyValuePair<string, string>> form) => Go(HttpMethod.Post, url, () => new FormUrlEncodedContent(form));

    /// <summary>One request without following, as a page's script makes it.</summary>
    public Task<HttpResponseMessage> Fetch(HttpMethod method, string url, HttpContent? content = null, params (string Name, string Value)[] headers) =>
        Send(method, new Uri(url), content, headers);

    public void Dispose() => _http.Dispose();

    private async Task<Page> Go(HttpMethod method, string url, Func<HttpContent?> content)
    {
        var at = new Uri(url);
        for (var hops = 0; hops < 20; hops++)
        {
            using var response = await Send(method, at, content());
            if (response.Headers.Location is not { } next)
            {
                var page = new Page(response.StatusCode, at.ToString(), await response.Content.ReadAsStringAsync());
                if (FormThatSendsItself(page) is not { } form) return page;
                (method, at, content) = (HttpMethod.Post, form.Action, () => new FormUrlEncodedContent(form.Fields));
                continue;
            }
            at = new Uri(at, next);
            if (response.StatusCode is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)) (method, content) = (HttpMethod.Get, () => null);
        }
        throw new InvalidOperationException($"Too many redirects from {url}.");
    }

    /// <summary>A launch may go on by a form that the page's script sends at once (authorize-post).</summary>
    private static (Uri Action, List<KeyValuePair<string, string>> Fields)? FormThatSendsItself(Page page)
    {
        var form = Regex.Match(page.Html, "<form[^>]* id=\"continue\".*?</form>", RegexOptions.Singleline);
        if (!form.Success) return null;
        static string Plain(Group group) => WebUtility.HtmlDecode(group.Value);
        var action = Plain(Regex.Match(form.Value, "action=\"([^\"]*)\"").Groups[1]);
        return (new Uri(new Uri(page.Url), action), [.. Regex.Matches(form.Value, "<input[^>]* name=\"([^\"]*)\"[^>]* value=\"([^\"]*)\"")
            .Select(field => KeyValuePair.Create(Plain(field.Groups[1]), Plain(field.Groups[2])))]);
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, Uri url, HttpContent? content, params (string Name, string Value)[] headers)
    {
        Visited.Add(url.ToString());
        using var request = new HttpRequestMessage(method, url) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var cookies = _cookies.Where(cookie => cookie.Origin == Origin(url) && Covers(cookie.Path, url.AbsolutePath)).Select(cookie => $"{cookie.Name}={cookie.Value}").ToList();
        if (cookies.Count > 0) request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies));
        var response = await _http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var set))
            foreach (var cookie in set) Keep(url, cookie);
        return response;
    }

    private void Keep(Uri url, string cookie)
    {
        var parts = cookie.Split(';', StringSplitOptions.TrimEntries);
        var (name, value) = parts[0].Split('=', 2) is [var n, var v] ? (n, v) : (parts[0], "");
        string? Attribute(string wanted) => parts.Skip(1).Select(part => part.Split('=', 2)).FirstOrDefault(pair => pair[0].Equals(wanted, StringComparison.OrdinalIgnoreCase))?.ElementAtOrDefault(1);
        var path = Attribute("path") is { Length: > 0 } given ? given : url.AbsolutePath[..Math.Max(1, url.AbsolutePath.LastIndexOf('/'))];
        _cookies.RemoveAll(kept => kept.Origin == Origin(url) && kept.Path == path && kept.Name == name);
        var gone = Attribute("max-age") is "0" || (Attribute("expires") is { } expires && DateTimeOffset.TryParse(expires, out var end) && end.Year < 2000);
        if (!gone) _cookies.Add((Origin(url), path, name, value));
    }

    private static string Origin(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static bool Covers(string cookiePath, string path) =>
        path == cookiePath || (path.StartsWith(cookiePath, StringComparison.Ordinal) && (cookiePath.EndsWith('/') || path[cookiePath.Length] == '/'));
}
