using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>The name of a Patient or Practitioner as one would say it; for pages and signatures only.</summary>
public static class PersonNames
{
    /// <returns>The official name, or else the first; null when there is none with a word in it.</returns>
    public static string? Of(FhirElement person)
    {
        var names = person.Items("name").ToList();
        if (names.Count == 0) return null;
        var name = names.FirstOrDefault(n => n.CodeText("use") == "official", names[0]);
        var words = name.Text("text") ?? string.Join(" ", name.Items("given").Select(g => g.ValueKind == JsonValueKind.String ? g.GetString() : null).Append(name.Text("family")).Where(w => w is { Length: > 0 }));
        return string.IsNullOrWhiteSpace(words) ? null : words;
    }
}
