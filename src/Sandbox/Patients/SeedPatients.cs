using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Patients;

/// <summary>The invented patients, read from the files beside this one. Each file holds a <c>story</c> and its <c>resources</c>; dates are
/// written relative to today (<see cref="FillDates"/>), so that the demo never ages.</summary>
internal sealed class SeedPatients(TimeProvider clock)
{
    private readonly Dictionary<string, string> stories = new(StringComparer.Ordinal);

    public string? StoryOf(string patientId) => stories.GetValueOrDefault(patientId);

    /// <summary>Fills an emptied store. Today is the sandbox's date: UTC.</summary>
    public void Plant(ResourceStore store)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        store.Reset(draft =>
        {
            foreach (var file in Files())
                foreach (var resource in Resources(file, today))
                    draft.Put(new(resource.Text("resourceType")!, resource.Text("id")!), resource);
        });
    }

    private IEnumerable<JsonObject> Resources(JsonObject file, DateOnly today)
    {
        foreach (var resource in file["resources"]!.AsArray().Select(r => (JsonObject)r!.DeepClone()))
        {
            FillDates.In(resource, today);
            if (resource.Text("resourceType") == "Patient") stories[resource.Text("id")!] = file.Text("story")!;
            yield return resource;
        }
    }

    private static IEnumerable<JsonObject> Files()
    {
        var assembly = typeof(SeedPatients).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("Patients/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            yield return FhirJson.Read(memory.ToArray());
        }
    }
}
