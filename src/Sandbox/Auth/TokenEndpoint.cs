using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary><c>/sandbox/auth/token</c>, <c>/introspect</c> and <c>/revoke</c>: forms in, JSON out, nothing cached.</summary>
internal sealed partial class TokenEndpoint(GrantStore grants, Clients clients, ClientAssertion assertions, SigningKeys keys, SandboxAddresses at, ResourceStore store, TimeProvider clock)
{
    private sealed class Refused(int status, string error, string description) : Exception(description)
    {
        public int Status => status;
        public string Error => error;
    }

    public Task<IResult> TokenAsync(HttpRequest request) => AnswerAsync(request, async form =>
    {
        var client = await AuthenticateAsync(request, form);
        return One(form, "grant_type") switch
        {
            "authorization_code" => FromCode(form, client),
            "refresh_token" => FromRefresh(form, client),
            "client_credentials" => FromCredentials(form, client),
            _ => throw new Refused(400, "unsupported_grant_type", "Use authorization_code, refresh_token or client_credentials."),
        };
    });

    /// <summary>RFC 7662. A caller learns about its own client's tokens only.</summary>
    public Task<IResult> IntrospectAsync(HttpRequest request) => AnswerAsync(request, async form =>
    {
        var client = await AuthenticateAsync(request, form);
        var token = One(form, "token") ?? throw new Refused(400, "invalid_request", "'token' is required.");
        var grant = grants.ByAccessToken(token);
        if (grant is null || grant.ClientId != client.Id) return new JsonObject { ["active"] = false };
        var answer = new JsonObject
        {
            ["active"] = true,
            ["scope"] = string.Join(' ', grant.Scopes),
            ["client_id"] = grant.ClientId,
            ["token_type"] = "Bearer",
            ["exp"] = grants.AccessExpiry(token)!.Value.ToUnixTimeSeconds(),
            ["iss"] = at.Issuer,
            ["sub"] = grant.User?.Split('/')[1] ?? grant.ClientId,
        };
        AddContext(answer, grant);
        if (grant is { User: not null } && grant.Has("fhirUser")) answer["fhirUser"] = $"{at.Fhir}/{grant.User}";
        return answer;
    });

    /// <summary>RFC 7009: an unknown token is as good as revoked, so the answer is 200 either way.</summary>
    public Task<IResult> RevokeAsync(HttpRequest request) => AnswerAsync(request, async form =>
    {
        var client = await AuthenticateAsync(request, form);
        grants.RevokeToken(One(form, "token") ?? throw new Refused(400, "invalid_request", "'token' is required."), client.Id);
        return [];
    });

    private JsonObject FromCode(IFormCollection form, Client client)
    {
        var code = grants.RedeemCode(One(form, "code"));
        if (code is null || code.Grant.ClientId != client.Id) throw new Refused(400, "invalid_grant", "The code is unknown, expired or already used.");
        if (One(form, "redirect_uri") != code.RedirectUri) throw new Refused(400, "invalid_grant", "redirect_uri differs from the authorization request.");
        if (One(form, "code_verifier") is not { } verifier || !Verifiers().IsMatch(verifier) || Challenge(verifier) != code.Challenge)
            throw new Refused(400, "invalid_grant", "code_verifier does not fit the code_challenge.");
        var answer = Tokens(code.Grant);
        if (code.Grant.Has("openid")) answer["id_token"] = IdToken(code.Grant);
        return answer;
    }

