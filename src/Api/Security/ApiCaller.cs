using System.Security.Claims;
using System.Text.Encodings.Web;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// Who may call <c>/api/*</c> (except a SMART session's own part) and our own pages: outside the sandbox the bearer of an Entra ID token
/// with one of our app roles, and people signed in with such a role; in the sandbox its demo user, without signing in; without
/// <c>AzureAd</c> nobody, and that is said at start.
/// </summary>
public static class ApiCaller
{
    public const string Policy = "ApiCaller";

    /// <summary>May change something.</summary>
    public const string Operate = "ApiCallerOperate";

    public const string SandboxRole = "sandbox";

    public static IServiceCollection AddApiCaller(this IServiceCollection services, ServiceOptions options)
    {
        services.AddSingleton(options.AzureAd).AddSingleton<IAuthorizationMiddlewareResultHandler, LogRefusals>();
        var authentication = services.AddAuthentication(Bearer(options));
        if (options.Sandbox.Enabled) authentication.AddScheme<AuthenticationSchemeOptions, SandboxDemoUser>(nameof(SandboxDemoUser), null);
        else authentication.AddScheme<AuthenticationSchemeOptions, Nobody>(nameof(Nobody), null);
        if (!options.Sandbox.Enabled && options.AzureAd.Configured) authentication.AddEntraWebApi(options.AzureAd);
        if (SignsIn(options)) authentication.AddEntraWebApp();

        string[] Roles(IReadOnlyList<string> configured) => options.Sandbox.Enabled ? [SandboxRole] : [.. configured];
        var authorization = services.AddAuthorizationBuilder();
        authorization.AddPolicy(Policy, policy => policy.RequireAuthenticatedUser().RequireClaim("roles", Roles(options.AzureAd.AppRoles)));
        authorization.AddPolicy(Operate, policy => policy.RequireAuthenticatedUser().RequireClaim("roles", Roles(options.AzureAd.OperateRoles)));
        authorization.AddOwnPages(options, options.Sandbox.Enabled ? nameof(SandboxDemoUser) : SignsIn(options) ? PageCookie.Scheme : nameof(Nobody));
        return services;
    }

    /// <summary>Guards <c>/api/v1</c>; add endpoints to the group, never beside it.</summary>
    public static RouteGroupBuilder MapApi(this WebApplication app, string policy = Policy) => app.MapGroup("/api/v1").RequireAuthorization(policy);

    /// <summary>Where people can sign in: the addresses for that.</summary>
    public static void MapSignInOf(this WebApplication app, ServiceOptions options)
    {
        if (SignsIn(options)) app.MapSignIn();
    }

    public static void SayWhoMayCall(this WebApplication app, ServiceOptions options)
    {
        if (options.Sandbox.Enabled) return;
        if (!options.AzureAd.Configured)
            app.Logger.LogWarning("AzureAd is not configured: every call to /api except those of a SMART session is refused, and so are the pages that no launch opens.");
        else if (!options.AzureAd.SignsIn)
            app.Logger.LogWarning("AzureAd has neither ClientSecret nor ClientCertificate: nobody can sign in to the pages that no launch opens.");
    }

    private static bool SignsIn(ServiceOptions options) => !options.Sandbox.Enabled && options.AzureAd.SignsIn;

    private static string Bearer(ServiceOptions options) =>
        options.Sandbox.Enabled ? nameof(SandboxDemoUser) : options.AzureAd.Configured ? JwtBearerDefaults.AuthenticationScheme : nameof(Nobody);

    private sealed class SandboxDemoUser(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var user = new ClaimsPrincipal(new ClaimsIdentity([new("name", "Sandbox demo user"), new("roles", SandboxRole)], Scheme.Name, "name", "roles"));
            return Task.FromResult(AuthenticateResult.Success(new(user, Scheme.Name)));
        }
    }

    private sealed class Nobody(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());

        protected override Task HandleChallengeAsync(AuthenticationProperties properties) => ErrorHandling.WriteAsync(Context, new(FailureKind.NotSignedIn,
            "This service has no sign-in for this: AzureAd is not configured, or has no client secret or certificate for people."));
    }
}
