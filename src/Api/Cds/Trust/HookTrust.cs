using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Cds;

/// <summary>Guards an endpoint of CDS Hooks: who calls is known before anything of the body is read.</summary>
public static class HookTrust
{
    /// <summary>
    /// 401 without a reason, or <see cref="HookCaller.Of"/> for the endpoint. The token's <c>aud</c> is the address of this very endpoint:
    /// discovery, each service and each feedback address have their own.
    /// </summary>
    /// <param name="open">Discovery: answered without a token too, but not with a wrong one.</param>
    public static TBuilder RequireHookToken<TBuilder>(this TBuilder endpoint, bool open = false) where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddEndpointFilter(async (invocation, next) =>
        {
            var context = invocation.HttpContext;
            var services = context.RequestServices;
            if (context.Request.RouteValues["id"] is string id && HookServices.ById(id) is null)
                return new Failure(FailureKind.NotFound, "There is no service of this name.").ToOperationOutcome();
            var authorization = context.Request.Headers.Authorization;
            var caller = await services.GetRequiredService<VerifyHookToken>()
                .CallerAsync(authorization, services.GetRequiredService<PublicAddress>().At(PathOf(context)), context.RequestAborted);
            if (caller is null && services.GetRequiredService<CdsOptions>().RequireToken && !(open && authorization.Count is 0))
                return new Failure(FailureKind.NotSignedIn, "A valid token is required.").ToOperationOutcome();
            context.Features.Set(caller ?? new HookCaller(null, services.GetRequiredService<EhrRegistry>().All));
            return await next(invocation);
        });

    /// <summary>As we publish it, whatever capitals or closing slash the request was routed with.</summary>
    private static string PathOf(HttpContext context) =>
        ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.RawText!.Replace("{id}", context.Request.RouteValues["id"] as string, StringComparison.Ordinal).TrimEnd('/');
}
