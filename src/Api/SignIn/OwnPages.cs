using BiopsyFhir.Api.Configuration;
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
        var group = app.MapGroup(path).RequireAuthorization(policy);
        group.ExcludeFromDescription();
        return group;
    }

    /// <param name="scheme">How people sign in here.</param>
    public static void AddOwnPages(this AuthorizationBuilder authorization, ServiceOptions options, string scheme)
    {
        string[] Roles(IReadOnlyList<string> configured) => options.Sandbox.Enabled ? [ApiCaller.SandboxRole] : [.. configured];
        authorization.AddPolicy(Read, policy => policy.AddAuthenticationSchemes(scheme).RequireAuthenticatedUser().RequireClaim("roles", Roles(options.AzureAd.AppRoles)));
        authorization.AddPolicy(Operate, policy => policy.AddAuthenticationSchemes(scheme).RequireAuthenticatedUser().RequireClaim("roles", Roles(options.AzureAd.OperateRoles)));
    }
}
