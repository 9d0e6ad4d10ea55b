using System.Collections.Immutable;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Worklist;

/// <summary>Progress of a reading: charts read, and of how many; null while the orders are looked for.</summary>
public sealed class WorklistProgress
{
    private int _done;

    public int Done => _done;
    public int? Of { get; private set; }

    public void Found(int patients) => Of = (Of ?? 0) + patients;
    public void Read() => Interlocked.Increment(ref _done);
}

/// <summary>Orders and bookings of every EHR with a backend client -> each patient's chart -> readiness.</summary>
public sealed class ReadWorklist(EhrRegistry registry, EhrCharts ehrs, CapabilitiesShelf capabilities, UpcomingBiopsies upcoming, PolicyShelf policies, Facility facility, TimeProvider clock)
{
    /// <summary>Charts read at once: the EHR serves its own users too.</summary>
    private const int AtOnce = 4;
    private static readonly TimeSpan PerChart = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ForOrders = TimeSpan.FromSeconds(60);

    /// <summary>Those that can be read without a user; asked for once the service listens, for only then the demo EHR has an address.</summary>
    public ImmutableArray<string> Ehrs => [.. registry.All.Where(e => e.BackendClientId is not null).Select(e => e.Id)];

    public async Task<EhrList> ReadAsync(string id, WorklistProgress progress, CancellationToken cancel)
    {
        var (ehr, at) = (registry.ById(id)!, clock.GetUtcNow());
        using var deadline = Deadline.After(ForOrders, clock);
        var found = await upcoming.FindAsync(ehrs.ForBackend(ehr).Within(deadline), PartialDate.Instant(at, facility.Zone).Last, cancel);
        progress.Found(found.Biopsies.Length);
        using var places = new SemaphoreSlim(AtOnce);
        var rows = await Task.WhenAll(found.Biopsies.Select(async biopsy =>
        {
            await places.WaitAsync(cancel);
            try
            {
                return await RowAsync(ehr, biopsy.Patient, at, cancel);
            }
            finally
            {
                places.Release();
                progress.Read();
            }
        }));
        return new(ehr.Id, [.. rows], [.. found.NotSeen.Select(m => $"{ehr.Id}: {m}")], at);
    }

    private async Task<WorklistRow> RowAsync(EhrOptions ehr, string patient, DateTimeOffset at, CancellationToken cancel)
    {
        switch (await GatherAsync(ehr, patient, at, cancel))
        {
            case Gathered.Ok gathered:
                var name = gathered.Name;
                var row = new WorklistRow(ehr.Id, patient, name?.Name ?? patient, name?.BirthDate, name?.Identifier, null, Verdict.CannotJudge, "", null, null);
                return Assess(gathered.Chart, at) switch
                {
                    Assessed.Ok(var readiness, _) => row with { Biopsy = readiness.Snapshot.Biopsy.Date, Verdict = readiness.Verdict, Sentence = ReviewWords.Sentence(readiness), Next = NextStep.Of(readiness) },
                    Assessed.Refused(var faults) => row with { Trouble = string.Join(" ", faults.Select(f => f.What)) },
                    _ => throw new InvalidOperationException("Assessed is a closed set."),
                };
            case Gathered.Refused(var why):
                return new(ehr.Id, patient, patient, null, null, null, Verdict.CannotJudge, "", null, why);
            default:
                throw new InvalidOperationException("Gathered is a closed set.");
        }
    }

    /// <summary>One patient's chart through the backend client.</summary>
    public async Task<Gathered> GatherAsync(EhrOptions ehr, string patient, DateTimeOffset at, CancellationToken cancel)
    {
        using var deadline = Deadline.After(PerChart, clock);
        var client = ehrs.ForBackend(ehr).Within(deadline);
        return await GatherChart.FromAsync(client, new GatherRequest
        {
            Patient = patient,
            Zone = facility.Zone,
            AsOf = PartialDate.Instant(at, facility.Zone).Last,
            ResultCodes = [.. policies.Default.Catalogue.Labs.ByLoinc.Keys.Order(StringComparer.Ordinal)],
            Capabilities = capabilities.GetAsync(ehr, client, CancellationToken.None),
        }, cancel);
    }

    private Assessed Assess(Chart chart, DateTimeOffset at)
    {
        var faults = new List<Fhir.Reading.ReadFault>();
        var query = AssessmentQuery.Read(_ => null, policies.Current, policies.Default, facility, at, faults);
        return RunAssessment.OfChart(chart, query, "", new PhaseTimes());
    }
}
