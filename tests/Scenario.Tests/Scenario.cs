using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>One folder below tests/Scenarios: a patient, what was asked, and what a careful haematologist wants to hear (README there).</summary>
internal sealed record Scenario(string Name, JsonObject Expected, JsonObject Answer, string Patient)
{
    /// <summary>The day on which the assessment is made unless query.json says otherwise: a week before the biopsy day 2026-06-10.</summary>
    public const string UsualAsOf = "2026-06-03";

    private static readonly PolicyShelf Shelf = new(new PolicySettings());

    /// <summary>Zone UTC, elevation 0, 08:00, telephone numbers configured.</summary>
    private static readonly Facility Facility = new(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0199");

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Repository.Path("tests/Scenarios"), "patient.json", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Path("tests/Scenarios"), Path.GetDirectoryName(path)!).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private static readonly Lazy<IReadOnlyList<Scenario>> s_all = new(() => [.. Names.AsParallel().AsOrdered().Select(Run)]);

    public static IReadOnlyList<Scenario> All => s_all.Value;

    public IEnumerable<JsonObject> Findings => Rows("findings");

    public IEnumerable<JsonObject> Rows(string list) => Answer[list]!.AsArray().Select(row => row!.AsObject());

    /// <summary>Entries of <c>must</c>, <c>mustNot</c> or <c>may</c>.</summary>
    public IEnumerable<JsonObject> Patterns(string list) => (Expected[list] as JsonArray ?? []).Select(p => p!.AsObject());

    /// <summary>A refusal becomes an answer with its faults, so that it shows as a difference of this scenario alone.</summary>
    public static Scenario Run(string name)
    {
        var folder = Repository.Path("tests/Scenarios/" + name);
        var query = File.Exists(Path.Combine(folder, "query.json")) ? Read(folder, "query.json") : [];
        return Ask(name, query, File.ReadAllBytes(Path.Combine(folder, "patient.json")), Read(folder, "expected.json"));
    }

    public static Scenario Ask(string name, JsonObject query, byte[] bundle, JsonObject expected)
    {
        var faults = new List<ReadFault>();
        var asked = AssessmentQuery.Read(key => query[key]?.ToString() ?? (key == "asOf" ? UsualAsOf : null), Shelf.Current, Shelf.Default, Facility, DateTimeOffset.UnixEpoch, faults);
        faults.AddRange(query.Where(p => !AssessmentQuery.Names.Contains(p.Key)).Select(p => new ReadFault("query.json " + p.Key, "is not known.")));
        var answer = RunAssessment.OfBundle(bundle, asked, faults, new()) switch
        {
            Assessed.Ok(var readiness, var id) => JsonNode.Parse(WriteAssessment.ToUtf8(readiness, id).Span)!.AsObject(),
            Assessed.Refused(var all) => new JsonObject { ["refused"] = string.Join("; ", all.Select(f => $"{f.Where}: {f.What}")), ["findings"] = new JsonArray() },
            _ => throw new InvalidOperationException("Unknown outcome"),
        };
        return new(name, expected, answer, System.Text.Encoding.UTF8.GetString(bundle));
    }

    private static JsonObject Read(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
}
