using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>Context that an EHR would know at launch: the open encounter and the marrow order of a patient.</summary>
internal static class Encounters
{
    public static string? Of(StoreState state, string patient) => Newest(state, "Encounter", patient)?.Key.Id;

    public static StoredResource? Order(StoreState state, string patient) => Newest(state, "ServiceRequest", patient);

    private static StoredResource? Newest(StoreState state, string type, string patient) =>
        state.All(type).LastOrDefault(r => SearchParameter.At(r.Body, "subject.reference").Any(s => s.GetString() == $"Patient/{patient}"));
}
