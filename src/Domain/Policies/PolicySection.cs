using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Domain;

/// <summary>Every fault of the knowledge files, each with where it is. Nothing stops at the first.</summary>
public sealed class Faults
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    public void Add(string where, string what) => _all.Add($"{where}: {what}");
}

/// <summary>
/// One object of the composed policy document, read member by member. A missing or wrong member is noted in
/// <see cref="Faults"/> and a harmless value is returned, so that one pass finds all faults; a document with faults is never used.
/// </summary>
public sealed class PolicySection(JsonObject json, string path, Faults faults, IReadOnlyCollection<string> citationKeys)
{
    public string Path => path;
    public Faults Faults => faults;

    /// <summary>The members, in file order, without notes ($…).</summary>
    public IEnumerable<string> Names => json.Select(m => m.Key).Where(k => !k.StartsWith('$'));

    public bool Has(string name) => json.ContainsKey(name) && json[name] is not null;

    public string Text(string name) => OptionalText(name) ?? Missing(name, "");

    public string? OptionalText(string name) => Value<string>(name, JsonValueKind.String, "text");

    public decimal Number(string name) => OptionalNumber(name) ?? Missing(name, 0m);

    public decimal? OptionalNumber(string name) => ValueOf<decimal>(name, JsonValueKind.Number, "a number");

    public int Whole(string name) => OptionalWhole(name) ?? Missing(name, 0);

    public int? OptionalWhole(string name) => ValueOf<int>(name, JsonValueKind.Number, "a whole number");

    public bool Flag(string name) => json[name] is JsonValue v && v.TryGetValue<bool>(out var flag) && flag;

    public ImmutableArray<string> Texts(string name)
    {
        if (json[name] is null) return [];
        if (json[name] is not JsonArray array)
        {
            faults.Add($"{path}/{name}", "a list of texts is expected");
            return [];
        }
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var item in array)
            if (item is JsonValue v && v.TryGetValue<string>(out var text)) texts.Add(text);
            else faults.Add($"{path}/{name}", "a list of texts is expected");
        return texts.ToImmutable();
    }

    /// <summary>One of a closed set of words.</summary>
    public T Choice<T>(string name) where T : struct, Enum
    {
        var text = Text(name);
        if (Enum.TryParse<T>(text.Replace("-", ""), ignoreCase: true, out var value)) return value;
        if (text.Length > 0) faults.Add($"{path}/{name}", $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>())}");
        return default;
    }

    public PolicySection Section(string name) => OptionalSection(name) ?? Missing(name, Empty(name));

    public PolicySection? OptionalSection(string name)
    {
        if (json[name] is null) return null;
        if (json[name] is JsonObject child) return new(child, $"{path}/{name}", faults, citationKeys);
        faults.Add($"{path}/{name}", "an object is expected");
        return null;
    }

    /// <summary>The objects of this section by key: the rows of a table. Tables are objects keyed by row id, so that a site overlay can change one row.</summary>
    public IEnumerable<(string Key, PolicySection Row)> Rows()
    {
        foreach (var (key, node) in json)
        {
            if (key.StartsWith('$')) continue;
            if (node is JsonObject row) yield return (key, new(row, $"{path}/{key}", faults, citationKeys));
            else if (node is not null) faults.Add($"{path}/{key}", "an object is expected");
        }
    }

    /// <summary>The objects in a list member.</summary>
    public IEnumerable<PolicySection> Items(string name)
    {
        if (json[name] is not JsonArray array)
        {
            if (json[name] is not null) faults.Add($"{path}/{name}", "a list is expected");
            yield break;
        }
        for (var i = 0; i < array.Count; i++)
            if (array[i] is JsonObject item) yield return new(item, $"{path}/{name}/{i}", faults, citationKeys);
            else faults.Add($"{path}/{name}/{i}", "an object is expected");
    }

    /// <summary>Citation keys of the row ("cite"). A row without one, or with an unknown one, is a fault: nothing is said without a source.</summary>
    public ImmutableArray<string> Cites()
    {
        var keys = Texts("cite");
        if (keys.IsEmpty) faults.Add(path, "no citation (\"cite\")");
        foreach (var key in keys)
            if (!citationKeys.Contains(key)) faults.Add($"{path}/cite", $"'{key}' is not in citations.json");
        return keys;
    }

    private PolicySection Empty(string name) => new([], $"{path}/{name}", faults, citationKeys);

    private T Missing<T>(string name, T harmless)
    {
        if (!Has(name)) faults.Add($"{path}/{name}", "is missing");
        return harmless;
    }

    private T? Value<T>(string name, JsonValueKind kind, string expected) where T : class
    {
        if (json[name] is not { } node) return null;
        if (node.GetValueKind() == kind && node is JsonValue v && v.TryGetValue<T>(out var value)) return value;
        faults.Add($"{path}/{name}", $"{expected} is expected");
        return null;
    }

    private T? ValueOf<T>(string name, JsonValueKind kind, string expected) where T : struct
    {
        if (json[name] is not { } node) return null;
        if (node.GetValueKind() == kind && node is JsonValue v && v.TryGetValue<T>(out var value)) return value;
        faults.Add($"{path}/{name}", $"{expected} is expected");
        return null;
    }
}
