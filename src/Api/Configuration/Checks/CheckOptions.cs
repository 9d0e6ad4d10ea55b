namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>Runs every check over the options; never stops at the first fault.</summary>
public static class CheckOptions
{
    public static IEnumerable<ConfigurationFault> All(ServiceOptions options, bool development) =>
    [
        .. CheckAddresses.Of(options),
        .. CheckEhrs.Of(options, development),
        .. CheckKeys.Of(options, development),
        .. CheckFacility.Of(options),
        .. CheckDatabase.Of(options),
        .. CheckAzureAd.Of(options),
    ];
}
