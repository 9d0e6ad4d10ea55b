using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Identity.Client;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// Microsoft Entra ID in the shape of Microsoft.Identity.Web, which cannot be had here: <c>AddMicrosoftIdentityWebApi</c>,
/// <c>AddMicrosoftIdentityWebApp</c> and <c>ITokenAcquisition</c> can take the place of <see cref="AddEntraWebApi"/>,
/// <see cref="AddEntraWebApp"/> and <see cref="EntraAppTokens"/> without a change to configuration or callers.
/// </summary>
public static class Entra
{
    /// <summary>Bearer tokens of our tenant, v1.0 or v2.0, for <c>/api/*</c>.</summary>
    public static AuthenticationBuilder AddEntraWebApi(this AuthenticationBuilder authentication, AzureAdOptions azure)
    {
        authentication.AddJwtBearer(bearer =>
        {
            bearer.Authority = azure.Authority;
            bearer.RequireHttpsMetadata = !WebAddress.IsLoopback(new(azure.Instance));
            bearer.MapInboundClaims = false; // keep Entra's own claim names: roles, oid, azp
            bearer.TokenValidationParameters.ValidAudiences =
                [azure.ClientId!, $"api://{azure.ClientId}", .. azure.Audience is { } audience ? [audience] : Array.Empty<string>()];
            // An application whose manifest does not ask for version 2 gets v1.0 tokens, which name another issuer.
            bearer.TokenValidationParameters.ValidIssuers = [azure.Authority, $"https://sts.windows.net/{azure.TenantId}/"];
            bearer.TokenValidationParameters.RoleClaimType = "roles";
            bearer.TokenValidationParameters.ValidAlgorithms = ["RS256"]; // the only one Entra ID signs with
        });
        authentication.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<EntraHttp>((bearer, http) => bearer.Backchannel = http.GetHttpClient());
        return authentication;
    }

    /// <summary>Sign-in of people to our own pages: authorization code and PKCE through MSAL, then a cookie of ours. Needs <see cref="AddEntraWebApi"/>.</summary>
    public static AuthenticationBuilder AddEntraWebApp(this AuthenticationBuilder authentication)
    {
        authentication.AddCookie(PageCookie.Scheme, PageCookie.Configure);
        authentication.Services.AddSingleton<EntraSignIn>().AddSingleton<SignInTickets>().AddSingleton<ReadEntraToken>();
        return authentication;
    }

    /// <summary>MSAL's application for one authority. Made anew where it is used: its own cache would keep tokens of people that nobody needs.</summary>
    public static IConfidentialClientApplication Application(EntraHttp http, string authority, string clientId, string? secret, string? certificate, string? redirectUri)
    {
        var builder = ConfidentialClientApplicationBuilder.Create(clientId)
            .WithOidcAuthority(authority)
            .WithInstanceDiscovery(false) // the authority is configured by name; nobody else is asked about it
            .WithHttpClientFactory(http)
            .WithLegacyCacheCompatibility(false);
        builder = certificate is not null ? builder.WithCertificate(PrivateKeyFile.ReadCertificate(certificate, null)) : builder.WithClientSecret(secret);
        return (redirectUri is null ? builder : builder.WithRedirectUri(redirectUri)).Build();
    }
}
