using System.Collections.Frozen;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Gather;

/// <summary>One search of the gathering.</summary>
/// <param name="Name">What is looked for; the prefetch templates of our hooks have the same names.</param>
/// <param name="Plain">The same without narrowing parameters, for a server that refuses them; null when there are none.</param>
/// <param name="Hides">What a missing answer might hold.</param>
internal sealed record Search(string Name, string Type, FhirQuery Query, FhirQuery? Plain, MightHide Hides)
{
    /// <summary>
    /// Looks beyond what servers must be able to search for. Where one cannot, that is said in these words; nothing counts as failed.
    /// </summary>
    public string? BestEffortFor { get; init; }
}

/// <summary>
/// The searches of one launch, by US Core's rules (MedicationRequest with <c>intent</c>, M-1; Observation with <c>category</c>, and again by <c>code</c>).
/// An optional type that the server is known not to announce is not asked for; the others are, so that their absence is said.
/// </summary>
internal static class Searches
{
    /// <summary>The longest look-back window is 365 days before the biopsy; a month is added for biopsies booked ahead.</summary>
    private const int LookBackDays = 400;

    private const string OtherCategories = "vital-signs,social-history,survey,exam";

    private const string PageSize = "200";

    public static readonly FrozenSet<string> Optional =
        FrozenSet.Create("MedicationStatement", "MedicationAdministration", "MedicationDispense", "DiagnosticReport", "Device", "Appointment");

    /// <summary>Every intent: what does not count as use is judged by the rules, not hidden by the search.</summary>
    private const string AllIntents = "proposal,plan,order,original-order,reflex-order,filler-order,instance-order,option";

    public static IEnumerable<Search> For(GatherRequest request)
    {
        var id = request.Patient.Split('/')[^1];
        var since = $"ge{request.AsOf.AddDays(-LookBackDays):yyyy-MM-dd}";
        var byPatient = FhirQuery.Of(("patient", id), ("_count", PageSize));

        Search Of(string name, string type, MightHide hides, FhirQuery query) => new(name, type, query, query == byPatient ? null : byPatient, hides);

        Search[] all =
        [
            Of("medicationRequests", "MedicationRequest", MightHide.Antithrombotic, byPatient.And("intent", AllIntents).And("_include", "MedicationRequest:medication")),
            Of("medicationStatements", "MedicationStatement", MightHide.Antithrombotic, byPatient.And("_include", "MedicationStatement:medication")),
            Of("medicationAdministrations", "MedicationAdministration", MightHide.Antithrombotic, byPatient.And("_include", "MedicationAdministration:medication")),
            Of("medicationDispenses", "MedicationDispense", MightHide.Antithrombotic, byPatient.And("_include", "MedicationDispense:medication")),
            Of("laboratory", "Observation", MightHide.SafetyLab, byPatient.And("category", "laboratory").And("date", since)),
            Of("observations", "Observation", MightHide.SafetyLab, byPatient.And("category", OtherCategories).And("date", since)),
            // Any system: some servers keep a LOINC code under a name of their own for it.
            .. request.ResultCodes.IsEmpty ? [] : (Search[])[Of("resultsByCode", "Observation", MightHide.SafetyLab, byPatient.And("code", string.Join(',', request.ResultCodes)))],
            // What a laboratory filed under a category of its own or none, and with a code of its own. Modifiers are optional in R4 (search.html#modifiers).
            new("otherResults", "Observation", byPatient.And("category:not", $"laboratory,{OtherCategories}").And("date", since), null, MightHide.Other)
            {
                BestEffortFor = "Results filed under none of the usual categories and without a LOINC code",
            },
            Of("reports", "DiagnosticReport", MightHide.Other, byPatient.And("date", since)),
            Of("conditions", "Condition", MightHide.Other, byPatient),
            Of("allergies", "AllergyIntolerance", MightHide.Other, byPatient),
            Of("procedures", "Procedure", MightHide.Other, byPatient),
            Of("devices", "Device", MightHide.Other, byPatient),
            Of("serviceRequests", "ServiceRequest", MightHide.Other, byPatient),
            Of("appointments", "Appointment", MightHide.Other, byPatient),
        ];
        var announced = request.Capabilities.IsCompletedSuccessfully ? request.Capabilities.Result : null;
        return all.Where(s => !Optional.Contains(s.Type) || (announced?.May(s.Type, Interaction.Search) ?? true));
    }
}
