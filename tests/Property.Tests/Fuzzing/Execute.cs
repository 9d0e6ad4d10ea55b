using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>What one input came to.</summary>
/// <param name="Classes">Kinds of outcome, without anything of the input's own words.</param>
/// <param name="Readiness">Null when it was refused.</param>
internal sealed record Executed(IReadOnlyList<string> Classes, Readiness? Readiness);

/// <summary>One input through one way in. An exception is a finding.</summary>
internal static class Execute
{
    private const string Query = "procedureAt=2026-03-18&asOf=2026-03-11";

    private static readonly Facility Facility = new(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0101");

    /// <summary>As the body of an assessment.</summary>
    public static Executed Assessment(byte[] input)
    {
        var faults = new List<ReadFault>();
        var asked = Query.Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        var query = AssessmentQuery.Read(asked.GetValueOrDefault, Engine.Policies, Engine.Policies.ById["P1"], Facility, new(2026, 3, 11, 12, 0, 0, TimeSpan.Zero), faults);
        return RunAssessment.OfBundle(input, query, faults, new()) switch
        {
            Assessed.Ok(var readiness, var id) => Judged("assessment", readiness, id),
            Assessed.Refused(var why) => Refused("assessment", why),
            var other => throw new InvalidOperationException($"Unknown outcome {other}"),
        };
    }

    /// <summary>As what an EHR answers to searches: each type's entries on a page of their own; what is no Bundle is the answer to every search for results.</summary>
    public static async Task<Executed> SearchesAsync(byte[] input)
    {
        var server = FhirServer.Of("http://127.0.0.1:9/fhir", NetworkReach.Loopback);
        using var invoker = new HttpMessageInvoker(new Answers(input));
        var client = new FhirConnection(server, invoker, TimeProvider.System, () => 0, new() { Retries = 0 }).ClientFor(null);
        var request = new GatherRequest { Patient = "Patient/p", Zone = TimeZoneInfo.Utc, AsOf = new(2026, 3, 11) };
        switch (await GatherChart.FromAsync(client, request, CancellationToken.None))
        {
            case Gathered.Refused(var why):
                return new([$"searches refused: {Plain(why)}"], null);
            case Gathered.Ok(var chart, _, _):
                var query = AssessmentQuery.Read(name => name == "procedureAt" ? "2026-03-18" : null, Engine.Policies, Engine.Policies.ById["P1"], Facility, new(2026, 3, 11, 12, 0, 0, TimeSpan.Zero), []);
                return RunAssessment.OfChart(chart, query, "id", new()) switch
                {
                    Assessed.Ok(var readiness, var id) => Judged("searches", readiness, id),
                    Assessed.Refused(var faults) => Refused("searches", faults),
                    var other => throw new InvalidOperationException($"Unknown outcome {other}"),
                };
            case var other:
                throw new InvalidOperationException($"Unknown outcome {other}");
        }
    }

    /// <summary>As a CapabilityStatement.</summary>
    public static Executed Statement(byte[] input)
    {
        if (FhirJson.Parse(input) is not JsonRead.Ok(var document)) return new([], null); // counted as an assessment already
        using (document)
        {
            var (capabilities, refused) = Capabilities.Read(document.RootElement);
            if ((capabilities is null) == (refused is null)) throw new InvalidOperationException("A statement is read or refused.");
            return new([$"statement: {(refused is null ? "read" : Plain(refused))}"], null);
        }
    }

    private static Executed Refused(string way, IReadOnlyList<ReadFault> faults)
    {
        if (faults.Count == 0 || faults.Any(f => f.Where.Length == 0 || f.What.Length == 0)) throw new InvalidOperationException("A refusal that does not say why.");
        return new([.. faults.Select(f => $"{way} refused: {Plain(f.What)}").Distinct()], null);
    }

    private static Executed Judged(string way, Readiness readiness, string id)
    {
        using var answer = JsonDocument.Parse(WriteAssessment.ToUtf8(readiness, id));
        if (AssessmentText.Of(readiness).Length == 0) throw new InvalidOperationException("A page without words.");
        foreach (var finding in readiness.Findings)
            if (finding.Because.IsEmpty || finding.Citations.IsEmpty || finding.Title.Length == 0) throw new InvalidOperationException($"{finding.Rule} without facts, citations or title.");
        if (readiness.Verdict == Verdict.Ready && readiness.NotJudged.Any(n => n.Hides is MightHide.Antithrombotic or MightHide.SafetyLab))
            throw new InvalidOperationException("Ready although something could hide a blood thinner or a safety value.");
        if (readiness.Verdict == Verdict.Ready && readiness.Findings.Any(f => f.Severity >= Severity.High))
            throw new InvalidOperationException("Ready with a finding that is high or critical.");
        return new([
            $"{way}: {readiness.Verdict}",
            .. readiness.Findings.Select(f => $"{way} {f.Rule} {f.Severity} {f.Action}"),
            .. readiness.NotJudged.Select(n => $"{way} not judged ({n.Hides}): {Plain(n.Why)}"),
            .. readiness.Labs.Select(l => $"{way} {l.Analyte} {l.State}"),
        ], readiness);
    }

    private static readonly string[] Ours = ["A", "An", "It", "Its", "The", "This", "Neither", "Not", "No", "Of", "Other", "Records", "Entries", "One", "There", "nested", "is"];

    /// <summary>
    /// The kind of a message: its first words, up to where it quotes the input, without numbers. Some messages begin with the input's own
    /// words (an OperationOutcome, a drug's name); those are one kind, or every input would be a new one.
    /// </summary>
    internal static string Plain(string message)
    {
        var quote = message.IndexOfAny(['\'', '"', '{', '[', '(', '<', '#', ':', ';', '…']);
        var words = (quote < 0 ? message : message[..quote]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var first, ..] && Ours.Contains(first)
            ? string.Join(' ', words.Take(5).Select(w => w.All(char.IsAsciiLetter) ? w : "_"))
            : "in the input's words";
    }

    private sealed class Answers : HttpMessageHandler
    {
        private readonly byte[] _raw;
        private readonly JsonArray? _entries;

        public Answers(byte[] input)
        {
            _raw = input;
            _entries = (Mutate.Read(input) as JsonObject)?["entry"] as JsonArray;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var type = request.RequestUri!.AbsolutePath.Split('/')[2];
            var body = type == "Patient" ? """{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12"}"""u8.ToArray()
                : _entries is null ? type == "Observation" ? _raw : Page([])
                : Page(_entries.Where(e => TypeOf(e) == type || (type == "Observation" && TypeOf(e) is null)));
            var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body), RequestMessage = request };
            answer.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
            return Task.FromResult(answer);
        }

        private static string? TypeOf(JsonNode? entry) => entry is JsonObject one && one["resource"] is JsonObject resource && resource["resourceType"] is JsonValue type && type.TryGetValue<string>(out var name) ? name : null;

        private static byte[] Page(IEnumerable<JsonNode?> entries) =>
            Encoding.UTF8.GetBytes(new JsonObject { ["resourceType"] = "Bundle", ["type"] = "searchset", ["entry"] = new JsonArray([.. entries.Select(e => e?.DeepClone())]) }.ToJsonString());
    }
}
