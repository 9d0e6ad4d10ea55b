using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Configuration;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// Refuses the second use of a token id, atomically and across nodes: the primary key decides, not a look first. SQLite has one writer at
/// a time, and each commit waits for the disk: there, all ids that wait go together in the next commit, so that a hospital with one call
/// does not queue behind another's hundred.
/// </summary>
public sealed class SeenTokens(IDbContextFactory<ServiceDb> databases, ServiceOptions options) : IDisposable
{
    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private readonly SemaphoreSlim _writer = new(1);

    private sealed record Waiting(string Issuer, string Hash, long ExpiresAt)
    {
        public TaskCompletionSource<bool> IsFirst { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Dispose() => _writer.Dispose();

    /// <returns>True the first time; false for a replay.</returns>
    public async Task<bool> FirstUseAsync(string issuer, string jti, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        var mine = new Waiting(issuer, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(jti))), expiresAt.ToUnixTimeMilliseconds());
        if (options.Database.Provider is not DatabaseProvider.Sqlite)
        {
            await using var db = await databases.CreateDbContextAsync(cancel);
            return await InsertAsync(db, mine, cancel);
        }
        _waiting.Enqueue(mine);
        await _writer.WaitAsync(cancel);
        try
        {
            if (!mine.IsFirst.Task.IsCompleted) await WriteWaitingAsync();
        }
        finally
        {
            _writer.Release();
        }
        return await mine.IsFirst.Task;
    }

    /// <summary>Everyone who waits, in one transaction; nobody is answered before it is committed. When it fails, it fails for them all.</summary>
    private async Task WriteWaitingAsync()
    {
        var together = new List<Waiting>();
        while (_waiting.TryDequeue(out var one)) together.Add(one);
        try
        {
            // Whoever gave up must not take the others with him: no cancellation.
            await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
            await using var transaction = await WriteLock.BeginAsync(db, DatabaseProvider.Sqlite, 0, CancellationToken.None);
            var first = new List<bool>(together.Count);
            foreach (var one in together) first.Add(await InsertAsync(db, one, CancellationToken.None));
            await transaction.CommitAsync(CancellationToken.None);
            foreach (var (one, isFirst) in together.Zip(first)) one.IsFirst.SetResult(isFirst);
        }
        catch (Exception e)
        {
            foreach (var one in together) one.IsFirst.TrySetException(e);
        }
    }

    private static async Task<bool> InsertAsync(ServiceDb db, Waiting one, CancellationToken cancel) => await db.Database.ExecuteSqlAsync(
        $"INSERT INTO seen_token (issuer, jti_hash, expires_at) VALUES ({one.Issuer}, {one.Hash}, {one.ExpiresAt}) ON CONFLICT DO NOTHING", cancel) is 1;
}
