using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Domain;

/// <summary>A row of a composed policy: whatever carries citations.</summary>
/// <param name="Row">Path of the row: medicines/apixaban.</param>
/// <param name="Content">Its members as JSON, without the citations.</param>
public sealed record PolicyRow(string Row, string Content, ImmutableArray<string> Citations);

/// <summary>One member that two policies set differently; null where a policy does not have it.</summary>
/// <param name="Row">The nearest row with citations around it, else where it stands.</param>
public sealed record PolicyDifference(string Row, string Member, string? Before, string? After)
{
    public string InWords(string before, string after) =>
        $"{Row}, {Member}: {(Before is null ? $"not in {before}" : $"{Before} in {before}")}; {(After is null ? $"not in {after}" : $"{After} in {after}")}.";
}

/// <summary>Policies as rows, for people who compare them.</summary>
public static class PolicyRows
{
    public static ImmutableArray<PolicyRow> Of(Policy policy)
    {
        var rows = ImmutableArray.CreateBuilder<PolicyRow>();
        Collect(JsonNode.Parse(policy.Document), "", rows);
        return rows.ToImmutable();
    }

    /// <summary>Every member that differs, in the order of the path; what names the policy itself is no difference.</summary>
    public static ImmutableArray<PolicyDifference> Differences(Policy before, Policy after)
    {
        var rows = Of(before).Concat(Of(after)).Select(r => r.Row).ToHashSet(StringComparer.Ordinal);
        var (ours, theirs) = (Leaves(before), Leaves(after));
        return [.. ours.Keys.Union(theirs.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(path => ours.GetValueOrDefault(path) != theirs.GetValueOrDefault(path))
            .Where(path => path is not ("id" or "preset" or "name" or "version" or "basis" or "basedOn"))
            .Select(path => Difference(path, rows, ours.GetValueOrDefault(path), theirs.GetValueOrDefault(path)))];
    }

    private static PolicyDifference Difference(string path, HashSet<string> rows, string? before, string? after)
    {
        for (var cut = path.LastIndexOf('/'); cut > 0; cut = path.LastIndexOf('/', cut - 1))
            if (rows.Contains(path[..cut])) return new(path[..cut], path[(cut + 1)..], before, after);
        var last = path.LastIndexOf('/');
        return last < 0 ? new("policy", path, before, after) : new(path[..last], path[(last + 1)..], before, after);
    }

    private static void Collect(JsonNode? node, string path, ImmutableArray<PolicyRow>.Builder rows)
    {
        if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++) Collect(list[i], $"{path}/{i}", rows);
            return;
        }
        if (node is not JsonObject members) return;
        if (members["cite"] is JsonArray cite)
        {
            var content = (JsonObject)members.DeepClone();
            content.Remove("cite");
            rows.Add(new(path, content.ToJsonString(), [.. cite.Select(c => c!.GetValue<string>())]));
        }
        foreach (var (key, child) in members) Collect(child, path.Length == 0 ? key : $"{path}/{key}", rows);
    }

    /// <summary>Every value by its path. A list of plain values is one value: its items have no places of their own.</summary>
    private static Dictionary<string, string> Leaves(Policy policy)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        void Walk(JsonNode? node, string path)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach (var (key, child) in members)
                        if (!key.StartsWith('$')) Walk(child, path.Length == 0 ? key : $"{path}/{key}");
                    break;
                case JsonArray list when list.Any(item => item is JsonObject or JsonArray):
                    for (var i = 0; i < list.Count; i++) Walk(list[i], $"{path}/{i}");
                    break;
                case JsonArray list:
                    leaves[path] = string.Join(", ", list.Select(Plain));
                    break;
                default:
                    leaves[path] = Plain(node);
                    break;
            }
        }
        Walk(JsonNode.Parse(policy.Document), "");
        return leaves;
    }

    private static string Plain(JsonNode? node) => node is JsonValue v && v.TryGetValue<string>(out var text) ? text : node?.ToJsonString() ?? "nothing";
}
