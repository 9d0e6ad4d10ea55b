using System.Collections.Immutable;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Sweep;

/// <summary>What a sweep found.</summary>
/// <param name="Wanted">Patients with an order about a marrow, or on the list.</param>
public sealed record SweepResult(Tally Tally, int Wanted);

/// <summary>
/// A population assessed in bounded memory: find whom to look at, deal their lines out into parts that fit, assess part by part.
/// Each step is done in pieces that can be stopped at any time, by one machine or by several that share the folder.
/// </summary>
public static class RunSweep
{
    /// <summary>About what the lines of one part should take; charts in memory take a few times that.</summary>
    private const long PartBytes = 48L * 1024 * 1024;

    /// <param name="request">What to assess.</param>
    /// <param name="folder">Where it stands.</param>
    /// <param name="files">Of the export.</param>
    /// <param name="leases">Who does what, when several machines share the folder.</param>
    /// <param name="progress">Shown meanwhile.</param>
    /// <param name="page">Leaves the summary page; called once by all machines together.</param>
    /// <param name="cancel">Stops between two lines.</param>
    public static SweepResult Run(SweepRequest request, SweepFolder folder, IReadOnlyList<SweepFile> files, SweepLeases? leases, SweepProgress progress, Action<SweepResult> page, CancellationToken cancel)
    {
        try
        {
            if (folder.Finished() is null) Do(request, folder, files, leases, progress, page, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException && folder.Finished() is not null)
        {
            // Another machine has finished and taken the notes away while we read them.
        }
        folder.RemoveWork();
        var tally = folder.Finished()!;
        return new(tally, (int)tally.Sum(Heading.Wanted));
    }

    private static void Do(SweepRequest request, SweepFolder folder, IReadOnlyList<SweepFile> files, SweepLeases? leases, SweepProgress progress, Action<SweepResult> page, CancellationToken cancel)
    {
        var work = new DoPieces(folder, leases, request.Workers, progress, cancel);
        var wanted = FindWanted.From(request, folder, work, files, progress, cancel);
        // As if every line were wanted: with a list of everybody it is so.
        var parts = (int)Math.Clamp(files.Sum(f => f.Bytes) / PartBytes, 8, 1000);
        for (var part = 0; part < parts; part++) SweepFolder.CreateFolder(folder.Part(part));

        var tally = new DealOut(folder, work, wanted, parts, progress, cancel).Run(files);
        var assess = new AssessPart(request, folder, wanted, Unreadable(tally), parts);
        work.All("assessing", [.. Enumerable.Range(0, parts).Select(part => new SweepPiece(AssessPart.Step(part), folder.PartBytes(part), () => assess.Run(part, progress.Advance)))]);
        work.All("putting together", [new("together", 0, () =>
        {
            for (var part = 0; part < parts; part++) tally.Add(Tally.FromJson(folder.Done(AssessPart.Step(part))!));
            tally.Count(Heading.Wanted, "patients", wanted.Count);
            Collect(folder, folder.Findings, parts, p => assess.Output(p, "findings"));
            Collect(folder, folder.NotAssessed, parts, p => assess.Output(p, "not-assessed"));
            if (request.Compare is not null) Collect(folder, folder.Changes, parts, p => assess.Output(p, "changes"));
            page(new(tally, wanted.Count));
            folder.FinishAll(tally);
        })]);
    }

    /// <summary>Anybody may be behind a line that cannot be read, so everybody's chart says so.</summary>
    private static ImmutableArray<Unread> Unreadable(Tally tally) => [.. tally.Under(Heading.UnreadableLines).Select(of => new Unread(
        $"{of.Value} {(of.Value == 1 ? "line" : "lines")} of the {of.Key} export", "Not readable; they may be about this patient.",
        RecordKinds.Of(of.Key) switch
        {
            RecordKind.Medication => MightHide.Antithrombotic,
            RecordKind.Result => MightHide.SafetyLab,
            _ => of.Key == "Medication" ? MightHide.Antithrombotic : MightHide.Other,
        }))];

    private static void Collect(SweepFolder folder, string target, int parts, Func<int, string> from)
    {
        using (var all = new FileStream(folder.Unfinished(target), FileMode.Create))
            for (var part = 0; part < parts; part++)
                using (var one = File.OpenRead(from(part))) one.CopyTo(all);
        folder.Whole(target);
    }
}
