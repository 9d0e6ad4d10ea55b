using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Bulk;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Sweep;

/// <summary>Third step: the patients of one part, each assessed as a posted Bundle of hers would be.</summary>
public sealed class AssessPart(SweepRequest request, SweepFolder folder, IReadOnlySet<string> wanted, ImmutableArray<Unread> unreadable, int parts)
{
    private const string SourceNotStated = "source not stated";
    private const string NoOneEntry = "no one entry (a kind of record not seen, lines that cannot be read)";

    /// <summary>Wanted patients by part.</summary>
    private readonly HashSet<string>[] _patients = Deal(wanted, parts);

    private sealed record Line(ReadOnlyMemory<byte> Bytes, BulkLine Of);

    /// <summary>Three texts of lines and a tally, under one step name: whole or not there.</summary>
    public void Run(int part, Action<long> read)
    {
        var lines = Lines(part, read);
        var byPatient = lines.SelectMany(l => l.Of.Patients.Select(p => (Patient: p, Line: l)))
            .Where(x => _patients[part].Contains(x.Patient))
            .GroupBy(x => x.Patient, x => x.Line, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        var medications = lines.Where(l => l.Of.Type == "Medication").GroupBy(l => l.Of.Id!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);

        var tally = new Tally();
        var (findings, others, changes) = (new MemoryStream(), new MemoryStream(), new MemoryStream());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var patient in byPatient)
        {
            seen.Add(patient.Key);
            var own = patient.DistinctBy(l => l.Bytes, SameBytes.Instance).ToList();
            own.AddRange(own.SelectMany(l => l.Of.Medications).Distinct(StringComparer.Ordinal).SelectMany(id => medications.GetValueOrDefault(id) ?? []).Distinct().ToList());
            Assess(patient.Key, own, tally, findings, others, changes);
        }
        foreach (var patient in _patients[part].Where(p => !seen.Contains(p))) NotAssessed(patient, "Nothing of this patient is in the files.", "nothing in the files", tally, others);
        Save(part, "findings", findings);
        Save(part, "not-assessed", others);
        Save(part, "changes", changes);
        folder.Finish(Step(part), tally.ToJson());
    }

    private static HashSet<string>[] Deal(IReadOnlySet<string> wanted, int parts)
    {
        HashSet<string>[] dealt = [.. Enumerable.Range(0, parts).Select(_ => new HashSet<string>(StringComparer.Ordinal))];
        foreach (var patient in wanted.Order(StringComparer.Ordinal)) dealt[DealOut.PartOf(patient, parts)].Add(patient);
        return dealt;
    }

    public static string Step(int part) => $"assessed{part:0000}";

    public string Output(int part, string kind) => Path.Combine(folder.Part(part), $"{kind}.out");

    private void Save(int part, string kind, MemoryStream lines)
    {
        using (var file = new FileStream(folder.Unfinished(Output(part, kind)), FileMode.Create)) lines.WriteTo(file);
        folder.Whole(Output(part, kind));
    }

    private List<Line> Lines(int part, Action<long> read)
    {
        var lines = new List<Line>();
        foreach (var file in Directory.EnumerateFiles(folder.Part(part), "*.ndjson").Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(file).AsMemory();
            read(bytes.Length);
            while (bytes.Length > 0)
            {
                var end = bytes.Span.IndexOf((byte)'\n');
                lines.Add(new(bytes[..end], BulkLine.Of(bytes.Span[..end])));
                bytes = bytes[(end + 1)..];
            }
        }
        return lines;
    }

