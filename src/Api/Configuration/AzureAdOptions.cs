namespace BiopsyFhir.Api.Configuration;

/// <summary>Microsoft Entra ID for <c>/api/*</c> outside the sandbox. Key names are those of Microsoft.Identity.Web.</summary>
public sealed record AzureAdOptions
{
    /// <value><c>AzureAd:Instance</c>. Default: <c>https://login.microsoftonline.com/</c>.</value>
    public string Instance { get; init; } = "https://login.microsoftonline.com/";

    /// <value><c>AzureAd:TenantId</c>. Without it and a client id nobody may call the API.</value>
    public string? TenantId { get; init; }

    /// <value><c>AzureAd:ClientId</c>: our application id, an accepted audience as such and as <c>api://{ClientId}</c>.</value>
    public string? ClientId { get; init; }

    /// <value><c>AzureAd:Audience</c>, when the application id URI is another.</value>
    public string? Audience { get; init; }

    /// <value><c>AzureAd:AppRoles:N</c>: app roles of which a caller needs one. Default: <c>Assessments.Run</c>.</value>
    public IReadOnlyList<string> AppRoles { get; init; } = ["Assessments.Run"];

    public bool Configured => TenantId is not null && ClientId is not null;

    /// <value>Issuer and metadata address of tokens for our tenant (v2.0 endpoint).</value>
    public string Authority => $"{Instance.TrimEnd('/')}/{TenantId}/v2.0";
}
