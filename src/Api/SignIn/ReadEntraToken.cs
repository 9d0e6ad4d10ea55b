using BiopsyFhir.Api.Configuration;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// Verifies the ID token of a sign-in (MSAL does not): signed by our tenant for our application, alive, with the nonce that was sent.
/// Keys come from the same, cached configuration as those of bearer tokens.
/// </summary>
public sealed class ReadEntraToken(IOptionsMonitor<JwtBearerOptions> bearer, AzureAdOptions azure, TimeProvider clock)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    /// <returns>The token, or why it is refused, without any part of it.</returns>
    public async Task<(JsonWebToken? Token, string? Why)> VerifyAsync(string idToken, string nonce, CancellationToken cancel)
    {
        var source = bearer.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!;
        var result = await ValidateAsync();
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            source.RequestRefresh(); // as after a rotation
            result = await ValidateAsync();
        }
        if (!result.IsValid) return (null, result.Exception.GetType().Name);
        var token = (JsonWebToken)result.SecurityToken;
        return token.TryGetPayloadValue<string>("nonce", out var returned) && returned == nonce ? (token, null) : (null, "nonce");

        async Task<TokenValidationResult> ValidateAsync()
        {
            var configuration = await source.GetConfigurationAsync(cancel);
            return await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(idToken, new()
            {
                ValidIssuer = azure.Authority,
                ValidAudience = azure.ClientId,
                IssuerSigningKeys = configuration.SigningKeys,
                ValidAlgorithms = ["RS256"],
                RequireExpirationTime = true,
                LifetimeValidator = (from, until, _, _) => until is { } end && clock.GetUtcNow() < new DateTimeOffset(end, TimeSpan.Zero) + Skew
                    && (from is not { } start || new DateTimeOffset(start, TimeSpan.Zero) <= clock.GetUtcNow() + Skew),
            });
        }
    }
}
