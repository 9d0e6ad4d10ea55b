using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Mutation;

/// <summary>One value of a policy file changed, in the presets that share it.</summary>
/// <param name="Path">Within the composed policy document: medicines/rows/apixaban/hold/days/&gt;50.</param>
/// <param name="Presets">One, where the file has a column for each preset; else all three.</param>
internal sealed record DataMutant(ImmutableArray<string> Path, ImmutableArray<string> Presets, string What, Func<JsonNode?, JsonNode?> Change)
{
    public string Section => Path[0];

    public string Name => $"{string.Join('/', Path)}{(Presets.Length == 1 ? $" ({Presets[0]})" : "")}: {What}";
}

/// <summary>Every number, severity and column of the policy files; every edge of a clearance band.</summary>
internal static partial class DataMutants
{
    private static readonly ImmutableArray<string> s_presets = ["P1", "P2", "P3"];
    private static readonly ImmutableArray<string> s_severities = ["info", "low", "moderate", "high", "critical"];

    public static ImmutableArray<DataMutant> All(Func<string, JsonObject> file) =>
        [.. new[] { "medicines", "labs", "work-up", "anaemia", "thrombosis", "checks" }.SelectMany(section => Of(file(section), [section], s_presets))];

    private static IEnumerable<DataMutant> Of(JsonNode? node, ImmutableArray<string> path, ImmutableArray<string> presets)
    {
        switch (node)
        {
            case JsonObject columns when columns.Count == 3 && s_presets.All(columns.ContainsKey):
                foreach (var preset in s_presets)
                {
                    foreach (var other in s_presets.Where(p => p != preset && !JsonNode.DeepEquals(columns[p], columns[preset])).Take(1))
                    {
                        var value = columns[other];
                        yield return new(path, [preset], $"column {other} instead", _ => value?.DeepClone());
                    }
                    foreach (var inner in Of(columns[preset], path, [preset])) yield return inner;
                }
                break;
            case JsonObject members:
                foreach (var edge in members.Select(m => m.Key).Where(k => Band().IsMatch(k)).SelectMany(k => Whole().Matches(k).Select(m => m.Value)).Distinct())
                    foreach (var moved in Near(decimal.Parse(edge, CultureInfo.InvariantCulture)))
                        // Both bands that meet there, and whatever else names one of them.
                        yield return new(path[..^1], presets, $"edge {edge} of {path[^1]} becomes {moved}", n => JsonNode.Parse(BandText().Replace(n!.ToJsonString(s_plain), m => Regex.Replace(m.Value, $@"\b{edge}\b", $"{moved}"))));
                foreach (var (key, value) in members)
                    if (!key.StartsWith('$') && key is not ("notes" or "say" or "cite" or "bandSay" or "resumeSay"))
                        foreach (var inner in Of(value, path.Add(key), presets)) yield return inner;
                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                    foreach (var inner in Of(items[i], path.Add($"{i}"), presets)) yield return inner;
                break;
            case JsonValue value when value.TryGetValue<decimal>(out var number):
                foreach (var near in Near(number)) yield return new(path, presets, $"{number} becomes {near}", _ => near);
                break;
            case JsonValue value when value.TryGetValue<string>(out var text) && s_severities.Contains(text):
                var rank = s_severities.IndexOf(text);
                foreach (var other in new[] { rank - 1, rank + 1 }.Where(r => r >= 0 && r < s_severities.Length).Select(r => s_severities[r])) yield return new(path, presets, $"{text} becomes {other}", _ => other);
                break;
            case JsonValue value when value.TryGetValue<string>(out var text) && Days().Match(text) is { Success: true } days:
                foreach (var near in new[] { -1, 1 }.Select(d => int.Parse(days.Groups[2].Value, CultureInfo.InvariantCulture) + d).Where(d => d >= 0))
                    yield return new(path, presets, $"{text} becomes {days.Groups[1].Value}{near}", _ => $"{days.Groups[1].Value}{near}");
                break;
            case JsonValue value when value.TryGetValue<string>(out var text) && Hours().Match(text) is { Success: true } hours:
                // A restart is told as a day: a whole day more or less is what can be seen.
                foreach (var near in new[] { -24, 24 }.Select(h => int.Parse(hours.Groups[1].Value, CultureInfo.InvariantCulture) + h).Where(h => h > 0))
                    yield return new(path, presets, $"{text} becomes {near} h", _ => $"{near} h");
                break;
        }
    }

