using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Bulk;

namespace BiopsyFhir.Api.Sweep;

/// <summary>First step: who has an order or booking about a marrow, in whatever state; the assessment says which is to come.</summary>
public static class FindWanted
{
    public static IReadOnlySet<string> From(SweepRequest request, IReadOnlyList<SweepFile> files, SweepProgress progress, CancellationToken cancel)
    {
        if (request.Patients is { } given) return given;
        var orders = files.Where(f => f.IsOrders).ToList();
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        progress.Begin("looking for orders", orders.Sum(f => f.Bytes));
        Parallel.ForEach(orders.SelectMany(f => f.Parts()), new ParallelOptions { MaxDegreeOfParallelism = request.Workers, CancellationToken = cancel }, part =>
        {
            var here = new HashSet<string>(StringComparer.Ordinal);
            part.Read((line, _) =>
            {
                // An order that cannot be read may be one for a marrow: its patient is looked at, and the answer says so. Whose a line without
                // a patient is cannot be told; it is counted when the charts are dealt out.
                if (BulkOrders.Read(line, request.Query.Facility.Zone) is not { } order || FindBiopsy.IsAboutMarrow(order, request.Query.Policy.Catalogue.Biopsies))
                    here.UnionWith(BulkLine.Of(line.Span).Patients);
            }, _ => { }, progress.Advance, cancel);
            lock (wanted) wanted.UnionWith(here);
        });
        progress.End();
        return wanted;
    }
}
