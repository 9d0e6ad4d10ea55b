using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Tests.Rest;

/// <summary>Hands out "token-1", and "token-2" … after each refresh.</summary>
internal sealed class TestTokens(bool refreshable = true) : IAccessTokens
{
    private int _number = 1;

    public int Refreshes { get; private set; }

    public ValueTask<AccessToken?> GetAsync(CancellationToken ct) => new(new AccessToken($"token-{_number}"));

    public async ValueTask<AccessToken?> RefreshAsync(AccessToken stale, CancellationToken ct)
    {
        Refreshes++;
        await Task.Delay(20, ct);
        return refreshable ? new AccessToken($"token-{++_number}") : null;
    }
}
