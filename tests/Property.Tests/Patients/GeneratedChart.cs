using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>
/// An invented patient as FHIR resources, and what is asked about her. The first resource is the Patient. Resources are never changed
/// in place: a variation is a new chart.
/// </summary>
public sealed record GeneratedChart(ImmutableArray<JsonObject> Resources, ImmutableSortedDictionary<string, string> Query)
{
    private const string Server = "https://ehr.example.org/fhir";

    public string Bundle(string type = "collection", bool urns = false) => new JsonObject
    {
        ["resourceType"] = "Bundle",
        ["type"] = type,
        ["entry"] = new JsonArray([.. Resources.Select(r => EntryOf(r, urns))]),
    }.ToJsonString();

    /// <summary>A resource that already is an entry (a failed read of a batch) stands as it is.</summary>
    private static JsonObject EntryOf(JsonObject resource, bool urns) => resource["resourceType"] is null
        ? resource.DeepClone().AsObject()
        : new JsonObject
        {
            ["fullUrl"] = urns ? Urn(resource) : $"{Server}/{resource["resourceType"]}/{resource["id"]}",
            ["resource"] = resource.DeepClone(),
        };

    private static string Urn(JsonObject resource) => $"urn:uuid:00000000-0000-4000-8000-{(uint)Hash($"{resource["resourceType"]}/{resource["id"]}"):x12}";

    private static int Hash(string text) => text.Aggregate(17, (sum, letter) => unchecked((sum * 31) + letter));

    public GeneratedChart With(int index, JsonObject resource) => this with { Resources = Resources.SetItem(index, resource) };

    public GeneratedChart Without(int index) => this with { Resources = Resources.RemoveAt(index) };

    public GeneratedChart Plus(params JsonObject[] more) => this with { Resources = Resources.AddRange(more) };

    public GeneratedChart Asking(string name, string value) => this with { Query = Query.SetItem(name, value) };

    /// <summary>The same chart with every reference written as a relative, absolute or urn:uuid one.</summary>
    public string BundleReferring(References form)
    {
        var known = Resources.ToDictionary(r => $"{r["resourceType"]}/{r["id"]}", r => r, StringComparer.Ordinal);
        var changed = this with
        {
            Resources = [.. Resources.Select(r => Edit.Everywhere(r, "reference", text => form switch
        {
            References.Absolute => $"{Server}/{text}",
            References.Urn when known.TryGetValue(text, out var target) => Urn(target),
            _ => text,
        }))]
        };
        return changed.Bundle(urns: form == References.Urn);
    }

    public override string ToString() => string.Join(' ', Query.Select(q => $"{q.Key}={q.Value}")) + "\n" + string.Join('\n', Resources.Select(r => r.ToJsonString()));

    /// <summary>First half the entries, then one entry fewer, then one member of an entry fewer.</summary>
    public static IEnumerable<GeneratedChart> Smaller(GeneratedChart chart)
    {
        var count = chart.Resources.Length;
        if (count > 4)
        {
            yield return chart with { Resources = [chart.Resources[0], .. chart.Resources.Skip(1).Take(count / 2)] };
            yield return chart with { Resources = [chart.Resources[0], .. chart.Resources.Skip(1 + (count / 2))] };
        }
        for (var i = 1; i < count; i++) yield return chart.Without(i);
        foreach (var name in chart.Query.Keys.Where(k => k is not ("procedureAt" or "asOf" or "timeZone"))) yield return chart with { Query = chart.Query.Remove(name) };
        for (var i = 0; i < count; i++)
            foreach (var member in chart.Resources[i].Select(m => m.Key).Where(m => m is not ("resourceType" or "id" or "subject" or "patient")).ToList())
                yield return chart.With(i, Edit.Without(chart.Resources[i], member));
    }
}

/// <summary>How references between entries are written.</summary>
public enum References { Relative, Absolute, Urn }
