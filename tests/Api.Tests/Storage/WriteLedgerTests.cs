using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Tests.Storage;

/// <summary>The ledger on the database does what the one in memory does, on either provider.</summary>
public sealed class WriteLedgerTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    public static TheoryData<string> Providers => StorageTests.Providers;

    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(1);

    [Theory, MemberData(nameof(Providers))]
    public async Task Every_step_answers_like_the_ledger_in_memory(string provider)
    {
        await using var host = Start(provider);
        var (kept, model) = (host.Get<IWriteLedger>(), new InMemoryWriteLedger(host.Clock));
        var key = new LedgerKey("urn:x|1", "urn:x-series|1", host.Clock.GetUtcNow());
        var later = new LedgerKey("urn:x|2", "urn:x-series|1", host.Clock.GetUtcNow().AddMinutes(5));

        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask());
        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask()); // held
        host.Clock.Advance(Hold);
        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask()); // begun before
        await SameAsync(l => NothingAsync(l.LetGoAsync(key.Key, nothingWritten: false, default)));
        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask()); // begun before
        await SameAsync(l => NothingAsync(l.LetGoAsync(key.Key, nothingWritten: true, default)));
        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask()); // began anew
        await SameAsync(l => NothingAsync(l.CompleteAsync(key, null, default)));
        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask()); // done, without reference
        await SameAsync(l => NothingAsync(l.LetGoAsync(key.Key, nothingWritten: true, default))); // nothing happens to a completed one
        await SameAsync(l => NothingAsync(l.CompleteAsync(key with { ConfirmedAt = later.ConfirmedAt }, "CarePlan/7", default)));
        await SameAsync(l => l.BeginAsync(key, Hold, default).AsTask()); // done
        await SameAsync(l => NothingAsync(l.CompleteAsync(later, "CarePlan/8", default))); // never begun
        await SameAsync(async l => (await l.FindSeriesAsync("urn:x-series|1", default)).OrderBy(e => e.Key, StringComparer.Ordinal).ToList());
        await SameAsync(async l => (await l.FindSeriesAsync("urn:x-series|9", default)).ToList());

        async Task SameAsync<T>(Func<IWriteLedger, Task<T>> step) => Assert.Equal(await step(model), await step(kept));
        static async Task<int> NothingAsync(ValueTask step)
        {
            await step;
            return 0;
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task Of_many_runs_at_the_same_moment_one_begins(string provider)
    {
        await using var host = Start(provider);
        var ledger = host.Get<IWriteLedger>();
        var key = new LedgerKey("urn:x|1", "urn:x-series|1", host.Clock.GetUtcNow());
        var begins = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ledger.BeginAsync(key, Hold, default).AsTask())));
        Assert.Single(begins, b => b is LedgerBegin.Began);
        Assert.Equal(7, begins.Count(b => b is LedgerBegin.HeldByAnother));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_begin_holds_the_whole_series_and_a_later_confirmation_stays(string provider)
    {
        await using var host = Start(provider);
        var ledger = host.Get<IWriteLedger>();
        var (first, second) = (new LedgerKey("urn:x|1", "urn:x-series|1", host.Clock.GetUtcNow()), new LedgerKey("urn:x|2", "urn:x-series|1", host.Clock.GetUtcNow().AddMinutes(5)));
        Assert.IsType<LedgerBegin.Began>(await ledger.BeginAsync(first, Hold, default));
        Assert.IsType<LedgerBegin.HeldByAnother>(await ledger.BeginAsync(second, Hold, default));
        await ledger.CompleteAsync(first with { ConfirmedAt = second.ConfirmedAt }, "CarePlan/1", default);
        await ledger.CompleteAsync(first, null, default);
        var entry = Assert.Single(await ledger.FindSeriesAsync(first.Series, default));
        Assert.Equal(("CarePlan/1", second.ConfirmedAt), (entry.Reference, entry.ConfirmedAt));
    }

    private ServiceHost Start(string provider) => new(provider is "sqlite" ? null : new Dictionary<string, string?>
    {
        ["Database:Provider"] = "postgres",
        ["Database:ConnectionString"] = postgres.NewDatabase(),
    });
}
