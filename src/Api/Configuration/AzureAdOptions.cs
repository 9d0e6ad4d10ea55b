namespace BiopsyFhir.Api.Configuration;

/// <summary>Microsoft Entra ID for <c>/api/*</c> and for our own pages outside the sandbox. Key names are those of Microsoft.Identity.Web.</summary>
public sealed record AzureAdOptions
{
    public const string Microsoft = "https://login.microsoftonline.com/";

    /// <value><c>AzureAd:Instance</c>: of another cloud than the public one. Default: <c>https://login.microsoftonline.com/</c>.</value>
    public string Instance { get; init; } = Microsoft;

    /// <value><c>AzureAd:TenantId</c>: the one tenant whose tokens and people are accepted. Default: none; every call to <c>/api</c> but a session's own is then refused.</value>
    public string? TenantId { get; init; }

    /// <value><c>AzureAd:ClientId</c>: our application id. Default: none.</value>
    public string? ClientId { get; init; }

    /// <value>
    /// <c>AzureAd:Audience</c>: an accepted audience besides the client id and <c>api://{ClientId}</c>, when the application id URI is
    /// another. Default: none.
    /// </value>
    public string? Audience { get; init; }

    /// <value><c>AzureAd:ClientSecret</c>: for people who sign in to our pages; redirect address <c>https://YOUR-HOST/sign-in/callback</c>. This or a certificate. Default: none; nobody signs in.</value>
    public string? ClientSecret { get; init; }

    /// <value><c>AzureAd:ClientSecretFile</c>: instead, a file that holds it in one line; read again when it changes. Default: none.</value>
    public string? ClientSecretFile { get; init; }

    /// <value><c>AzureAd:ClientCertificate</c>: instead of the secret, a file with an RSA certificate and its key (PEM, or PKCS#12 without password); read again when it changes. Default: none.</value>
    public string? ClientCertificate { get; init; }

    /// <value><c>AzureAd:AppRoles:K</c>: app roles of which a caller needs one. Default: <c>BiopsyFhir.Read</c>, <c>BiopsyFhir.Operate</c>.</value>
    public IReadOnlyList<string> AppRoles { get; init; } = ["BiopsyFhir.Read", "BiopsyFhir.Operate"];

    /// <value><c>AzureAd:OperateRoles:K</c>: app roles of which one is needed to change something. Default: <c>BiopsyFhir.Operate</c>.</value>
    public IReadOnlyList<string> OperateRoles { get; init; } = ["BiopsyFhir.Operate"];

    public bool Configured => TenantId is not null && ClientId is not null;

    /// <value>People can sign in to our pages: the code flow of a web application needs credentials of its own.</value>
    public bool SignsIn => Configured && (ClientSecret ?? ClientSecretFile ?? ClientCertificate) is not null;

    /// <value>Issuer and metadata address of tokens for our tenant (v2.0 endpoint).</value>
    public string Authority => $"{Instance.TrimEnd('/')}/{TenantId}/v2.0";

    /// <summary>A record's generated text would carry the secret into a log.</summary>
    public override string ToString() => nameof(AzureAdOptions);
}

/// <summary>
/// A backend client whose tokens Microsoft Entra ID issues (<c>Ehrs:N:BackendEntra</c>), as Azure Health Data Services wants them: client
/// credentials, scope <c>{issuer}/.default</c>; the rights are Azure role assignments.
/// </summary>
public sealed record BackendEntraOptions
{
    /// <value><c>Ehrs:N:BackendEntra:Instance</c>: of another cloud than the public one. Default: <c>https://login.microsoftonline.com/</c>.</value>
    public string Instance { get; init; } = AzureAdOptions.Microsoft;

    /// <value><c>Ehrs:N:BackendEntra:TenantId</c>: the tenant that issues the backend client's tokens; the client id is <c>BackendClientId</c>, the scope <c>{Issuer}/.default</c>. Default: none; required with the other keys of this group.</value>
    public required string TenantId { get; init; }

    /// <value><c>Ehrs:N:BackendEntra:ClientSecret</c>: of the backend client at Entra ID. This or a certificate. Default: none.</value>
    public string? ClientSecret { get; init; }

    /// <value><c>Ehrs:N:BackendEntra:ClientSecretFile</c>: instead, a file that holds it in one line; read again when it changes. Default: none.</value>
    public string? ClientSecretFile { get; init; }

    /// <value><c>Ehrs:N:BackendEntra:ClientCertificate</c>: file with an RSA certificate and its key; read again when it changes. Default: none.</value>
    public string? ClientCertificate { get; init; }

    public string Authority => $"{Instance.TrimEnd('/')}/{TenantId}/v2.0";

    /// <summary>A record's generated text would carry the secret into a log.</summary>
    public override string ToString() => nameof(BackendEntraOptions);
}
