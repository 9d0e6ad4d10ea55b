namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>
/// Our cookies. <c>SameSite=None; Secure; Partitioned</c>, for anything less is lost in an EHR's frame (measured in Chromium);
/// <c>HttpOnly</c>, opaque, and confined to the paths of one launch or one session, so that two patients never share one
/// (which forbids the name <c>__Host-</c>).
/// </summary>
public static class SessionCookies
{
    // Read already, written from the next version on: while two versions run side by side, a browser goes to and fro between them.
    private const string Secure = "__Secure-";

    public static string? Read(HttpRequest request, string name) => request.Cookies[Secure + name] ?? request.Cookies[name];

    public const string SessionName = "biopsyfhir-session";

    public static string LaunchName(string state) => $"biopsyfhir-launch-{Secrets.Hash(state)[..16]}";

    public static void SetLaunch(HttpContext context, string state, string value, TimeSpan life) =>
        context.Response.Cookies.Append(LaunchName(state), value, For("/callback", life));

    public static void RemoveLaunch(HttpContext context, string state) =>
        context.Response.Cookies.Append(LaunchName(state), "", For("/callback", TimeSpan.Zero));

    /// <summary>One value under the two paths of a session.</summary>
    public static void SetSession(HttpContext context, string session, string value, TimeSpan life)
    {
        foreach (var path in (string[])[$"/review/{session}", $"/api/v1/sessions/{session}"])
            context.Response.Cookies.Append(SessionName, value, For(path, life));
    }

    private static CookieOptions For(string path, TimeSpan life) => new()
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.None,
        Path = path,
        MaxAge = life,
        IsEssential = true,
        Extensions = { "Partitioned" },
    };
}