    /// <summary>One more and less, a tenth more and less; whole numbers stay whole.</summary>
    private static IEnumerable<decimal> Near(decimal number)
    {
        decimal[] moved = [number - 1, number + 1, number * 0.9m, number * 1.1m];
        return moved.Select(m => number == Math.Truncate(number) ? Math.Round(m) : m).Where(m => m >= 0 && m != number).Distinct();
    }

    private static readonly System.Text.Json.JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The mutants as site policies, many at a time so that the catalogues are read once; a site policy is a preset with a merge
    /// patch. Policies that the validation refuses are reported as such.
    /// </summary>
    public static Dictionary<int, ImmutableDictionary<string, Policy>> Policies(IReadOnlyList<(int Number, DataMutant Mutant)> mutants)
    {
        var files = Api.Assessments.Knowledge.Read(null);
        var documents = s_presets.ToDictionary(p => p, p => JsonNode.Parse(Suite.Policies.ById[p].Document)!.AsObject());
        var overlays = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var (number, mutant) in mutants)
            foreach (var preset in mutant.Presets)
            {
                var changed = documents[preset].DeepClone().AsObject();
                Replace(changed, mutant.Path, mutant.Change);
                overlays[$"M{number}-{preset}"] = System.Text.Encoding.UTF8.GetBytes(new JsonObject
                {
                    ["id"] = $"M{number}-{preset}",
                    ["name"] = "mutant",
                    ["version"] = "0",
                    ["basedOn"] = preset,
                    ["change"] = Patch(documents[preset], changed) ?? new JsonObject(),
                }.ToJsonString());
            }
        while (true)
        {
            switch (PolicySet.Read(files, overlays))
            {
                case PolicyRead.Ok(var set):
                    return mutants.Where(m => m.Mutant.Presets.All(p => set.ById.ContainsKey($"M{m.Number}-{p}")))
                        .ToDictionary(m => m.Number, m => m.Mutant.Presets.ToImmutableDictionary(p => p, p => set.ById[$"M{m.Number}-{p}"]));
                case PolicyRead.Refused(var faults):
                    var guilty = faults.SelectMany(f => Id().Matches(f).Select(m => m.Groups[1].Value)).Distinct().ToList();
                    if (guilty.Count == 0) throw new InvalidOperationException(string.Join('\n', faults));
                    foreach (var id in overlays.Keys.Where(k => guilty.Contains(k.Split('-')[0])).ToList()) overlays.Remove(id);
                    break;
            }
        }
    }

    private static void Replace(JsonNode document, ImmutableArray<string> path, Func<JsonNode?, JsonNode?> change)
    {
        var at = document;
        foreach (var step in path[..^1]) at = at is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)]! : at[step]!;
        if (at is JsonArray items) items[int.Parse(path[^1], CultureInfo.InvariantCulture)] = change(items[int.Parse(path[^1], CultureInfo.InvariantCulture)]?.DeepClone());
        else at[path[^1]] = change(at[path[^1]]?.DeepClone());
    }

    /// <summary>RFC 7396, the other way round.</summary>
    private static JsonNode? Patch(JsonNode? from, JsonNode? to)
    {
        if (from is not JsonObject was || to is not JsonObject now) return to?.DeepClone();
        var patch = new JsonObject();
        foreach (var key in was.Select(m => m.Key).Where(k => !now.ContainsKey(k))) patch[key] = null;
        foreach (var (key, value) in now)
            if (!was.ContainsKey(key) || !JsonNode.DeepEquals(was[key], value)) patch[key] = Patch(was[key], value);
        return patch;
    }

    [GeneratedRegex(@"^(>=?[0-9]+|<=?[0-9]+|[0-9]+-<?[0-9]+)$")]
    private static partial Regex Band();

    [GeneratedRegex("\"(>=?[0-9]+|<=?[0-9]+|[0-9]+-<?[0-9]+)\"")]
    private static partial Regex BandText();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^(D\+|[+])([0-9]+)$")]
    private static partial Regex Days();

    [GeneratedRegex("^([0-9]+) h$")]
    private static partial Regex Hours();

    [GeneratedRegex(@"\b(M[0-9]+)-P[123]\b")]
    private static partial Regex Id();
}
