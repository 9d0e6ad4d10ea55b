namespace BiopsyFhir.Api.Configuration;

/// <summary>Where Kestrel will listen, in ASP.NET Core's order of precedence: endpoints, then urls, then ports, then the default.</summary>
public static class ListeningAddresses
{
    public static IReadOnlyList<string> From(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"]).OfType<string>().ToList();
        if (endpoints is not []) return endpoints;
        var urls = Parts(configuration["urls"]);
        if (urls is not []) return urls;
        List<string> ports =
        [
            .. Parts(configuration["http_ports"]).Select(port => $"http://*:{port}"),
            .. Parts(configuration["https_ports"]).Select(port => $"https://*:{port}"),
        ];
        return ports is not [] ? ports : ["http://localhost:5000"];
    }

    /// <summary>The host of a listening address, which may be <c>*</c> or <c>+</c> and so is not a URL.</summary>
    public static string Host(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? scheme + 3 : 0;
        var rest = address[start..].Split('/')[0];
        return rest.StartsWith('[') ? rest[..(rest.IndexOf(']') + 1)] : rest.Split(':')[0];
    }

    public static bool IsWildcard(string address) => Host(address) is "*" or "+" or "0.0.0.0" or "[::]" or "";

    public static bool IsLoopback(string address) =>
        !IsWildcard(address)
        && Uri.TryCreate($"http://{Host(address)}", UriKind.Absolute, out var host) && WebAddress.IsLoopback(host);

    private static List<string> Parts(string? list) =>
        [.. (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
