using BiopsyFhir.Api.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Identity.Web;

namespace BiopsyFhir.Api.SignIn;

/// <summary>Bearer tokens by Microsoft.Identity.Web: only with <c>-p:UseIdentityWeb=true</c>.</summary>
public static partial class Entra
{
    /// <summary>Bearer tokens of our tenant, v1.0 or v2.0, for <c>/api/*</c>.</summary>
    public static AuthenticationBuilder AddEntraWebApi(this AuthenticationBuilder authentication, AzureAdOptions azure)
    {
        authentication.AddMicrosoftIdentityWebApi(
            bearer =>
            {
                bearer.RequireHttpsMetadata = !WebAddress.IsLoopback(new(azure.Instance));
                bearer.MapInboundClaims = false; // keep Entra's own claim names: roles, oid, azp
                bearer.TokenValidationParameters.ValidAudiences =
                    [azure.ClientId!, $"api://{azure.ClientId}", .. azure.Audience is { } audience ? [audience] : Array.Empty<string>()];
                bearer.TokenValidationParameters.RoleClaimType = "roles";
                bearer.TokenValidationParameters.ValidAlgorithms = ["RS256"]; // the only one Entra ID signs with
                // The package would take its issuers from the network; ours are known, and one tenant is all there is.
                bearer.TokenValidationParameters.ValidIssuers = [azure.Authority, $"https://sts.windows.net/{azure.TenantId}/"];
                bearer.TokenValidationParameters.IssuerValidator = (issuer, _, parameters) => parameters.ValidIssuers.Contains(issuer, StringComparer.Ordinal)
                    ? issuer : throw new Microsoft.IdentityModel.Tokens.SecurityTokenInvalidIssuerException("not the issuer of our tenant");
            },
            identity => (identity.Instance, identity.TenantId, identity.ClientId, identity.AllowWebApiToBeAuthorizedByACL) = (azure.Instance, azure.TenantId!, azure.ClientId!, true));
        authentication.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<EntraHttp>((bearer, http) => bearer.Backchannel = http.GetHttpClient());
        return authentication;
    }
}
