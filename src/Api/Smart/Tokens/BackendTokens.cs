using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Smart.Tokens;

/// <summary>
/// SMART Backend Services: <c>client_credentials</c> with a signed assertion and <c>system/</c> scopes. A token is used by all callers of
/// the same scope until shortly before it expires (300 seconds are usual); there is no refresh token.
/// </summary>
public sealed class BackendTokens(DiscoverServer discover, TokenEndpoint endpoint, EntraAppTokens entra, TimeProvider clock, ILogger<BackendTokens> log)
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnsaidLife = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<(string Ehr, string Scope), Grant> grants = new();

    /// <param name="ehr">Must have a <see cref="EhrOptions.BackendClientId"/>.</param>
    /// <param name="scope">Space-separated <c>system/</c> scopes.</param>
    public IAccessTokens For(EhrOptions ehr, string scope) => grants.GetOrAdd((ehr.Id, scope), _ => new(this, clock, ehr, scope));

    [SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose.")]
    private sealed class Grant(BackendTokens owner, TimeProvider clock, EhrOptions ehr, string scope) : IAccessTokens
    {
        private readonly SemaphoreSlim gate = new(1, 1);
        private (AccessToken Token, DateTimeOffset Until)? held;

        public ValueTask<AccessToken?> GetAsync(CancellationToken ct) => NotAsync(null, ct);

        public ValueTask<AccessToken?> RefreshAsync(AccessToken stale, CancellationToken ct) => NotAsync(stale, ct);

        private async ValueTask<AccessToken?> NotAsync(AccessToken? stale, CancellationToken ct)
        {
            await gate.WaitAsync(ct);
            try
            {
                if (held is { } good && !good.Token.Equals(stale) && clock.GetUtcNow() < good.Until) return good.Token;
                held = null;
                if (await owner.AskAsync(ehr, scope, ct) is not { } response) return null;
                var life = response.ExpiresIn ?? UnsaidLife;
                held = (new(response.AccessToken), clock.GetUtcNow() + (life > 2 * Early ? life - Early : life / 2));
                return held.Value.Token;
            }
            finally
            {
                gate.Release();
            }
        }
    }

    /// <summary>One request for a token, nothing kept.</summary>
    /// <exception cref="LaunchStoppedException">The EHR's authorization server cannot be found.</exception>
    public async Task<TokenAnswer> RequestAsync(EhrOptions ehr, string scope, CancellationToken cancel) =>
        ehr.BackendEntra is not null ? await entra.RequestAsync(ehr, cancel) : await endpoint.BackendAsync(ehr, await discover.ForAsync(ehr, cancel), scope, cancel);

    private async Task<TokenResponse?> AskAsync(EhrOptions ehr, string scope, CancellationToken cancel)
    {
        if (ehr.BackendClientId is null) return null;
        try
        {
            var answer = await RequestAsync(ehr, scope, cancel);
            if (answer is TokenAnswer.Granted(var response)) return response;
            var why = answer.WhyNot;
            log.LogWarning("No backend token from {Ehr}: {Why}", ehr.Id, why);
        }
        catch (LaunchStoppedException e)
        {
            log.LogWarning("No backend token from {Ehr}: {Why}", ehr.Id, e.Stop.Code);
        }
        return null;
    }
}
