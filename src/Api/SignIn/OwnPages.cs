using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using Microsoft.AspNetCore.Authorization;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// Our own pages that no launch opens: worklist, deliveries, feedback, check-ehr. Outside the sandbox people sign in to them with Entra
/// ID and need an app role; a bearer token does not open them, and their cookie does not open <c>/api</c>.
/// </summary>
public static class OwnPages
{
    /// <summary>May look.</summary>
    public const string Read = "OwnPages";

    /// <summary>May change something.</summary>
    public const string Operate = "OwnPagesOperate";

    /// <summary>Guards pages of our own; add endpoints to the group, never beside it.</summary>
    public static RouteGroupBuilder MapOwnPages(this WebApplication app, string path, string policy = Read)
    {
        var group = app.MapGroup(path).RequireAuthorization(policy).AddEndpointFilter(async (invocation, next) =>
        {
            invocation.HttpContext.FramedByNobody(); // an EHR's frame shows a launch, never these
            return IsFromElsewhere(invocation.HttpContext.Request) ? FromElsewhere.ToProblem() : await next(invocation);
        });
        group.ExcludeFromDescription();
        return group;
    }

    private static readonly Failure FromElsewhere = new(FailureKind.Forbidden, "This form was sent by a page of another site; nothing was done.", [new("header Sec-Fetch-Site", "same-origin is expected")]);

    /// <summary>
    /// A change that a page elsewhere sends. The cookie is SameSite=Lax, which keeps foreign sites out but not a neighbour under the same
    /// domain; every browser that we serve says where a request comes from (Fetch Metadata, W3C).
    /// </summary>
    public static bool IsFromElsewhere(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && request.Headers["Sec-Fetch-Site"] is { Count: > 0 } from && from != "same-origin" && from != "none";

    /// <param name="scheme">How people sign in here.</param>
    public static void AddOwnPages(this AuthorizationBuilder authorization, ServiceOptions options, string scheme)
    {
        string[] Roles(IReadOnlyList<string> configured) => options.Sandbox.Enabled ? [ApiCaller.SandboxRole] : [.. configured];
        authorization.AddPolicy(Read, policy => policy.AddAuthenticationSchemes(scheme).RequireAuthenticatedUser().RequireClaim("roles", Roles(options.AzureAd.AppRoles)));
        authorization.AddPolicy(Operate, policy => policy.AddAuthenticationSchemes(scheme).RequireAuthenticatedUser().RequireClaim("roles", Roles(options.AzureAd.OperateRoles)));
    }
}
