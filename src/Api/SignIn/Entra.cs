using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Identity.Client;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// Microsoft Entra ID in the shape of Microsoft.Identity.Web. Bearer tokens are checked by ASP.NET's own JwtBearer, or, built with
/// <c>-p:UseIdentityWeb=true</c>, by that package; sign-in of people and app tokens go through MSAL, which it wraps, in both builds.
/// </summary>
public static partial class Entra
{
    /// <summary>Sign-in of people to our own pages: authorization code and PKCE through MSAL, then a cookie of ours. Needs <c>AddEntraWebApi</c>.</summary>
    public static AuthenticationBuilder AddEntraWebApp(this AuthenticationBuilder authentication)
    {
        authentication.AddCookie(PageCookie.Scheme, PageCookie.Configure);
        authentication.Services.AddSingleton<EntraSignIn>().AddSingleton<SignInTickets>().AddSingleton<EndedSignIns>().AddSingleton<ReadEntraToken>();
        return authentication;
    }

    /// <summary>
    /// MSAL's application for one authority. Made anew where it is used: its own cache would keep tokens of people that nobody needs, and
    /// an application that was kept would go on with a secret that has been changed.
    /// </summary>
    public static IConfidentialClientApplication Application(EntraHttp http, string authority, string clientId, string? secret, X509Certificate2? certificate, string? redirectUri)
    {
        var builder = ConfidentialClientApplicationBuilder.Create(clientId)
            .WithOidcAuthority(authority)
            .WithInstanceDiscovery(false) // the authority is configured by name; nobody else is asked about it
            .WithHttpClientFactory(http)
            .WithLegacyCacheCompatibility(false);
        builder = certificate is not null ? builder.WithCertificate(certificate) : builder.WithClientSecret(secret);
        return (redirectUri is null ? builder : builder.WithRedirectUri(redirectUri)).Build();
    }
}
