using System.Net;
using System.Net.Http.Headers;
using System.Text;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Smart.Tokens;

/// <summary>Our identity towards a token, introspection or revocation endpoint: public, secret or signed assertion.</summary>
public sealed class AuthenticateClient(SigningKeys keys, SecretFiles secrets, TimeProvider clock)
{
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    // Recipients refuse more than five minutes (SMART 2.2, asymmetric authentication); one is left for clocks that differ.
    private static readonly TimeSpan AssertionLife = TimeSpan.FromMinutes(4);
    private static readonly JsonWebTokenHandler Writer = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Adds authentication to a form request. Called anew for each attempt: an assertion is used once.</summary>
    public void Sign(HttpRequestMessage request, List<KeyValuePair<string, string>> form, EhrOptions ehr, ServerConfiguration server)
    {
        switch (ehr.ClientAuth)
        {
            case ClientAuth.Secret:
                // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
                var pair = $"{WebUtility.UrlEncode(ehr.ClientId)}:{WebUtility.UrlEncode(secrets.Text(ehr.ClientSecret, ehr.ClientSecretFile))}";
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
                break;
            case ClientAuth.PrivateKey:
                AddAssertion(form, ehr.ClientId!, server);
                break;
            default:
                form.Add(new("client_id", ehr.ClientId!));
                break;
        }
    }

    /// <summary>A backend client always signs.</summary>
    public void SignAsBackend(List<KeyValuePair<string, string>> form, EhrOptions ehr, ServerConfiguration server) =>
        AddAssertion(form, ehr.BackendClientId!, server);

    private void AddAssertion(List<KeyValuePair<string, string>> form, string clientId, ServerConfiguration server)
    {
        var key = keys.For(server.SigningAlgorithms)
            ?? throw LaunchStop.NotCapable("a signature algorithm of this service (ES384 or RS384)").Exception();
        form.Add(new("client_assertion_type", AssertionType));
        form.Add(new("client_assertion", Assertion(key, clientId, server.Token.OriginalString)));
    }

    /// <summary>RFC 7523 with SMART's rules: iss = sub = client id, aud = token URL, at most five minutes, a jti never used again. No <c>jku</c>: the EHR has our key set's address from registration.</summary>
    private string Assertion(SigningKey key, string clientId, string tokenUrl)
    {
        var now = clock.GetUtcNow();
        return Writer.CreateToken(new SecurityTokenDescriptor
        {
            SigningCredentials = key.Credentials,
            TokenType = "JWT",
            Claims = new Dictionary<string, object>
            {
                ["iss"] = clientId,
                ["sub"] = clientId,
                ["aud"] = tokenUrl,
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + AssertionLife).ToUnixTimeSeconds(),
                ["jti"] = Secrets.New(),
            },
        });
    }
}
