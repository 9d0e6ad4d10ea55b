using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Bulk;

namespace BiopsyFhir.Api.Sweep;

/// <summary>First step: who has an order or booking about a marrow, in whatever state; the assessment says which is to come.</summary>
public static class FindWanted
{
    /// <summary>Orders are a small file: in large pieces one worker would read while the others wait. A piece leaves one short note.</summary>
    private const long PieceBytes = 8L * 1024 * 1024;

    public static IReadOnlySet<string> From(SweepRequest request, SweepFolder folder, DoPieces work, IReadOnlyList<SweepFile> files, SweepProgress progress, CancellationToken cancel)
    {
        if (request.Patients is { } given) return given;
        var parts = files.Where(f => f.IsOrders).SelectMany(f => f.Parts(PieceBytes)).Select((part, i) => (Part: part, Name: $"o{i:00000}")).ToList();
        work.All("looking for orders", [.. parts.Select(p => new SweepPiece(p.Name, p.Part.To - p.Part.From, () => folder.Finish(p.Name, string.Join('\n', In(p.Part, request, progress, cancel).Order(StringComparer.Ordinal)))))]);
        return parts.SelectMany(p => folder.Done(p.Name)!.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);
    }

    private static HashSet<string> In(NdjsonRange part, SweepRequest request, SweepProgress progress, CancellationToken cancel)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        part.Read((line, _) =>
        {
            // An order that cannot be read may be one for a marrow: its patient is looked at, and the answer says so. Whose a line without
            // a patient is cannot be told; it is counted when the charts are dealt out.
            if (BulkOrders.Read(line, request.Query.Facility.Zone) is not { } order || FindBiopsy.IsAboutMarrow(order, request.Query.Policy.Catalogue.Biopsies))
                wanted.UnionWith(BulkLine.Of(line.Span).Patients);
        }, _ => { }, progress.Advance, cancel);
        return wanted;
    }
}
