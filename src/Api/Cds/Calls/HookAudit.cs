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

    private readonly Channel<AuditEntry> _queue = Channel.CreateBounded<AuditEntry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>No payload: who asked, which service, whose chart.</summary>
    public ValueTask NoteAsync(HookCall call) =>
        _queue.Writer.WriteAsync(new("hook", call.UserId, "done", call.Ehr.Id, Target: $"{call.Service.Id} Patient/{call.PatientId}"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var entry in _queue.Reader.ReadAllAsync(stoppingToken)) await WriteAsync(entry);
        }
        catch (OperationCanceledException)
        {
            while (_queue.Reader.TryRead(out var entry)) await WriteAsync(entry);
        }
    }

    private async Task WriteAsync(AuditEntry entry)
    {
        try
        {
            await trail.RecordAsync(entry, CancellationToken.None);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError("A hook call is missing from the audit trail: {Fault}", e.GetType().Name);
        }
    }
}
