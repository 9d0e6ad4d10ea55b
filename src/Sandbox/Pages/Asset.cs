using Microsoft.AspNetCore.Http;

namespace BiopsyFhir.Sandbox.Pages;

/// <summary>The few files our pages load, embedded in the assembly.</summary>
internal static class Asset
{
    private static readonly Dictionary<string, string> Types = new()
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json",
    };

    public static IResult Serve(string name, HttpResponse response)
    {
        var stream = typeof(Asset).Assembly.GetManifestResourceStream($"Assets/{name}");
        if (stream is null || !Types.TryGetValue(Path.GetExtension(name), out var type)) return Results.NotFound();
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-cache";
        return Results.Stream(stream, type);
    }
}