    private JsonObject FromRefresh(IFormCollection form, Client client)
    {
        var token = One(form, "refresh_token");
        var wanted = One(form, "scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // Looked at before it is used up, so that a mistaken request does not cost the app its session.
        if (token is not null && grants.ByRefreshToken(token) is { } looked && (looked.ClientId != client.Id || wanted?.Except(looked.Scopes).Any() == true))
            throw looked.ClientId != client.Id ? new Refused(400, "invalid_grant", "The refresh token belongs to another client.")
                : new Refused(400, "invalid_scope", "A refresh can only narrow the scopes.");
        var grant = grants.RedeemRefresh(token) ?? throw new Refused(400, "invalid_grant", "The refresh token is unknown, expired, revoked or already used.");
        var answer = Tokens(wanted is null ? grant : grant with { Scopes = wanted }, refreshFor: grant);
        return answer;
    }

    private JsonObject FromCredentials(IFormCollection form, Client client)
    {
        if (client.JwksUrl is null || client.RedirectUri is not null) throw new Refused(400, "unauthorized_client", "Only the backend service may use client_credentials.");
        var scopes = clients.GrantableToBackend((One(form, "scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (scopes is []) throw new Refused(400, "invalid_scope", "A backend service needs system/ scopes.");
        return Tokens(new Grant { ClientId = client.Id, Scopes = scopes });
    }

    private JsonObject Tokens(Grant grant, Grant? refreshFor = null)
    {
        var (token, life) = grants.IssueAccess(grant);
        var answer = new JsonObject
        {
            ["access_token"] = token,
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)life.TotalSeconds,
            ["scope"] = string.Join(' ', grant.Scopes),
        };
        var whole = refreshFor ?? grant;
        if (whole.Has("offline_access") || whole.Has("online_access")) answer["refresh_token"] = grants.IssueRefresh(whole);
        AddContext(answer, grant);
        if (grant.User is null) return answer;
        answer["need_patient_banner"] = grant.NeedsBanner;
        answer["smart_style_url"] = $"{at.Start}/assets/smart-style.json";
        answer["tenant"] = "sandbox";
        return answer;
    }

    private static void AddContext(JsonObject answer, Grant grant)
    {
        if (grant.Patient is not null) answer["patient"] = grant.Patient;
        if (grant.Encounter is not null) answer["encounter"] = grant.Encounter;
        if (grant.Intent is not null) answer["intent"] = grant.Intent;
        if (grant.AppContext is not null) answer["appContext"] = grant.AppContext;
        if (grant.Context is not []) answer["fhirContext"] = new JsonArray([.. grant.Context.Select(c => new JsonObject { ["reference"] = c })]);
    }

    private string IdToken(Grant grant)
    {
        var now = clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = at.Issuer,
            ["sub"] = grant.User!.Split('/')[1],
            ["aud"] = grant.ClientId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
        if (grant.Nonce is not null) claims["nonce"] = grant.Nonce;
        if (grant.Has("fhirUser")) claims["fhirUser"] = $"{at.Fhir}/{grant.User}";
        if (grant.Has("profile"))
        {
            claims["profile"] = $"{at.Fhir}/{grant.User}";
            if (PersonName.Of(store.Now, grant.User) is { } name) claims["name"] = name;
        }
        return keys.IdToken(claims);
    }

    /// <exception cref="Refused">401 invalid_client.</exception>
    private async Task<Client> AuthenticateAsync(HttpRequest request, IFormCollection form)
    {
        if (request.Headers.Authorization.Count > 0) throw new Refused(401, "invalid_client", "Client secrets are not in use here.");
        if (One(form, "client_assertion") is { } assertion)
        {
            var signer = One(form, "client_assertion_type") == ClientAssertion.Type ? await assertions.AuthenticateAsync(assertion, request.HttpContext.RequestAborted) : null;
            return signer is not null && (One(form, "client_id") ?? signer.Id) == signer.Id ? signer : throw new Refused(401, "invalid_client", "The client assertion is not accepted.");
        }
        return clients.Find(One(form, "client_id")) is { JwksUrl: null } known ? known
            : throw new Refused(401, "invalid_client", "An unknown client, or one that must sign an assertion.");
    }

    private static async Task<IResult> AnswerAsync(HttpRequest request, Func<IFormCollection, Task<JsonObject>> work)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        request.HttpContext.Response.Headers.Pragma = "no-cache";
        try
        {
            if (!request.HasFormContentType || request.ContentType!.StartsWith("multipart", StringComparison.OrdinalIgnoreCase))
                throw new Refused(400, "invalid_request", "Send application/x-www-form-urlencoded.");
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            if (form.FirstOrDefault(f => f.Value.Count > 1) is { Key: not null } twice) throw new Refused(400, "invalid_request", $"'{twice.Key}' is given more than once.");
            return Results.Text(Encoding.UTF8.GetString(FhirJson.Write(await work(form))), "application/json", Encoding.UTF8, 200);
        }
        catch (Refused fault)
        {
            var body = new JsonObject { ["error"] = fault.Error, ["error_description"] = fault.Message };
            return Results.Text(body.ToJsonString(), "application/json", Encoding.UTF8, fault.Status);
        }
    }

    private static string? One(IFormCollection form, string name) => form[name] is [{ Length: > 0 } one] ? one : null;

    private static string Challenge(string verifier) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    // RFC 7636, 4.1.
    [GeneratedRegex("^[A-Za-z0-9._~-]{43,128}$")]
    private static partial Regex Verifiers();
}
