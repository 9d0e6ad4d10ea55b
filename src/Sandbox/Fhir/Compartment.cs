using System.Text.Json;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>Whose chart a resource belongs to.</summary>
internal static class Compartment
{
    /// <summary>True for types that belong to nobody's chart (Practitioner, Medication, Binary, Subscription).</summary>
    public static bool IsShared(ResourceType type) => type.Patient is [];

    /// <summary>Ids of the patients in whose compartment the resource stands. Provenance follows its targets into their charts.</summary>
    public static IReadOnlySet<string> PatientsOf(StoreState state, ResourceType type, JsonElement resource, string fhirBase)
    {
        if (type.Name == "Patient") return resource.Text("id") is { } self ? new HashSet<string> { self } : [];
        var patients = new HashSet<string>();
        foreach (var reference in type.Patient.SelectMany(path => SearchParameter.At(resource, path)))
        {
            if (Criterion.LocalReference(reference.Text("reference"), fhirBase)?.Split('/') is not [var targetType, var id]) continue;
            if (targetType == "Patient") patients.Add(id);
            else if (type.Name == "Provenance" && ResourceTypes.All.TryGetValue(targetType, out var target) && target.Name != "Provenance"
                     && state.Existing(new(targetType, id)) is { } found)
                patients.UnionWith(PatientsOf(state, target, found.Body, fhirBase));
        }
        return patients;
    }
}
