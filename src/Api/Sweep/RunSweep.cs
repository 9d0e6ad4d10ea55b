using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Sweep;

/// <summary>What a sweep found.</summary>
/// <param name="Wanted">Patients with an order about a marrow, or on the list.</param>
public sealed record SweepResult(Tally Tally, int Wanted);

/// <summary>
/// A population assessed in bounded memory: find whom to look at, deal their lines out into parts that fit, assess part by part.
/// Each step can be stopped at any time and goes on where it was.
/// </summary>
public static class RunSweep
{
    /// <summary>About what the lines of one part should take; charts in memory take a few times that.</summary>
    private const long PartBytes = 48L * 1024 * 1024;

    public static SweepResult Run(SweepRequest request, SweepFolder folder, IReadOnlyList<SweepFile> files, SweepProgress progress, CancellationToken cancel)
    {
        if (folder.Finished() is { } before) return new(before, (int)before.Sum(Heading.Wanted));

        var wanted = Wanted(request, folder, files, progress, cancel);
        // As if every line were wanted: with a list of everybody it is so.
        var parts = (int)Math.Clamp(files.Sum(f => f.Bytes) / PartBytes, 8, 1000);
        for (var part = 0; part < parts; part++) SweepFolder.CreateFolder(folder.Part(part));

        var tally = new DealOut(request, folder, wanted, parts, progress, cancel).Run(files);
        var assess = new AssessPart(request, folder, wanted, Unreadable(tally), parts);
        progress.Begin("assessing", Enumerable.Range(0, parts).SelectMany(p => Directory.EnumerateFiles(folder.Part(p), "*.ndjson")).Sum(f => new FileInfo(f).Length));
        Parallel.For(0, parts, new() { MaxDegreeOfParallelism = request.Workers, CancellationToken = cancel }, part => assess.Run(part, progress.Advance));
        progress.End();

        for (var part = 0; part < parts; part++) tally.Add(Tally.FromJson(folder.Done(AssessPart.Step(part))!));
        tally.Count(Heading.Wanted, "patients", wanted.Count);
        Collect(folder.Findings, parts, p => assess.Output(p, "findings"));
        Collect(folder.NotAssessed, parts, p => assess.Output(p, "not-assessed"));
        if (request.Compare is not null) Collect(folder.Changes, parts, p => assess.Output(p, "changes"));
        return new(tally, wanted.Count);
    }

    private static IReadOnlySet<string> Wanted(SweepRequest request, SweepFolder folder, IReadOnlyList<SweepFile> files, SweepProgress progress, CancellationToken cancel)
    {
        if (folder.Done("wanted") is { } known) return JsonSerializer.Deserialize<HashSet<string>>(known)!;
        var wanted = FindWanted.From(request, files, progress, cancel);
        folder.Finish("wanted", JsonSerializer.Serialize(wanted.Order(StringComparer.Ordinal)));
        return wanted;
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

    private static void Collect(string target, int parts, Func<int, string> from)
    {
        using var all = new FileStream(target, FileMode.Create);
        for (var part = 0; part < parts; part++)
            using (var one = File.OpenRead(from(part))) one.CopyTo(all);
    }
}
