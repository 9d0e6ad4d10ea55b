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

/// <summary>The scenarios of tests/Scenarios and the rows of its tables.</summary>
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

    /// <exception cref="InvalidOperationException">Somebody is answered otherwise than expected already.</exception>
    public static ImmutableArray<Patient> Load()
    {
        var patients = Told.Names.Select(n => Read(n, Repository.Path("tests/Scenarios/" + n)))
            .Concat(TableRow.All.Select(r => Read(r.Where, r.Query, System.Text.Encoding.UTF8.GetBytes(r.Bundle.ToJsonString()), r.Expected)))
            .OfType<Patient>().ToImmutableArray();
        if (patients.Where(p => !p.PassesUnchanged()).Select(p => p.Name).ToList() is { Count: > 0 } failing)
            throw new InvalidOperationException($"Fails without a mutant: {string.Join(", ", failing)}");
        return patients;
    }

    /// <returns>Null when the input is one that is refused: then no rule runs.</returns>
    private static Patient? Read(string name, string folder) =>
        Read(name, File.Exists(Path.Combine(folder, "query.json")) ? Json(folder, "query.json") : [], File.ReadAllBytes(Path.Combine(folder, "patient.json")), Json(folder, "expected.json"));

    private static Patient? Read(string name, JsonObject asked, byte[] bundle, JsonObject expected)
    {
        var faults = new List<ReadFault>();
        var query = AssessmentQuery.Read(key => asked[key]?.ToString() ?? (key == "asOf" ? Told.UsualAsOf : null), Policies, Policies.ById["P1"], s_facility, DateTimeOffset.UnixEpoch, faults);
        if (faults.Count > 0 || FhirJson.Parse(bundle) is not JsonRead.Ok(var document)) return null;
        using (document)
        {
            var content = Bundles.Read(document.RootElement);
            return ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = query.Facility.Zone }) is ChartRead.Ok(var chart)
                ? new(name, chart, query, expected) : null;
        }
    }

    private static JsonObject Json(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
}
