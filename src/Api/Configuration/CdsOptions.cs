namespace BiopsyFhir.Api.Configuration;

/// <summary>Our side of CDS Hooks.</summary>
public sealed record CdsOptions
{
    /// <value><c>Cds:AllowedOrigins:K</c>: browser origins that may call the hooks (CORS). Default: none; with the sandbox its own.</value>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <value><c>Cds:RequireToken</c>: refuse hook calls without a valid JWT. Default: <c>true</c>; <c>false</c> with the sandbox.</value>
    public bool RequireToken { get; init; } = true;

    /// <value>
    /// <c>Cds:Deadline</c>: milliseconds from a hook call's arrival until no more is read from the EHR, 50 to 10000; what has not come
    /// is named on a card. Clients wait about 500 ms. Default: 400.
    /// </value>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <value>
    /// <c>Cds:Quiet</c>: at signing, what the same user read in full for the same order within 30 minutes, unchanged, is said in one
    /// line; advice and information not at all; nothing high or critical ever disappears. <c>false</c>: every card in full every time.
    /// Default: <c>true</c>.
    /// </value>
    public bool Quiet { get; init; } = true;
}
