using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Settings that are allowed and leave something off.</summary>
public static class CheckSettings
{
    public static IEnumerable<CheckLine> Of(ServiceOptions options)
    {
        if (options.Sandbox.Enabled)
        {
            yield return CheckLine.Warning("sandbox", "the demo EHR is on: anyone on this machine is signed in, and everything is forgotten at the end", "Set ASPNETCORE_ENVIRONMENT=Production, or Sandbox:Enabled=false, for real use.");
            yield break;
        }
        yield return !options.AzureAd.Configured
            ? CheckLine.Warning("sign-in", "AzureAd is not set: every call to /api but a session's own is refused, and nobody opens worklist or deliveries", "Set AzureAd:TenantId and AzureAd:ClientId, or leave it so where only launches and hooks are used.")
            : !options.AzureAd.SignsIn
                ? CheckLine.Warning("sign-in", "programs may call with a token, people cannot sign in", "Set AzureAd:ClientSecret or AzureAd:ClientCertificate.")
                : CheckLine.Ok("sign-in", "Microsoft Entra ID, for programs and people");
        if (!options.Cds.RequireToken) yield return CheckLine.Warning("hooks", "Cds:RequireToken is false: the hooks answer any caller", "Set it back to true; it is for a test with an EHR that sends no token yet.");
        if (options.Facility.ProcedureUnitPhone is null || options.Facility.AfterHoursPhone is null)
            yield return CheckLine.Warning("facility", "a telephone number for patients is missing: handouts print none", "Set Facility:ProcedureUnitPhone and Facility:AfterHoursPhone.");
        else yield return CheckLine.Ok("facility", $"{options.Facility.TimeZone.Id}, {options.Facility.ElevationMeters:0} m, telephone numbers set");
    }
}
