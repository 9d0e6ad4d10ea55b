using System.Reflection;
using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Description;

/// <summary>
/// The description of our API: <c>/openapi.yaml</c>, and <c>/swagger</c> to read it in a browser. The repository's
/// <c>openapi.yaml</c> is this answer, byte for byte; a test compares them.
/// </summary>
public static class ApiDescription
{
    private const string Document = "openapi";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services
        .AddEndpointsApiExplorer()
        .AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc(Document, new()
            {
                Title = "BiopsyFhir",
                Version = "1",
                Description = "Readiness for a bone marrow biopsy: blood-thinner holds, gaps in the anaemia work-up, write-back and patient education.",
                License = new() { Name = "Apache-2.0", Url = new("https://www.apache.org/licenses/LICENSE-2.0") },
            });
            // The demo EHR is no part of what we promise.
            swagger.DocInclusionPredicate((_, endpoint) => endpoint.RelativePath?.StartsWith("sandbox", StringComparison.Ordinal) is not true);
            swagger.IncludeXmlComments(Assembly.GetExecutingAssembly());
        });

    public static void MapApiDescription(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            // Swagger UI styles its elements inline; nothing of ours does.
            if (context.Request.Path.StartsWithSegments("/swagger"))
                context.Response.Headers.ContentSecurityPolicy =
                    SecurityHeaders.PagePolicy([]).Replace("style-src 'self'", "style-src 'self' 'unsafe-inline'", StringComparison.Ordinal);
            return next(context);
        });
        app.UseSwagger(swagger => swagger.RouteTemplate = "{documentName:regex(^openapi$)}.{extension:regex(^(json|yaml)$)}");
        app.UseSwaggerUI(ui => ui.SwaggerEndpoint($"/{Document}.json", "BiopsyFhir"));
    }
}
