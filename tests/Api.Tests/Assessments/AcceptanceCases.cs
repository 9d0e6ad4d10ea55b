using System.Text.Json.Nodes;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>The clinical acceptance cases: a folder each with bundle.json and request.json.</summary>
internal static class AcceptanceCases
{
    public static IReadOnlyList<string> All => [.. Directory.GetDirectories(SharedData.Path("clinical/cases")).Order(StringComparer.Ordinal)];

    public static string Query(string folder) => "?" + string.Join('&', JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "request.json")))!.AsObject()
        .Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!.GetValue<string>())}"));
}
