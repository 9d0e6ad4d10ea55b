namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>The ledger for tests and for a sandbox that forgets; it shows what the one on the database has to do.</summary>
public sealed class InMemoryWriteLedger(TimeProvider time) : IWriteLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (LedgerEntry Entry, DateTimeOffset HeldUntil)> _entries = [];

    public ValueTask<LedgerBegin> BeginAsync(LedgerKey key, TimeSpan holdFor, CancellationToken ct)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var known = _entries.TryGetValue(key.Key, out var found);
            if (known && found.Entry.Completed)
                return new(new LedgerBegin.Done(found.Entry));
            var held = _entries.Values.Where(e => e.Entry.Series == key.Series).Select(e => e.HeldUntil).DefaultIfEmpty().Max();
            if (held > now)
                return new(new LedgerBegin.HeldByAnother(held));
            _entries[key.Key] = (new LedgerEntry(key.Key, key.Series, key.ConfirmedAt, false, null), now + holdFor);
            return new(known ? new LedgerBegin.BegunBefore() : new LedgerBegin.Began());
        }
    }

    public ValueTask CompleteAsync(LedgerKey key, string? reference, CancellationToken ct)
    {
        lock (_gate)
        {
            var before = _entries.TryGetValue(key.Key, out var found) && found.Entry.Completed ? found.Entry : null;
            var confirmedAt = before?.ConfirmedAt > key.ConfirmedAt ? before.ConfirmedAt : key.ConfirmedAt;
            _entries[key.Key] = (new LedgerEntry(key.Key, key.Series, confirmedAt, true, reference ?? before?.Reference), DateTimeOffset.MinValue);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask LetGoAsync(string key, bool nothingWritten, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var found) && !found.Entry.Completed)
            {
                if (nothingWritten)
                    _entries.Remove(key);
                else
                    _entries[key] = (found.Entry, DateTimeOffset.MinValue);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<LedgerEntry>> FindSeriesAsync(string series, CancellationToken ct)
    {
        lock (_gate)
            return new(_entries.Values.Select(e => e.Entry).Where(e => e.Series == series).ToList());
    }
}
