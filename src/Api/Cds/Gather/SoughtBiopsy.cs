using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>The biopsy that a call is about.</summary>
/// <param name="Request">For <see cref="FindBiopsy"/>: the day of the order being signed or the appointment being booked goes first.</param>
/// <param name="Assumed">Said when no day is known and today was taken.</param>
internal sealed record SoughtBiopsy(BiopsyRequest Request, Unseen? Assumed)
{
    /// <summary>An order without a day that nobody has acted on for so long is taken as forgotten.</summary>
    private const int UndatedOrderDays = 90;

    private static readonly BiopsyRequest AnyDay = new() { DraftsCount = true };

    /// <param name="isDraft">Whether a reference is one of this call's drafts or proposed appointments.</param>
    /// <returns>Null: no marrow biopsy is ordered, booked or pending.</returns>
    public static SoughtBiopsy? In(Chart chart, Func<string, bool> isDraft, PartialDate asOf, Facility facility, BiopsyCatalogue catalogue)
    {
        var pending = FindBiopsy.Pending(AnyDay, chart, catalogue);
        if (pending.Orders.IsEmpty && pending.Bookings.IsEmpty) return null;

        var proposed = pending.Bookings.Where(a => isDraft(a.Reference)).ToList();
        var drafts = pending.Orders.Where(o => isDraft(o.Reference)).ToList();
        if (Earliest(proposed.Select(a => a.Start).Concat(drafts.Select(o => o.Occurs)), asOf) is { } day) return new(AnyDay with { ProcedureAt = day }, null);
        if (FindBiopsy.From(AnyDay, chart, asOf, facility, catalogue) is BiopsyFound.Ok) return new(AnyDay, null);

        // A draft whose day is missing or past still gets its warnings: today is the day that leaves the least time for a hold.
        var undated = proposed.Select(a => (a.Reference, Day: a.Start)).Concat(drafts.Select(o => (o.Reference, Day: o.Occurs)))
            .Concat(pending.Orders.Where(o => IsRecent(o, asOf)).Select(o => (o.Reference, Day: o.Occurs))).FirstOrDefault();
        return undated.Reference is null ? null : new(AnyDay with { ProcedureAt = PartialDate.Day(asOf.Last) }, new("the day of the biopsy",
            undated.Day is { } stated ? $"{undated.Reference} says {stated}; today ({asOf.Last:yyyy-MM-dd}) was taken." : $"{undated.Reference} has no date; today ({asOf.Last:yyyy-MM-dd}) was taken."));
    }

    private static PartialDate? Earliest(IEnumerable<PartialDate?> days, PartialDate asOf) =>
        days.Where(d => d is { IsFull: true } day && day.First >= asOf.Last).OrderBy(d => d!.Value.First).FirstOrDefault();

    /// <summary>A dated order of the past is over, whatever its status says.</summary>
    private static bool IsRecent(OrderRecord order, PartialDate asOf) =>
        order.Occurs is null or { IsFull: false } && (order.Authored is not { } written || written.Last >= asOf.Last.AddDays(-UndatedOrderDays));
}
