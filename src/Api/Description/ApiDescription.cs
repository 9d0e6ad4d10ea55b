using System.Reflection;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Sessions;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace BiopsyFhir.Api.Description;

/// <summary>
/// The description of our API: <c>/openapi.yaml</c>, and <c>/swagger</c> to read it in a browser. The repository's
/// <c>openapi.yaml</c> is this answer, byte for byte; a test compares them.
/// </summary>
public static class ApiDescription
{
    private const string Document = "openapi";
    private const string Entra = "entra";
    private const string Session = "session";

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
            swagger.AddSecurityDefinition(Entra, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "Microsoft Entra ID token of the configured tenant with one of the configured app roles. The sandbox asks for none.",
            });
            swagger.AddSecurityDefinition(Session, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Cookie,
                Name = SessionCookies.SessionName,
                Description = $"Set by a SMART launch, for the paths of that session only. Requests that change something also carry the page's token in {PageTokens.Header}.",
            });
            swagger.OperationFilter<SayWhoMayCall>();
            swagger.OperationFilter<SmartParametersAreSingle>();
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

    /// <summary>The SMART endpoints read arrays to notice a parameter given twice; what they accept is one value.</summary>
    private sealed class SmartParametersAreSingle : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            if (operation.Tags?.Any(tag => tag.Name is "SMART") is not true) return;
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
                parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String };
        }
    }

    private sealed class SayWhoMayCall : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            var path = context.ApiDescription.RelativePath ?? "";
            if (!path.StartsWith("api/", StringComparison.Ordinal)) return;
            var ofSession = path.StartsWith("api/v1/sessions/", StringComparison.Ordinal);
            var scheme = ofSession ? Session : Entra;
            // The guard takes the session from the path, so no handler names it as a parameter.
            if (ofSession) (operation.Parameters ??= []).Insert(0, new OpenApiParameter
            {
                Name = "session",
                In = ParameterLocation.Path,
                Required = true,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Description = "From the address of the review page.",
            });
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] }];
        }
    }
}
