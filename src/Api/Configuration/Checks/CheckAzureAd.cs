namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>Entra ID is wholly configured or wholly absent; half of it would refuse everyone for a reason nobody sees.</summary>
public static class CheckAzureAd
{
    public static IEnumerable<ConfigurationFault> Of(ServiceOptions options)
    {
        var azure = options.AzureAd;
        if (azure.TenantId is null && azure.ClientId is not null)
            yield return new("AzureAd:TenantId", "is required with AzureAd:ClientId");
        if (azure.ClientId is null && azure.TenantId is not null)
            yield return new("AzureAd:ClientId", "is required with AzureAd:TenantId");
        if (!azure.Configured && (azure.ClientSecret ?? azure.ClientSecretFile ?? azure.ClientCertificate) is not null)
            yield return new("AzureAd:ClientId", "is required with a client secret or certificate");
        foreach (var fault in Tenant("AzureAd", azure.TenantId, azure.Instance, httpsOnly: azure.SignsIn)) yield return fault;
        foreach (var fault in Credentials("AzureAd", azure.ClientSecret, azure.ClientSecretFile, azure.ClientCertificate)) yield return fault;

        foreach (var (ehr, entra) in options.Ehrs.Select(ehr => (ehr, ehr.BackendEntra)))
        {
            if (entra is null) continue;
            var key = $"{ehr.Key}:BackendEntra";
            if (ehr.BackendClientId is null) yield return new($"{ehr.Key}:BackendClientId", "is required with BackendEntra: the application id");
            if ((entra.ClientSecret ?? entra.ClientSecretFile ?? entra.ClientCertificate) is null) yield return new($"{key}:ClientSecret", "or ClientSecretFile or ClientCertificate is required");
            foreach (var fault in Tenant(key, entra.TenantId, entra.Instance, httpsOnly: true)) yield return fault;
            foreach (var fault in Credentials(key, entra.ClientSecret, entra.ClientSecretFile, entra.ClientCertificate)) yield return fault;
        }
    }

    private static IEnumerable<ConfigurationFault> Tenant(string key, string? tenant, string instance, bool httpsOnly)
    {
        // Tokens of any tenant would pass: there is no list of tenants here.
        if (tenant is "common" or "organizations" or "consumers")
            yield return new($"{key}:TenantId", "must name one tenant");
        if (!WebAddress.TryBase(instance, out var address) || !WebAddress.IsSecureOrLoopback(address) || (httpsOnly && address.Scheme is not "https"))
            yield return new($"{key}:Instance", "must be an absolute https URL");
    }

    private static IEnumerable<ConfigurationFault> Credentials(string key, string? secret, string? file, string? certificate)
    {
        if (new[] { secret, file, certificate }.Count(given => given is not null) > 1)
            yield return new($"{key}:ClientSecret", "and ClientSecretFile and ClientCertificate exclude each other: give one");
    }
}
