using System.Collections.Concurrent;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Review;

/// <summary>One reading of a chart: under way or done, with what came in so far.</summary>
public sealed class ChartReading(Task<Gathered> task, Task<string?> signer, ConcurrentQueue<string> progress, DateTimeOffset since)
{
    // It was asked for together with the chart; a name is no reason to keep the review waiting.
    private static readonly TimeSpan PatienceForAName = TimeSpan.FromSeconds(1);

    /// <summary>The signed-in user's name; null when neither the ID token nor the EHR told it in time.</summary>
    public async Task<string?> SignerNameAsync() => await System.Threading.Tasks.Task.WhenAny(signer, System.Threading.Tasks.Task.Delay(PatienceForAName)) == signer ? await signer : null;

    public Task<Gathered> Task => task;
    public IReadOnlyCollection<string> Progress => progress;
    public DateTimeOffset Since => since;
}

/// <summary>
/// Charts of open sessions, in memory, for ten minutes: changing a date re-assesses at once, without asking the EHR again.
/// A node that dies loses nothing but time: the next page reads again.
/// </summary>
public sealed class ChartShelf(EhrCharts ehrs, CapabilitiesShelf capabilities, PolicyShelf policies, Facility facility, TimeProvider clock)
{
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadingTime = TimeSpan.FromSeconds(30);
    private const int Most = 500;

    private readonly ConcurrentDictionary<string, ChartReading> _readings = new(StringComparer.Ordinal);

    /// <summary>The reading of this session, begun now if there is none or it is old.</summary>
    public ChartReading Of(SmartSession session)
    {
        var now = clock.GetUtcNow();
        foreach (var (id, old) in _readings.Where(r => r.Value.Since + Kept < now).ToList()) _readings.TryRemove(new(id, old));
        if (_readings.Count >= Most && !_readings.ContainsKey(session.Id) && _readings.MinBy(r => r.Value.Since) is { Key: { } oldest }) _readings.TryRemove(oldest, out _);
        return _readings.GetOrAdd(session.Id, _ => Begin(session, now));
    }

    /// <summary>Read again: after a failure, after a write, or when the clinician asks.</summary>
    public void Forget(string sessionId) => _readings.TryRemove(sessionId, out _);

    private ChartReading Begin(SmartSession session, DateTimeOffset now)
    {
        var progress = new ConcurrentQueue<string>();
        return new(Task.Run(() => ReadAsync(session, progress, now)), Task.Run(() => NameAsync(session)), progress, now);
    }

    /// <summary>ID tokens need not carry a name: then the EHR's own record of the user tells it, read while the chart is.</summary>
    private async Task<string?> NameAsync(SmartSession session)
    {
        if (session.UserName is { } said) return said;
        if (session.UserReference is not { } user || !user.StartsWith("Practitioner/", StringComparison.Ordinal)) return null;
        using var deadline = Deadline.After(ReadingTime, clock);
        if (!(await ehrs.For(session).Within(deadline).ReadAsync(user, CancellationToken.None)).Got(out var person, out _)) return null;
        using (person) return PersonNames.Of(person.Root);
    }

    private async Task<Gathered> ReadAsync(SmartSession session, ConcurrentQueue<string> progress, DateTimeOffset now)
    {
        using var deadline = Deadline.After(ReadingTime, clock);
        var client = ehrs.For(session).Within(deadline);
        var granted = session.Granted;
        return await GatherChart.FromAsync(client, new GatherRequest
        {
            Patient = session.Patient,
            Zone = facility.Zone,
            AsOf = PartialDate.Instant(now, facility.Zone).Last,
            ResultCodes = [.. policies.Default.Catalogue.Labs.ByLoinc.Keys.Order(StringComparer.Ordinal)],
            Capabilities = capabilities.GetAsync(session.Ehr, client, CancellationToken.None),
            MayRead = type => granted.Resources.IsEmpty || granted.Allows(type, Interaction.Search) || granted.Allows(type, Interaction.Read),
            Progress = (type, count) => progress.Enqueue(count is { } n ? $"{type}: {n}" : $"{type}: could not be read"),
        }, CancellationToken.None);
    }
}

/// <summary>CapabilityStatements per EHR, kept for ten minutes.</summary>
public sealed class CapabilitiesShelf(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, (Capabilities Value, DateTimeOffset At)> _known = new(StringComparer.Ordinal);

    public async Task<Capabilities?> GetAsync(Configuration.EhrOptions ehr, FhirClient client, CancellationToken ct)
    {
        if (Known(ehr) is { } known) return known;
        if (!(await client.CapabilitiesAsync(ct)).Got(out var read, out _)) return null;
        _known[ehr.Id] = (read, clock.GetUtcNow());
        return read;
    }

    private Capabilities? Known(Configuration.EhrOptions ehr) =>
        _known.TryGetValue(ehr.Id, out var known) && known.At + ChartShelf.Kept > clock.GetUtcNow() ? known.Value : null;
}
