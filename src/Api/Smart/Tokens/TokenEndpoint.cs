using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Discovery;

namespace BiopsyFhir.Api.Smart.Tokens;

/// <summary>What came back from a token endpoint.</summary>
public abstract record TokenAnswer
{
    private TokenAnswer() { }

    /// <summary>For a log: the server's error word or what went wrong on the way; nothing of a token.</summary>
    public string WhyNot => this switch
    {
        Refused refused => refused.Error,
        Unusable unusable => unusable.Why,
        _ => "granted",
    };

    public sealed record Granted(TokenResponse Response) : TokenAnswer;

    /// <summary>The server said no. <see cref="Final"/>: the grant is gone and only a new launch helps, whatever the status was.</summary>
    public sealed record Refused(int Status, string Error, string? Description) : TokenAnswer
    {
        // Launchers answer 403 where RFC 6749 says 400; the word decides, not the status.
        public bool Final => Error is "invalid_grant" or "unauthorized_client" or "invalid_client";
    }

    /// <summary>No answer, or none that can be read; nothing is known about the grant.</summary>
    public sealed record Unusable(string Why, bool Unreachable) : TokenAnswer;
}

/// <summary>Form posts to an EHR's token, introspection and revocation endpoints, authenticated anew for each attempt.</summary>
public sealed class TokenEndpoint(EhrHttp http, AuthenticateClient authenticate)
{
    public Task<TokenAnswer> RedeemAsync(EhrOptions ehr, ServerConfiguration server, string code, string redirectUri, string verifier, CancellationToken cancel) =>
        AskAsync(ehr, server, backend: false, cancel,
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectUri), ("code_verifier", verifier));

    /// <remarks>No <c>scope</c>: what was granted stays granted (RFC 6749 section 6).</remarks>
    public Task<TokenAnswer> RefreshAsync(EhrOptions ehr, ServerConfiguration server, string refreshToken, CancellationToken cancel) =>
        AskAsync(ehr, server, backend: false, cancel, ("grant_type", "refresh_token"), ("refresh_token", refreshToken));

    public Task<TokenAnswer> BackendAsync(EhrOptions ehr, ServerConfiguration server, string scope, CancellationToken cancel) =>
        AskAsync(ehr, server, backend: true, cancel, ("grant_type", "client_credentials"), ("scope", scope));

    /// <returns>True or false as the server says; null when it does not say. Nothing depends on an answer (RFC 7662 is optional).</returns>
    public async Task<bool?> IsActiveAsync(EhrOptions ehr, ServerConfiguration server, string token, CancellationToken cancel)
    {
        if (server.Introspect is not { } endpoint) return null;
        try
        {
            var answer = await PostAsync(ehr, server, endpoint, backend: false, cancel, ("token", token), ("token_type_hint", "access_token"));
            if (!answer.Good) return null;
            using var document = JsonDocument.Parse(answer.Body);
            return document.RootElement.TryGetProperty("active", out var active) ? active.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => null,
            } : null;
        }
        catch (Exception e) when (e is EhrUnreachableException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>RFC 7009; best effort, our own session is over before it is asked.</summary>
    public async Task<bool> RevokeAsync(EhrOptions ehr, ServerConfiguration server, string token, string hint, CancellationToken cancel)
    {
        if (server.Revoke is not { } endpoint) return false;
        try
        {
            return (await PostAsync(ehr, server, endpoint, backend: false, cancel, ("token", token), ("token_type_hint", hint))).Good;
        }
        catch (EhrUnreachableException)
        {
            return false;
        }
    }

    private async Task<TokenAnswer> AskAsync(EhrOptions ehr, ServerConfiguration server, bool backend, CancellationToken cancel, params (string, string)[] fields)
    {
        try
        {
            var answer = await PostAsync(ehr, server, server.Token, backend, cancel, fields);
            if (!answer.Good) return Refusal(answer);
            var (response, fault) = TokenResponse.Read(answer.Body);
            return response is not null ? new TokenAnswer.Granted(response) : new TokenAnswer.Unusable(fault!, Unreachable: false);
        }
        catch (EhrUnreachableException e)
        {
            return new TokenAnswer.Unusable(e.Message, Unreachable: true);
        }
    }

    /// <summary>
    /// One more attempt, and only where the first cannot have used up the code or token: no connection came about, or the server
    /// said that it did not handle the request (503).
    /// </summary>
    private async Task<EhrAnswer> PostAsync(EhrOptions ehr, ServerConfiguration server, Uri endpoint, bool backend, CancellationToken cancel, params (string Name, string Value)[] fields)
    {
        try
        {
            var first = await OnceAsync();
            return first.Status is 503 ? await OnceAsync() : first;
        }
        catch (EhrUnreachableException e) when (e.NothingWasSent)
        {
            return await OnceAsync();
        }

        Task<EhrAnswer> OnceAsync()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
            request.Headers.Accept.ParseAdd("application/json");
            List<KeyValuePair<string, string>> form = [.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value))];
            if (backend) authenticate.SignAsBackend(form, ehr, server);
            else authenticate.Sign(request, form, ehr, server);
            request.Content = new FormUrlEncodedContent(form);
            return http.SendAsync(ehr, request, cancel);
        }
    }

    /// <summary>Error bodies may be JSON, text or HTML.</summary>
    private static TokenAnswer.Refused Refusal(EhrAnswer answer)
    {
        if (OutsideJson.ReadObject(answer.Body) is not { } body || !body.TryGetProperty("error", out var error) || error.ValueKind is not JsonValueKind.String)
            return new(answer.Status, $"http_{answer.Status}", null);
        var description = body.TryGetProperty("error_description", out var said) && said.ValueKind is JsonValueKind.String ? said.GetString() : null;
        return new(answer.Status, EhrWords.Code(error.GetString()), EhrWords.Sentence(description));
    }
}
