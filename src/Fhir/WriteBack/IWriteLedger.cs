namespace BiopsyFhir.Fhir.WriteBack;

/// <param name="Key"><c>system|value</c> of the creation key.</param>
/// <param name="Series"><c>system|value</c> of the series key.</param>
/// <param name="ConfirmedAt">When the content was confirmed.</param>
public sealed record LedgerKey(string Key, string Series, DateTimeOffset ConfirmedAt);

/// <summary>What is recorded under one key.</summary>
/// <param name="Reference"><c>Type/id</c>; null while begun, or when the server never told.</param>
public sealed record LedgerEntry(string Key, string Series, DateTimeOffset ConfirmedAt, bool Completed, string? Reference);

/// <summary>What <see cref="IWriteLedger.BeginAsync"/> found.</summary>
public abstract record LedgerBegin
{
    private LedgerBegin()
    {
    }

    /// <summary>Nothing was recorded; it is begun now and held for the caller.</summary>
    public sealed record Began : LedgerBegin;

    /// <summary>An earlier run began and never said how it ended: look at the server before writing. Held for the caller now.</summary>
    public sealed record BegunBefore : LedgerBegin;

    /// <summary>Another run holds this series at this moment.</summary>
    public sealed record HeldByAnother(DateTimeOffset Until) : LedgerBegin;

    /// <summary>It was written.</summary>
    public sealed record Done(LedgerEntry Entry) : LedgerBegin;
}

/// <summary>
/// Our own record of writes, by creation key: what makes a retry add nothing where the EHR cannot. Kept in the database; each call is
/// one atomic step there, also across machines. A call may throw when the database cannot be reached: nothing is then written.
/// </summary>
public interface IWriteLedger
{
    /// <summary>
    /// Records the intention before anything is sent, and holds the whole series for <paramref name="holdFor"/> against parallel runs: two
    /// confirmations of one order must not be written side by side.
    /// </summary>
    ValueTask<LedgerBegin> BeginAsync(LedgerKey key, TimeSpan holdFor, CancellationToken ct);

    /// <summary>
    /// Records that it is there, and as of which confirmation; ends the hold. Also for a key that is completed already: the later
    /// <see cref="LedgerKey.ConfirmedAt"/> stays, and a reference is not forgotten for null.
    /// </summary>
    ValueTask CompleteAsync(LedgerKey key, string? reference, CancellationToken ct);

    /// <summary>Ends the hold. With <paramref name="nothingWritten"/> the entry is forgotten, else it stays begun. Does nothing to a completed entry.</summary>
    ValueTask LetGoAsync(string key, bool nothingWritten, CancellationToken ct);

    /// <summary>Every entry of a series: the earlier versions, where the EHR cannot be searched for them.</summary>
    ValueTask<IReadOnlyList<LedgerEntry>> FindSeriesAsync(string series, CancellationToken ct);
}
