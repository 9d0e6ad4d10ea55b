using BiopsyFhir.Sandbox.Fhir.Search;

namespace BiopsyFhir.Sandbox.Store;

/// <summary>A person's first name as one line of text.</summary>
internal static class PersonName
{
    public static string? Of(StoreState state, string reference) =>
        reference.Split('/') is [var type, var id] && state.Existing(new(type, id)) is { } found ? Of(found) : null;

    public static string Of(StoredResource person)
    {
        var names = SearchParameter.At(person.Body, "name").Take(1).ToList();
        if (names is not [var name]) return person.Key.ToString();
        if (name.Text("text") is { } text) return text;
        var parts = SearchParameter.At(name, "prefix").Concat(SearchParameter.At(name, "given")).Select(p => p.GetString()).Append(name.Text("family"));
        return string.Join(' ', parts.Where(p => !string.IsNullOrEmpty(p)));
    }
}
