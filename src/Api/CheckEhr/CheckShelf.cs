using System.Collections.Concurrent;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.CheckEhr;

/// <summary>A check under way or done, with the lines so far.</summary>
public sealed record CheckUnderWay(Task<ConnectionReport> Task, ConcurrentQueue<CheckLine> Lines, DateTimeOffset Since);

/// <summary>
/// One check of an EHR at a time, and its result kept for a minute: the page after a stopped launch may be opened by anyone, and must
/// not become a way to knock at the EHR.
/// </summary>
public sealed class CheckShelf(ConnectionCheck check, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Lazy<CheckUnderWay>> _checks = new(StringComparer.OrdinalIgnoreCase);

    public CheckUnderWay Of(EhrOptions ehr)
    {
        if (_checks.TryGetValue(ehr.Id, out var known) && known.Value is { Task.IsCompleted: true } old && old.Since + Kept <= clock.GetUtcNow())
            _checks.TryRemove(new(ehr.Id, known));
        return _checks.GetOrAdd(ehr.Id, _ => new(() => Begin(ehr))).Value;
    }

    /// <summary>A finished result is not used again; one under way is.</summary>
    public void Forget(EhrOptions ehr)
    {
        if (_checks.TryGetValue(ehr.Id, out var known) && known.Value.Task.IsCompleted) _checks.TryRemove(new(ehr.Id, known));
    }

    private CheckUnderWay Begin(EhrOptions ehr)
    {
        var lines = new ConcurrentQueue<CheckLine>();
        return new(Task.Run(() => check.RunAsync(ehr, lines.Enqueue, CancellationToken.None)), lines, clock.GetUtcNow());
    }
}
