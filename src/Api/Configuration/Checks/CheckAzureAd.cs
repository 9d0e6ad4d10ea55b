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
        // Tokens of any tenant would pass: there is no list of tenants here.
        if (azure.TenantId is "common" or "organizations" or "consumers")
            yield return new("AzureAd:TenantId", "must name one tenant");
        if (!WebAddress.TryBase(azure.Instance, out var instance) || !WebAddress.IsSecureOrLoopback(instance))
            yield return new("AzureAd:Instance", "must be an absolute https URL");
    }
}
