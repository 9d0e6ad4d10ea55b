using System.Security.Claims;
using System.Text.Encodings.Web;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// Who may call <c>/api/*</c> (except a SMART session's own part): outside the sandbox the bearer of an Entra ID token with one of our
/// app roles; in the sandbox its demo user, without signing in; without <c>AzureAd</c> nobody, and that is said at start.
/// </summary>
public static class ApiCaller
{
    public const string Policy = "ApiCaller";

    public static IServiceCollection AddApiCaller(this IServiceCollection services, ServiceOptions options)
    {
        if (options.Sandbox.Enabled)
            services.AddAuthentication("SandboxDemoUser").AddScheme<AuthenticationSchemeOptions, SandboxDemoUser>("SandboxDemoUser", null);
        else if (options.AzureAd.Configured)
            services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer => TrustEntra(bearer, options.AzureAd));
        else
            services.AddAuthentication("Nobody").AddScheme<AuthenticationSchemeOptions, Nobody>("Nobody", null);

        var roles = options.Sandbox.Enabled ? [SandboxDemoUser.Role] : options.AzureAd.AppRoles;
        services.AddAuthorizationBuilder().AddPolicy(Policy, policy => policy.RequireAuthenticatedUser().RequireClaim("roles", roles));
        return services;
    }

    /// <summary>Guards <c>/api/v1</c>; add endpoints to the group, never beside it.</summary>
    public static RouteGroupBuilder MapApi(this WebApplication app) => app.MapGroup("/api/v1").RequireAuthorization(Policy);

    public static void SayWhoMayCall(this WebApplication app, ServiceOptions options)
    {
        if (!options.Sandbox.Enabled && !options.AzureAd.Configured)
            app.Logger.LogWarning("AzureAd is not configured: every call to /api except those of a SMART session is refused.");
    }

    private static void TrustEntra(JwtBearerOptions bearer, AzureAdOptions azure)
    {
        bearer.Authority = azure.Authority;
        bearer.RequireHttpsMetadata = !WebAddress.IsLoopback(new(azure.Instance));
        bearer.MapInboundClaims = false; // keep Entra's own claim names: roles, oid, azp
        bearer.TokenValidationParameters.ValidAudiences =
            [azure.ClientId!, $"api://{azure.ClientId}", .. azure.Audience is { } audience ? [audience] : Array.Empty<string>()];
        bearer.TokenValidationParameters.RoleClaimType = "roles";
        bearer.TokenValidationParameters.ValidAlgorithms = ["RS256"]; // the only one Entra ID signs with
    }

    private sealed class SandboxDemoUser(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        public const string Role = "sandbox";

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var user = new ClaimsPrincipal(new ClaimsIdentity([new("name", "Sandbox demo user"), new("roles", Role)], Scheme.Name, "name", "roles"));
            return Task.FromResult(AuthenticateResult.Success(new(user, Scheme.Name)));
        }
    }

    private sealed class Nobody(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());

        protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
            ErrorHandling.WriteAsync(Context, new(FailureKind.NotSignedIn, "This service has no sign-in for API callers: AzureAd is not configured."));
    }
}
