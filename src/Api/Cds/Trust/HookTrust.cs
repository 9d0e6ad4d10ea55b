using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Cds;

/// <summary>Guards an endpoint of CDS Hooks: who calls is known before anything of the body is read.</summary>
public static class HookTrust
{
    /// <summary>401 without a reason, or <see cref="HookCaller.Of"/> for the endpoint. The token's <c>aud</c> is the address of this very endpoint.</summary>
    public static TBuilder RequireHookToken<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddEndpointFilter(async (invocation, next) =>
        {
            var context = invocation.HttpContext;
            var services = context.RequestServices;
            if (services.GetRequiredService<CdsOptions>().RequireToken)
                return new Failure(FailureKind.NotSignedIn, "A valid token is required.").ToOperationOutcome();
            context.Features.Set(new HookCaller(null, services.GetRequiredService<EhrRegistry>().All));
            return await next(invocation);
        });
}
