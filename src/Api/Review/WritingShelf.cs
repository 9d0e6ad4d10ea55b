using System.Collections.Concurrent;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Review;

/// <summary>What one confirmation came to.</summary>
/// <param name="Plan">Null when it was interrupted and could not be signed again.</param>
public sealed record Written(SignedPlan? Plan, WriteBackOutcome Outcome, string? HandoutHtml, string? HandoutRefused, string? NoPdf = null);

/// <summary>
/// Writes under way and done, by session, and the handout preview. In memory only: what counts is in the ledger and in the EHR, and
/// a confirmation that a crash cut off is carried on from its intent.
/// </summary>
public sealed class WritingShelf(ILogger<WritingShelf> log)
{
    private const int Most = 500;

    private readonly ConcurrentDictionary<string, Task<Written>> _writes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Handout> _previews = new(StringComparer.Ordinal);

    /// <summary>Begins a write; one that is still running for this session is not joined by a second.</summary>
    public void Begin(string sessionId, Func<Task<Written>> write)
    {
        if (_writes.TryGetValue(sessionId, out var running) && !running.IsCompleted) return;
        Shrink(_writes);
        _writes[sessionId] = Task.Run(async () =>
        {
            try
            {
                return await write();
            }
            catch (Exception e)
            {
                log.LogError("A write-back stopped and is carried on from its intent: {Fault}", e.GetType().Name);
                throw;
            }
        });
    }

    /// <summary>One that failed here is none: it is carried on from its intent, and its page waits for that.</summary>
    public Task<Written>? Of(string sessionId) => _writes.TryGetValue(sessionId, out var write) && !write.IsFaulted ? write : null;

    public void Preview(string sessionId, Handout handout)
    {
        Shrink(_previews);
        _previews[sessionId] = handout;
    }

    public Handout? PreviewOf(string sessionId) => _previews.GetValueOrDefault(sessionId);

    private static void Shrink<T>(ConcurrentDictionary<string, T> shelf)
    {
        while (shelf.Count >= Most && shelf.Keys.FirstOrDefault() is { } key) shelf.TryRemove(key, out _);
    }
}
