using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Knowledge files and the site's own policies, read as at start.</summary>
public static class CheckPolicies
{
    public static IReadOnlyList<CheckLine> Of(ServiceOptions options)
    {
        try
        {
            var shelf = new PolicyShelf(AssessmentServices.Policies(options));
            return [CheckLine.Ok("policies", $"{shelf.Default.Id} {shelf.Default.Version} by default, of {string.Join(", ", shelf.Current.ById.Keys)}")];
        }
        catch (PolicyFaultsException e)
        {
            return [.. e.Faults.Select(fault => CheckLine.Error("policies", fault, "The service does not start with this."))];
        }
    }
}
