using System.Collections.Immutable;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// Carries out a plan and answers one receipt per resource. Exactly once: every step first says to the ledger what it is about to do,
/// and a step whose end nobody knows is looked up on the server before anything is sent again; so a run may be cut off anywhere and be
/// run again with the same plan. Where neither the EHR nor our record can tell, it is not sent again, and the receipt says so.
/// </summary>
/// <param name="client">With the token the plan was made for. Give it no deadline shorter than an attempt: cut-off writes cost another look.</param>
/// <param name="ledger">Our own record.</param>
/// <param name="time">The clock for receipts.</param>
/// <param name="hold">How long a step is held against parallel runs when this one dies; five minutes when not given.</param>
public sealed class RunWriteBack(FhirClient client, IWriteLedger ledger, TimeProvider time, TimeSpan? hold = null)
{
    /// <summary>Does not throw on cancellation: what was done by then has its receipt, the rest is marked as not attempted.</summary>
    public async Task<WriteBackOutcome> RunAsync(WriteBackPlan plan, CancellationToken ct)
    {
        var run = new Run(client, ledger, time, hold ?? TimeSpan.FromMinutes(5), plan.Request);
        var receipts = ImmutableArray.CreateBuilder<Receipt>();
        var toDownload = ImmutableArray.CreateBuilder<Purpose>();
        var written = ImmutableDictionary<DraftKind, string>.Empty;
        string? over = null;
        foreach (var (purpose, rungs) in plan.Purposes)
        {
            var there = false;
            var closed = over;
            foreach (var rung in rungs)
            {
                closed ??= ct.IsCancellationRequested ? "the run was stopped before" : null;
                if (rung is not Rung.Write write)
                {
                    receipts.Add(run.Receipt(purpose, rung.Kind, ReceiptState.NotSupported, rung.Reason));
                    continue;
                }

                if (closed is not null)
                {
                    receipts.Add(run.Receipt(purpose, rung.Kind, ReceiptState.NotAttempted, closed));
                    continue;
                }

                var step = await new WriteOne(run, purpose, write, written).RunAsync(ct).ConfigureAwait(false);
                receipts.AddRange(step.Receipts);
                over ??= step.SessionOver ? new FhirFailure.Unauthorised().Sentence : null;
                if (step.Receipts[0] is { IsThere: true } receipt)
                {
                    there = true;
                    if (receipt.Reference is { } reference)
                        written = written.SetItem(rung.Kind, reference);
                    break;
                }

                closed = over ?? (step.TryNext ? null : $"the outcome of {rung.Kind} has to be known first");
            }

            // A message to the patient only points to the handout, which has a file of its own.
            if (!there && purpose != Purpose.PatientMessage)
                toDownload.Add(purpose);
        }

        return new WriteBackOutcome(receipts.ToImmutable(), [.. toDownload.Distinct().Where(p => !receipts.Any(r => r.Purpose == p && r.IsThere && r.Kind is not (DraftKind.Provenance or DraftKind.AuditEvent)))]);
    }
}

/// <summary>What the steps of one run share.</summary>
internal sealed record Run(FhirClient Client, IWriteLedger Ledger, TimeProvider Time, TimeSpan Hold, WriteBackRequest Request)
{
    public Receipt Receipt(Purpose purpose, DraftKind kind, ReceiptState state, string reason) => new(purpose, kind, state, reason, Time.GetUtcNow());

    public LedgerKey Entry(DraftKeys keys) => new(keys.CreationToken, keys.SeriesToken, Request.ConfirmedAt);

    /// <summary>Begins, or says why nothing may be sent.</summary>
    public async Task<(LedgerBegin? Begun, string? WhyNot)> BeginAsync(LedgerKey entry, CancellationToken ct)
    {
        try
        {
            return await Ledger.BeginAsync(entry, Hold, ct).ConfigureAwait(false) is var begun && begun is LedgerBegin.HeldByAnother
                ? (null, "another run is writing it at this moment")
                : (begun, null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return (null, NoLedger);
        }
    }

    public const string NoLedger = "our own record of writes cannot be reached";

    /// <summary>Null when our record cannot be reached.</summary>
    public async Task<IReadOnlyList<LedgerEntry>?> FindSeriesAsync(string series, CancellationToken ct)
    {
        try
        {
            return await Ledger.FindSeriesAsync(series, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>False when our record could not be kept; the resource is there all the same, and found by its identifier next time.</summary>
    public Task<bool> CompleteAsync(LedgerKey entry, string? reference) => KeptAsync(() => Ledger.CompleteAsync(entry, reference, CancellationToken.None));

    public Task<bool> LetGoAsync(LedgerKey entry, bool nothingWritten) => KeptAsync(() => Ledger.LetGoAsync(entry.Key, nothingWritten, CancellationToken.None));

    private static async Task<bool> KeptAsync(Func<ValueTask> step)
    {
        try
        {
            await step().ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}

/// <summary>What became of one rung.</summary>
/// <param name="Receipts">Its own first, then those of what accompanies it.</param>
/// <param name="TryNext">It is certain that nothing was written, so the next rung may be tried.</param>
/// <param name="SessionOver">The token is no longer accepted.</param>
internal sealed record StepTaken(ImmutableArray<Receipt> Receipts, bool TryNext, bool SessionOver);
