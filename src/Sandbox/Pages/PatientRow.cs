using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Patients;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Pages;

/// <summary>One patient in a list.</summary>
public sealed record PatientRow(string Id, string Name, string Facts, string Story)
{
    internal static IReadOnlyList<PatientRow> All(StoreState state, SeedPatients seeds) =>
        [.. state.All("Patient").Select(p => Of(state, p, seeds.StoryOf(p.Key.Id)))];

    internal static PatientRow Of(StoreState state, StoredResource patient, string? story)
    {
        var order = Encounters.Order(state, patient.Key.Id)?.Body;
        var when = order is { } o ? o.Text("occurrenceDateTime")?[..10] : null;
        var facts = new[] { patient.Body.Text("gender"), $"born {patient.Body.Text("birthDate")}", Mrn(patient), when is null ? null : $"biopsy ordered for {when}" };
        return new(patient.Key.Id, PersonName.Of(patient), string.Join(" · ", facts.Where(f => f is not null)), story ?? "Added in this session.");
    }

    private static string? Mrn(StoredResource patient) =>
        SearchParameter.At(patient.Body, "identifier").Select(i => i.Text("value")).FirstOrDefault() is { } mrn ? $"MRN {mrn}" : null;
}
