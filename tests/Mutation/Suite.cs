using System.Collections.Immutable;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Scenario.Tests;
using BiopsyFhir.Testing;
using Told = BiopsyFhir.Scenario.Tests.Scenario;

namespace BiopsyFhir.Mutation;

/// <summary>One patient with what must be said about her: the chart is read once, a mutant only assesses.</summary>
internal sealed class Patient(string name, Chart chart, AssessmentQuery query, JsonObject expected) : IJudge
{
    private byte[] _usual = [];

    public string Name => name;

    public string Preset => query.Policy.Id;

    /// <summary>With the policy as it ships; false when the patient fails already, or her expectation cannot be judged here.</summary>
    public bool PassesUnchanged()
    {
        _usual = Answer(query.Policy);
        return !Differs(_usual);
    }

    public bool Notices() => Notices(query.Policy);

    /// <returns>True when the expectation is no longer met, or the assessment throws.</returns>
    public bool Notices(Policy policy)
    {
        try
        {
            var answer = Answer(policy);
            return !answer.AsSpan().SequenceEqual(_usual) && Differs(answer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return true;
        }
    }

    private byte[] Answer(Policy policy) => RunAssessment.OfChart(chart, query with { Policy = policy }, "", new()) switch
    {
        Assessed.Ok(var readiness, _) => WriteAssessment.ToUtf8(readiness with { Policy = query.Policy }, "").ToArray(),
        _ => [],
    };

    private bool Differs(byte[] answer) => answer.Length == 0 || Compare.Differences(new Told(name, expected, JsonNode.Parse(answer)!.AsObject(), "")).Any();
}

/// <summary>The scenarios of tests/Scenarios, the rows of its tables and, where they are there, the clinical acceptance cases.</summary>
internal static class Suite
{
    public static PolicySet Policies { get; } = new PolicyShelf(new PolicySettings()).Current;

    /// <returns>The policies as read once more; null when they are refused.</returns>
    public static PolicySet? ReadAgain()
    {
        try
        {
            return PolicySet.Read(Api.Assessments.Knowledge.Read(null)) is PolicyRead.Ok(var policies) ? policies : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    private static readonly Facility s_facility = new(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0199");

    public static (ImmutableArray<Patient> Patients, ImmutableArray<string> LeftOut) Load()
    {
        var all = Told.Names.Select(n => (Name: n, Folder: Repository.Path("tests/Scenarios/" + n), Bundle: "patient.json", Query: "query.json", Usual: (string?)Told.UsualAsOf)).ToList();
        if (SharedData.Exists)
            all.AddRange(Directory.GetDirectories(SharedData.Path("clinical/cases")).Order(StringComparer.Ordinal)
                .Select(f => (Name: "case " + Path.GetFileName(f), Folder: f, Bundle: "bundle.json", Query: "request.json", Usual: (string?)null)));
        var read = all.Select(s => (s.Name, Patient: Read(s.Name, s.Folder, s.Bundle, s.Query, s.Usual)))
            .Concat(TableRow.All.Select(r => (Name: r.Where, Patient: Read(r.Where, r.Query, System.Text.Encoding.UTF8.GetBytes(r.Bundle.ToJsonString()), r.Expected, null)))).ToList();
        return ([.. read.Select(r => r.Patient).OfType<Patient>().Where(p => p.PassesUnchanged())],
            [.. read.Where(r => r.Patient is null || !r.Patient.PassesUnchanged()).Select(r => r.Name)]);
    }

    /// <returns>Null when the input is one that is refused: then no rule runs.</returns>
    private static Patient? Read(string name, string folder, string bundle, string queryFile, string? usualAsOf)
    {
        var asked = File.Exists(Path.Combine(folder, queryFile)) ? Json(folder, queryFile) : [];
        return Read(name, asked, File.ReadAllBytes(Path.Combine(folder, bundle)), Understood(Json(folder, "expected.json")), usualAsOf);
    }

    private static Patient? Read(string name, JsonObject asked, byte[] bundle, JsonObject expected, string? usualAsOf)
    {
        var faults = new List<ReadFault>();
        var query = AssessmentQuery.Read(key => asked[key]?.ToString() ?? (key == "asOf" ? usualAsOf : null), Policies, Policies.ById["P1"], s_facility, DateTimeOffset.UnixEpoch, faults);
        if (faults.Count > 0 || FhirJson.Parse(bundle) is not JsonRead.Ok(var document)) return null;
        using (document)
        {
            var content = Bundles.Read(document.RootElement);
            return ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = query.Facility.Zone }) is ChartRead.Ok(var chart)
                ? new(name, chart, query, expected) : null;
        }
    }

    /// <summary>The acceptance cases have keys of their own: {"oneOf"} is a list here; words, tolerances and what is optional are left out, which makes them weaker, not stronger.</summary>
    private static JsonObject Understood(JsonObject expected)
    {
        expected.Remove("anywhere");
        if (expected["creatinineClearance"] is JsonObject clearance && (clearance.Remove("tolerance") | clearance.Remove("absent")) && clearance.Count == 0) expected.Remove("creatinineClearance");
        foreach (var list in new[] { "must", "mustNot", "may", "medications", "labs" })
            foreach (var row in (expected[list] as JsonArray ?? []).OfType<JsonObject>().ToList())
                if (row.Remove("text") && list is "mustNot" or "may" || row.ContainsKey("optional")) row.Parent!.AsArray().Remove(row);
        return (JsonObject)OneOf(expected);
    }

    private static JsonNode OneOf(JsonNode node) => node switch
    {
        JsonObject { Count: 1 } choice when choice["oneOf"] is JsonArray values => values.DeepClone(),
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, m.Value is null ? null : OneOf(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(i => i is null ? null : OneOf(i))]),
        _ => node.DeepClone(),
    };

    private static JsonObject Json(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
}
