using System.Globalization;
using System.Security.Claims;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Tokens;
using Microsoft.Identity.Client;

namespace BiopsyFhir.Api.SignIn;

/// <summary>A sign-in that came to nothing; a word for the log, a sentence for the page.</summary>
public sealed class SignInRefusedException(string code, string sentence, Exception? cause = null) : Exception(sentence, cause)
{
    public string Code => code;
}

/// <summary>Authorization code with PKCE at Entra ID, through MSAL. Tokens are read once and not kept.</summary>
public sealed class EntraSignIn(AzureAdOptions azure, EntraHttp http, SecretFiles secrets, ReadEntraToken tokens, PublicAddress address, TimeProvider clock)
{
    private static readonly string[] NoScopes = []; // MSAL adds openid and profile

    private IConfidentialClientApplication Application() =>
        Entra.Application(http, azure.Authority, azure.ClientId!, secrets.Text(azure.ClientSecret, azure.ClientSecretFile), azure.ClientCertificate is { } file ? secrets.Certificate(file) : null, address.At(SignInEndpoints.CallbackPath));

    /// <returns>What to remember, and where to send the browser.</returns>
    /// <exception cref="SignInRefusedException">Entra ID cannot be asked.</exception>
    public async Task<(SignInTicket Ticket, Uri Address)> BeginAsync(string returnTo, CancellationToken cancel)
    {
        var (state, nonce) = (Secrets.New(), Secrets.New());
        try
        {
            var url = await Application().GetAuthorizationRequestUrl(NoScopes)
                .WithPkce(out var verifier)
                .WithPrompt(Prompt.NoPrompt)
                .WithExtraQueryParameters(new Dictionary<string, (string, bool)> { ["state"] = (state, false), ["nonce"] = (nonce, false) })
                .ExecuteAsync(cancel);
            return (new(state, nonce, verifier, returnTo, clock.GetUtcNow() + SignInTickets.Life), url);
        }
        catch (Exception e) when (e is MsalException or HttpRequestException)
        {
            throw new SignInRefusedException(Word(e), "The sign-in of your organisation cannot be reached now.", e);
        }
    }

    /// <returns>The person, with nothing but name, object id and app roles.</returns>
    /// <exception cref="SignInRefusedException">The answer is not good.</exception>
    public async Task<ClaimsPrincipal> FinishAsync(SignInTicket ticket, string code, CancellationToken cancel)
    {
        string idToken;
        try
        {
            var result = await Application().AcquireTokenByAuthorizationCode(NoScopes, code).WithPkceCodeVerifier(ticket.Verifier).ExecuteAsync(cancel);
            idToken = result.IdToken;
        }
        catch (Exception e) when (e is MsalException or HttpRequestException)
        {
            throw new SignInRefusedException(Word(e), "The sign-in of your organisation refused to finish.", e);
        }
        if (idToken is not { Length: > 0 }) throw new SignInRefusedException("no-id-token", "The sign-in did not say who you are.");
        var (token, why) = await tokens.VerifyAsync(idToken, ticket.Nonce, cancel);
        if (token is null) throw new SignInRefusedException($"id-token-{why}", "The sign-in's statement of who you are is not valid.");
        string? Claim(string name) => token.TryGetPayloadValue<string>(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value : null;
        var claims = new List<Claim>
        {
            new("name", Claim("name") ?? Claim("preferred_username") ?? "signed-in user"),
            new("oid", Claim("oid") ?? token.Subject),
            new(PageCookie.Since, clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        };
        claims.AddRange(token.Claims.Where(c => c.Type is "roles").Select(c => new Claim("roles", c.Value)));
        return new(new ClaimsIdentity(claims, PageCookie.Scheme, "name", "roles"));
    }

    /// <summary>MSAL's messages may quote the answer; its codes do not.</summary>
    private static string Word(Exception e) => e is MsalException msal ? EhrWords.Code(msal.ErrorCode) : "unreachable";
}