    private void Assess(string patient, List<Line> lines, Tally tally, Stream findings, Stream others, Stream changes)
    {
        var (documents, entries, unread) = (new List<FhirDocument>(), new List<Entry>(), new List<Unread>(unreadable));
        try
        {
            foreach (var (line, number) in lines.Select((l, i) => (l, i)))
            {
                if (FhirJson.Parse(line.Bytes) is JsonRead.Ok(var document))
                {
                    documents.Add(document);
                    entries.Add(new(null, document.RootElement, $"line {number + 1}"));
                }
                else unread.Add(new($"{line.Of.Type}/{line.Of.Id} of the export", "The line cannot be read.", MightHide.Antithrombotic));
            }
            var read = ReadChart.From(new() { Entries = entries, Unread = unread, Zone = request.Query.Facility.Zone, Patient = $"Patient/{patient}" });
            if (read is not ChartRead.Ok(var chart))
            {
                NotAssessed(patient, string.Join(" ", ((ChartRead.Refused)read).Faults.Select(f => f.What).Distinct()), "chart could not be read", tally, others);
                return;
            }
            switch (RunAssessment.OfChart(chart, request.Query, Id(lines), new PhaseTimes()))
            {
                case Assessed.Ok(var readiness, var id):
                    Write(findings, json => WriteAssessment.Write(json, readiness, id));
                    Count(readiness, entries, tally);
                    if (request.Compare is { } other) Compare(patient, readiness, chart, other, tally, changes);
                    break;
                case Assessed.Refused(var faults):
                    NotAssessed(patient, string.Join(" ", faults.Select(f => f.What)), "no biopsy to come", tally, others);
                    break;
            }
        }
        finally
        {
            foreach (var document in documents) document.Dispose();
        }
    }

    private static void NotAssessed(string patient, string why, string kind, Tally tally, Stream others)
    {
        tally.Count(Heading.NotAssessed, kind);
        Write(others, json =>
        {
            json.WriteStartObject();
            json.WriteString("patient", $"Patient/{patient}");
            json.WriteString("why", why);
            json.WriteEndObject();
        });
    }

    private void Compare(string patient, Readiness before, Chart chart, Policy other, Tally tally, Stream changes)
    {
        tally.Count(Heading.Compared, "patients");
        if (RunAssessment.OfChart(chart, request.Query with { Policy = other }, "", new PhaseTimes()) is not Assessed.Ok(var after, _)) return;
        var differences = FindingChanges.Between(before, after).ToList();
        if (before.Verdict == after.Verdict && differences.Count == 0) return;
        tally.Count(Heading.Compared, "changed");
        tally.Count(Heading.VerdictChanges, before.Verdict == after.Verdict ? "verdict stays, findings change" : $"{before.Verdict.Kebab()} becomes {after.Verdict.Kebab()}");
        foreach (var rule in differences.Select(d => $"{d.Rule} {d.Subject}").Distinct()) tally.Count(Heading.RuleChanges, rule);
        Write(changes, json =>
        {
            json.WriteStartObject();
            json.WriteString("patient", $"Patient/{patient}");
            json.WriteString(before.Policy.Id, before.Verdict.Kebab());
            json.WriteString(after.Policy.Id, after.Verdict.Kebab());
            json.WriteStartArray("because");
            foreach (var difference in differences) json.WriteStringValue(difference.Words);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Count(Readiness readiness, List<Entry> entries, Tally tally)
    {
        var verdict = readiness.Verdict.Kebab();
        tally.Count(Heading.Readiness, verdict);
        tally.Count(Heading.Days, $"{readiness.Snapshot.Biopsy.Date:yyyy-MM-dd} {verdict}");
        foreach (var rule in readiness.Findings.Where(f => f.Severity > Severity.Info).Select(f => f.Rule).Distinct()) tally.Count(Heading.Rules, rule);
        foreach (var drug in readiness.Findings.Where(f => f.Action == FindingAction.Hold).Select(f => f.Subject).Distinct()) tally.Count(Heading.Held, drug);
        if (readiness.NotJudged.IsEmpty) return;
        var sources = entries.DistinctBy(e => e.Reference).ToDictionary(e => e.Reference, e => e.Resource.Member("meta").Text("source") ?? SourceNotStated, StringComparer.Ordinal);
        foreach (var item in readiness.NotJudged)
            tally.Count(Heading.NotJudgedBySource, item.What.Split([' ', ',', ':', '(', ')']).Select(word => sources.GetValueOrDefault(word)).FirstOrDefault(s => s is not null) ?? NoOneEntry);
    }

    /// <summary>The same lines, policy and as-of give the same id.</summary>
    private string Id(List<Line> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Query.Policy.Hash}\n{request.Query.Canonical}\n"));
        foreach (var line in lines) hash.AppendData(line.Bytes.Span);
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Write(Stream to, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        to.Write(buffer.WrittenSpan);
        to.WriteByte((byte)'\n');
    }

    private sealed class SameBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly SameBytes Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> line)
        {
            var hash = new HashCode();
            hash.AddBytes(line.Span);
            return hash.ToHashCode();
        }
    }
}
