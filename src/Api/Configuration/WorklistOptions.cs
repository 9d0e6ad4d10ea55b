namespace BiopsyFhir.Api.Configuration;

/// <summary>The list of biopsies to come, read through each EHR's backend client.</summary>
public sealed record WorklistOptions
{
    /// <value><c>Worklist:Days</c>: how many days ahead the worklist looks, 1 to 365. Default: 30.</value>
    public int Days { get; init; } = 30;

    /// <value>
    /// <c>Worklist:RefreshMinutes</c>: how old it may get before it is read again in the background, 0 to 1440; 0 reads on request
    /// only. Default: 15.
    /// </value>
    public int RefreshMinutes { get; init; } = 15;
}
