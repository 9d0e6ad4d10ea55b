using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary>An assessment, or every reason why there is none.</summary>
public abstract record Assessed
{
    public sealed record Ok(Readiness Readiness, string AssessmentId) : Assessed;
    public sealed record Refused(IReadOnlyList<ReadFault> Faults) : Assessed;
}

/// <summary>How long each phase took; sent as Server-Timing.</summary>
public sealed class PhaseTimes
{
    private readonly List<(string Phase, TimeSpan Took)> _phases = [];
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>Ends a phase that began where the last one ended.</summary>
    public void End(string phase)
    {
        var now = Stopwatch.GetTimestamp();
        _phases.Add((phase, Stopwatch.GetElapsedTime(_since, now)));
        _since = now;
    }

    public override string ToString() =>
        string.Join(", ", _phases.Select(p => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{p.Phase};dur={p.Took.TotalMilliseconds:0.###}")));
}

/// <summary>Body and query -> assessment; the same for the endpoint and the command line.</summary>
public static class RunAssessment
{
    /// <summary>A posted Bundle. All faults, of the query and of the body, at once.</summary>
    public static Assessed OfBundle(ReadOnlyMemory<byte> body, AssessmentQuery query, List<ReadFault> faults, PhaseTimes times)
    {
        var read = FhirJson.Parse(body);
        times.End("parse");
        if (read is not JsonRead.Ok(var document)) return new Assessed.Refused([.. faults, .. ((JsonRead.Refused)read).Faults]);
        using (document)
        {
            if (document.RootElement.CodeText("resourceType") != "Bundle")
                return new Assessed.Refused([.. faults, new("#/resourceType", "A FHIR Bundle is expected.")]);
            var content = Bundles.Read(document.RootElement);
            var chart = ReadChart.From(new() { Entries = content.Entries, Unread = content.Unread, Zone = query.Facility.Zone });
            if (chart is not ChartRead.Ok(var facts)) return new Assessed.Refused([.. faults, .. ((ChartRead.Refused)chart).Faults]);
            times.End("gather");
            if (faults.Count > 0) return new Assessed.Refused(faults);
            return OfChart(facts, query, Id(query, body.Span), times);
        }
    }

    /// <summary>A chart from wherever: a session's reads, a hook's prefetch.</summary>
    public static Assessed OfChart(Chart chart, AssessmentQuery query, string assessmentId, PhaseTimes times)
    {
        var found = FindBiopsy.From(query.Biopsy, chart, query.AsOf, query.Facility, query.Policy.Catalogue.Biopsies);
        if (found is not BiopsyFound.Ok(var biopsy))
            return new Assessed.Refused([.. ((BiopsyFound.NotFound)found).Why.Select(why => new ReadFault("query procedureAt", why))]);
        var readiness = Assess.Run(new() { Chart = chart, Biopsy = biopsy, AsOf = query.AsOf, Facility = query.Facility }, query.Policy);
        times.End("assess");
        Instruments.Assessed(readiness);
        return new Assessed.Ok(readiness, assessmentId);
    }

    /// <summary>The same input, policy and as-of give the same id.</summary>
    public static string Id(AssessmentQuery query, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{query.Policy.Hash}\n{query.Canonical}\n"));
        hash.AppendData(SHA256.HashData(body));
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
