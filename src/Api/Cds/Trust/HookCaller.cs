using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Cds;

/// <summary>Who calls a hook, after its token was checked.</summary>
/// <param name="Client">Issuer of the JWT; null when none was required and none was valid.</param>
/// <param name="Ehrs">The EHRs that this issuer speaks for; without a token, all of them.</param>
public sealed record HookCaller(string? Client, IReadOnlyList<EhrOptions> Ehrs)
{
    /// <value>The prefetch templates that this client fills.</value>
    public PrefetchVersion Prefetch { get; init; }

    /// <summary>The caller of this request; set by <see cref="HookTrust.RequireHookToken"/>.</summary>
    public static HookCaller Of(HttpContext context) => context.Features.Get<HookCaller>()
        ?? throw new InvalidOperationException("The endpoint is not guarded by RequireHookToken.");
}
