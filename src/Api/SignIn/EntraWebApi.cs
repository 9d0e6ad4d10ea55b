using BiopsyFhir.Api.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace BiopsyFhir.Api.SignIn;

/// <summary>Bearer tokens by JwtBearer alone: the default.</summary>
public static partial class Entra
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
}
