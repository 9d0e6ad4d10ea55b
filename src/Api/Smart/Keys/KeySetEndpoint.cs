namespace BiopsyFhir.Api.Smart.Keys;

/// <summary><c>GET /.well-known/jwks.json</c>: our public keys, for every EHR, without authentication.</summary>
public static class KeySetEndpoint
{
    public static void MapKeySet(this WebApplication app) => app.MapGet("/.well-known/jwks.json", (HttpContext context, SigningKeys keys) =>
    {
        context.Response.Headers.CacheControl = "public, max-age=300";
        context.Response.Headers.AccessControlAllowOrigin = "*"; // EHR pages in a browser may check it too
        return Results.Json(new { keys = keys.All.Select(key => key.PublicJwk) });
    }).WithName("KeySet").WithTags("SMART").WithSummary("Public keys that sign our client assertions (RFC 7517).").AllowAnonymous();
}
