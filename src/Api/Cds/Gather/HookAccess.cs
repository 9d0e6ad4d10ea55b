using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Whether the EHR may be asked with what the call brought, before it is asked (H-24…H-26): its address must be the one we know for this
/// caller, the token must be for this patient and alive, the scopes must allow the type.
/// </summary>
internal sealed record HookAccess(FhirClient? Client, string? WhyNot, Func<string, bool> MayRead)
{
    public static HookAccess Of(HookRequest request, EhrOptions ehr, bool ehrIsTheCallers, EhrCharts charts)
    {
        if (request.FhirServer is null) return Closed("The call names no FHIR server to ask.");
        if (!ehrIsTheCallers) return Closed("The FHIR server of the call is not the one known for this caller; it was not asked.");
        if (request.Authorization is not { } authorization)
            return Closed("The call brought no token to read it with.");
        if (authorization.Expired) return Closed("The token of the call has expired.");
        if (authorization.Patient is { } patient && patient != request.PatientId) return Closed("The token of the call is for another patient; it was not used.");
        var scopes = authorization.Scopes;
        return new(charts.ForHook(ehr, authorization.Token), null, type =>
            scopes.Allows(type, Interaction.Search) || scopes.Allows(type, Interaction.Read));
    }

    private static HookAccess Closed(string why) => new(null, why, _ => false);
}
