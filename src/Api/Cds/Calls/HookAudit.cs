using System.Threading.Channels;
using BiopsyFhir.Api.Storage;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Whose chart was judged for whom, into the audit trail. Written after the answer has gone: a client waits half a second, the trail is
/// one chain for all nodes. When the service stops, what is waiting is written first; a node that dies loses its last moments.
/// </summary>
public sealed class HookAudit(AuditTrail trail, ILogger<HookAudit> log) : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 200;

    /// <summary>Entries of so much time go in one transaction: a wait for the disk for each call would cost more than judging it.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    private readonly Channel<AuditEntry> _queue = Channel.CreateBounded<AuditEntry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>No payload: who asked, which service, whose chart.</summary>
    public ValueTask NoteAsync(HookCall call) =>
        _queue.Writer.WriteAsync(new("hook", call.UserId, "done", call.Ehr.Id, Target: $"{call.Service.Id} Patient/{call.PatientId}"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gathering, stoppingToken);
                await WriteWaitingAsync();
            }
        }
        catch (OperationCanceledException)
        {
            while (_queue.Reader.TryPeek(out _)) await WriteWaitingAsync(); // what is left when the service stops
        }
    }

    private async Task WriteWaitingAsync()
    {
        var entries = new List<AuditEntry>();
        while (entries.Count < MostAtOnce && _queue.Reader.TryRead(out var entry)) entries.Add(entry);
        if (await WriteAsync(entries)) return;
        foreach (var entry in entries) // one that cannot be written must not take the others with it
            if (!await WriteAsync([entry])) log.LogError("A hook call is missing from the audit trail");
    }

    private async Task<bool> WriteAsync(List<AuditEntry> entries)
    {
        try
        {
            await trail.RecordAllAsync(entries, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("{Count} hook calls were not written to the audit trail together: {Fault}", entries.Count, e.GetType().Name);
            return false;
        }
    }
}
