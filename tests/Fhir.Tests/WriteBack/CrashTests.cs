using System.Text.Json.Nodes;
using BiopsyFhir.Fhir.Tests.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

/// <summary>
/// The run is cut off before and after every single exchange, as a cancellation (the service stops) and as a death (nothing is tidied
/// up), and run again. Whatever happens, nothing is there twice; and where the EHR can be asked, everything is there in the end.
/// </summary>
public sealed class CrashTests
{
    public static TheoryData<string, bool> Servers
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var habits in new[] { "conditional", "search", "ledger", "transaction", "transaction conditional", "tag", "empty", "foreign location", "everything", "transaction without search" })
            {
                data.Add(habits, true);
                data.Add(habits, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Cut_off_anywhere_and_run_again_nothing_is_there_twice(string habits, bool death)
    {
        var cuts = 0;
        foreach (var after in new[] { false, true })
        {
            for (var at = 1; ; at++)
            {
                if (!await CutAt(habits, death, at, after))
                    break;
                cuts++;
            }
        }

        Assert.InRange(cuts, 8, 200);
    }

    /// <returns>False when the run was over before that exchange.</returns>
    private static async Task<bool> CutAt(string habits, bool death, int at, bool after)
    {
        var ehr = habits == "transaction without search" ? new TinyEhr { Transactions = true } : RunWriteBackTests.Server(habits);
        var time = new ManualTime();
        var ledger = new MortalLedger(new InMemoryWriteLedger(time));
        // An earlier version, so that superseding is part of what is cut.
        await Run(ehr, ledger, time, Confirmations.Of("old", null, DraftKind.CarePlan, DraftKind.EducationDocument), CancellationToken.None);
        var before = ehr.Exchanges;

        using var source = new CancellationTokenSource();
        ehr.Break = (n, done) =>
        {
            if (n - before != at || done != after)
                return;
            ledger.Dead = death;
            source.Cancel();
            source.Token.ThrowIfCancellationRequested();
        };
        var request = Confirmations.Of("new", Confirmations.At.AddHours(1), DraftKind.CarePlan, DraftKind.EducationDocument);
        var cut = await Run(ehr, ledger, time, request, source.Token);
        if (!source.IsCancellationRequested)
            return false;

        // Nothing is silent: whatever is not there has a receipt that says so.
        Assert.Contains(cut.Receipts, r => !r.IsThere || r.Earlier.Any(e => !e.Superseded) || after);
        ehr.Break = null;
        ledger.Dead = false;
        if (death)
            time.Advance(TimeSpan.FromMinutes(6));
        var resumed = await Run(ehr, ledger, time, request, CancellationToken.None);
        var again = await Run(ehr, ledger, time, request, CancellationToken.None);

        var where = $"{habits}, cut {(after ? "after" : "before")} exchange {at}, {(death ? "death" : "stop")}: {string.Join("; ", resumed.Receipts.Select(r => $"{r.Kind} {r.StateName} ({r.Reason})"))}";
        var plans = ehr.All("CarePlan").Count(p => (string)p["description"]! == "new");
        var documents = ehr.All("DocumentReference").Count(p => (string)p["description"]! == "new");
        Assert.True(plans <= 1 && documents <= 1 && ehr.All("Provenance").Count <= 4, where);
        Assert.Equal(ehr.All("Provenance").Count, ehr.All("Provenance").Select(p => (string)p["target"]![0]!["reference"]!).Distinct().Count());
        Assert.Equal(resumed.Receipts.Select(r => (r.Kind, r.IsThere)), again.Receipts.Select(r => (r.Kind, r.IsThere)));

        if (ehr.IdentifierSearch || ehr.ConditionalCreate)
        {
            Assert.True(plans == 1 && documents == 1, where);
            Assert.All(resumed.Receipts.Where(r => r.Kind != DraftKind.Provenance), r => Assert.True(r.IsThere, where));
            if (ehr.Updates && !ehr.NoETag)
                Assert.All(Old(ehr), p => Assert.Contains((string)p["status"]!, new[] { "revoked", "superseded" }));
        }

        // Every receipt tells the truth: said to be there, it is there; each target has its Provenance, or a receipt that says it may not.
        foreach (var receipt in resumed.Receipts.Where(r => r is { IsThere: true, Reference: not null }))
            Assert.Contains(ehr.All(receipt.Reference!.Split('/')[0]), p => $"{p["id"]}" == receipt.Reference.Split('/')[1]);
        var accompanied = resumed.Receipts.Count(r => r is { Kind: DraftKind.Provenance, IsThere: true });
        Assert.True(ehr.All("Provenance").Count - 2 >= accompanied, where);
        if (ehr.TagSearch || ehr.Transactions && ehr.IdentifierSearch)
            Assert.True(ehr.All("Provenance").Count == 4, where);
        return true;
    }

    private static IEnumerable<JsonObject> Old(TinyEhr ehr) => ehr.All("CarePlan").Concat(ehr.All("DocumentReference")).Where(p => (string)p["description"]! == "old");

    private static Task<WriteBackOutcome> Run(TinyEhr ehr, IWriteLedger ledger, TimeProvider time, WriteBackRequest request, CancellationToken ct) =>
        new RunWriteBack(ehr.Client(), ledger, time).RunAsync(PlanWriteBack.For(request, ehr.Announce(), Confirmations.Everything, Quirks.Open), ct);

    /// <summary>Once dead, nothing reaches the ledger any more, as when the process is killed.</summary>
    private sealed class MortalLedger(InMemoryWriteLedger inner) : IWriteLedger
    {
        public bool Dead { get; set; }

        public ValueTask<LedgerBegin> BeginAsync(LedgerKey key, TimeSpan holdFor, CancellationToken ct) => Dead ? throw new IOException("dead") : inner.BeginAsync(key, holdFor, ct);

        public ValueTask CompleteAsync(LedgerKey key, string? reference, CancellationToken ct) => Dead ? throw new IOException("dead") : inner.CompleteAsync(key, reference, ct);

        public ValueTask LetGoAsync(string key, bool nothingWritten, CancellationToken ct) => Dead ? throw new IOException("dead") : inner.LetGoAsync(key, nothingWritten, ct);

        public ValueTask<IReadOnlyList<LedgerEntry>> FindSeriesAsync(string series, CancellationToken ct) => Dead ? throw new IOException("dead") : inner.FindSeriesAsync(series, ct);
    }
}
