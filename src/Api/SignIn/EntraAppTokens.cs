using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Tokens;
using Microsoft.Identity.Client;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// Tokens of a backend client from Entra ID (client credentials), as Azure Health Data Services takes them: scope <c>{FHIR base}/.default</c>.
/// What may be done with one is decided by Azure roles, not by scopes.
/// </summary>
public sealed class EntraAppTokens(EntraHttp http, SecretFiles secrets, TimeProvider clock)
{
    /// <param name="ehr">With <see cref="EhrOptions.BackendEntra"/>.</param>
    public async Task<TokenAnswer> RequestAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var entra = ehr.BackendEntra!;
        try
        {
            var result = await Entra.Application(http, entra.Authority, ehr.BackendClientId!, secrets.Text(entra.ClientSecret, entra.ClientSecretFile), entra.ClientCertificate is { } file ? secrets.Certificate(file) : null, null)
                .AcquireTokenForClient([ehr.Issuer.TrimEnd('/') + "/.default"])
                .WithForceRefresh(true) // kept by our caller, who asks again only when the old one is no good
                .ExecuteAsync(cancel);
            return new TokenAnswer.Granted(new() { AccessToken = result.AccessToken, ExpiresIn = result.ExpiresOn - clock.GetUtcNow() });
        }
        catch (MsalServiceException e)
        {
            return new TokenAnswer.Refused(e.StatusCode, EhrWords.Code(e.ErrorCode), null);
        }
        catch (Exception e) when (e is MsalException or HttpRequestException)
        {
            return new TokenAnswer.Unusable($"Entra ID cannot be asked ({(e is MsalException msal ? EhrWords.Code(msal.ErrorCode) : "unreachable")})", Unreachable: true);
        }
    }
}
