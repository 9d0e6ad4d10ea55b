namespace BiopsyFhir.Api.Sweep;

/// <summary>A piece of a step. Done, there is a note under its name (<see cref="SweepFolder.Done"/>); done twice, it leaves the same bytes.</summary>
/// <param name="Name">Of the note.</param>
/// <param name="Bytes">What it reads, for the progress.</param>
/// <param name="Do">Leaves the note; tells how many bytes it has read.</param>
public sealed record SweepPiece(string Name, long Bytes, Action Do);

/// <summary>Every piece of a step, done here or, with leases, on another machine; returns when all are done.</summary>
public sealed class DoPieces(SweepFolder folder, SweepLeases? leases, int workers, SweepProgress progress, CancellationToken cancel)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(500);
    private volatile bool _failed;

    public void All(string what, IReadOnlyList<SweepPiece> pieces)
    {
        progress.Begin(what, pieces.Sum(p => p.Bytes));
        var open = new LinkedList<SweepPiece>(pieces); // neither done nor under way here
        Parallel.For(0, workers, new() { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, _ =>
        {
            while (Next(open) is { } piece)
            {
                try
                {
                    piece.Do();
                }
                catch
                {
                    _failed = true; // the others need not go on
                    throw;
                }
                finally
                {
                    leases?.Release(piece.Name);
                }
            }
        });
        progress.End();
    }

    /// <returns>A piece that is ours now; null when nothing is left, all of it done.</returns>
    private SweepPiece? Next(LinkedList<SweepPiece> open)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (_failed) return null;
            lock (open)
            {
                for (var node = open.First; node is not null;)
                {
                    var (piece, at) = (node.Value, node);
                    node = node.Next;
                    if (IsDone(piece))
                    {
                        progress.Advance(piece.Bytes);
                        open.Remove(at);
                    }
                    else if (leases is null || leases.TryTake(piece.Name))
                    {
                        open.Remove(at);
                        if (!IsDone(piece)) return piece; // it may have been finished between the look and the lease
                        leases!.Release(piece.Name);
                        progress.Advance(piece.Bytes);
                    }
                }
                if (open.Count == 0) return null;
            }
            cancel.WaitHandle.WaitOne(s_lookAgain);
        }
    }

    /// <summary>The notes go when the sweep is done; the summary is there before.</summary>
    private bool IsDone(SweepPiece piece) => folder.IsDone(piece.Name) || folder.Finished() is not null;
}
