using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Cds;

/// <summary>CDS Hooks 2.0: discovery, calls, feedback.</summary>
public static class HookEndpoints
{
    public static IServiceCollection AddHooks(this IServiceCollection services) => services.AddSingleton<HookCards>();

    public static void MapHooks(this WebApplication app)
    {
        var hooks = app.MapGroup("/cds-services").WithTags("CDS Hooks").AllowAnonymous().ExcludeFromDescription(); // described once the shapes stand
        hooks.MapGet("", () => Results.Json(new
        {
            services = HookServices.All.Select(s => new { hook = s.Hook.Name(), id = s.Id, title = s.Title, description = s.Description }),
        })).WithName("DiscoverHooks");
        hooks.MapPost("/{id}", (string id) => HookServices.ById(id) is null
            ? new Failure(FailureKind.NotFound, "There is no service of this name.").ToOperationOutcome()
            : new Failure(FailureKind.DataUnavailable, "Nothing can be read yet.").ToOperationOutcome()).RequireHookToken().WithName("CallHook");
    }
}
