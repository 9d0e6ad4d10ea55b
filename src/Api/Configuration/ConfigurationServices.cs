using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Configuration;

public static class ConfigurationServices
{
    public static IServiceCollection AddServiceOptions(this IServiceCollection services, ServiceOptions options) => services
        .AddSingleton(TimeProvider.System)
        .AddSingleton(options)
        .AddSingleton(options.Smart)
        .AddSingleton(options.Cds)
        .AddSingleton(options.Policy)
        .AddSingleton(options.Facility)
        .AddSingleton<PublicAddress>()
        .AddSingleton<EhrRegistry>()
        .AddSingleton<SecretFiles>();

    /// <summary><c>GET /</c>: to the demo when there is one, else a line that says what this is.</summary>
    public static void MapFrontDoor(this WebApplication app, ServiceOptions options) => app.MapGet("/", () => options.Sandbox.Enabled
        ? Results.Redirect("/sandbox")
        : Results.Content("""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>BiopsyFhir</title></head>
            <body><main><h1>BiopsyFhir</h1><p>This service is opened from the electronic health record: choose the patient there and start the biopsy review.</p>
            <p>For those who run it: <a href="/worklist">worklist</a>, <a href="/check-ehr">connections</a>, <a href="/swagger">description of the API</a></p></main></body></html>
            """, "text/html; charset=utf-8")).ExcludeFromDescription();
}
