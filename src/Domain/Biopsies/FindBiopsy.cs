using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// Request, orders and appointments -> the biopsy (evidence 7.1 rules 8 and 9, case decisions 3.5 and 3.6). The request goes first,
/// then the order, then the appointment. What had to be assumed, and what contradicts, is kept with the biopsy and said.
/// </summary>
public static class FindBiopsy
{
    public static BiopsyFound From(BiopsyRequest request, Chart chart, PartialDate asOf, Facility facility, BiopsyCatalogue catalogue)
    {
        var marrow = chart.Orders.Select(o => new MarrowOrder(o, catalogue)).Where(o => o.Takes is not null).ToList();
        var orders = marrow.Where(o => o.WhyNot(request.DraftsCount) is null).ToList();
        var bookings = chart.Appointments.Where(a => IsBooking(request, a, marrow, catalogue)).OrderBy(a => a.Start?.First).ToList();
        var doubts = new List<NotJudged>();

        var (date, order, appointment) = request.ProcedureAt is { } at
            ? (at, OrderFor(at, orders, asOf), bookings.FirstOrDefault(b => b.Start?.First == at.First))
            : FromRecords(orders, bookings, asOf);
        if (date is not { } when) return new BiopsyFound.NotFound(WhyNone(marrow, bookings, asOf, request));

        if (order is not null) SayContradictions(order.Order, when, bookings, doubts);
        var about = order?.Order.Reasons ?? [.. appointment?.About.Where(a => catalogue.Recognise(a) is null) ?? []];
        var (indication, text) = Indication(request, order is null ? [] : about, catalogue, doubts);
        var timeAssumed = when.At is null;
        return new BiopsyFound.Ok(new Biopsy(when.First, when.At ?? LocalTime.At(when.First, facility.DefaultStart, facility.Zone), timeAssumed,
            Site(request, order, catalogue, doubts), indication, text, request.Sedation, request.Escort,
            order?.Order.Reference ?? appointment?.Reference, AspirateOnly: order?.Takes == Sampling.Aspiration)
        {
            NotJudged = [.. doubts],
        });
    }

    /// <summary>Every marrow order and booking that may be the biopsy to come, dated or not; asked by hooks before anything else is read.</summary>
    public static PendingBiopsies Pending(BiopsyRequest request, Chart chart, BiopsyCatalogue catalogue)
    {
        var marrow = chart.Orders.Select(o => new MarrowOrder(o, catalogue)).Where(o => o.Takes is not null).ToList();
        return new(
            [.. marrow.Where(o => o.WhyNot(request.DraftsCount) is null).Select(o => o.Order)],
            [.. chart.Appointments.Where(a => IsBooking(request, a, marrow, catalogue)).OrderBy(a => a.Start?.First)],
            [.. marrow.Where(o => o.Order.CannotInterpret is not null).Select(o => o.Order)]);
    }

    /// <summary>Whether any order or booking is about a marrow, in whatever state: whom to look at in a population.</summary>
    public static bool IsAboutMarrow(Chart chart, BiopsyCatalogue catalogue) =>
        chart.Orders.Any(o => new MarrowOrder(o, catalogue).Takes is not null)
        || chart.Appointments.Any(a => !a.About.Any(catalogue.IsNever) && a.About.Any(about => catalogue.Recognise(about) is not null));

    /// <summary>A marrow order with what it takes.</summary>
    private sealed class MarrowOrder(OrderRecord order, BiopsyCatalogue catalogue)
    {
        public OrderRecord Order => order;

        public Sampling? Takes { get; } = TakenBy(order, catalogue);

        /// <summary>Why it is not the biopsy that is to come; null when it may be.</summary>
        public string? WhyNot(bool draftsCount) => order switch
        {
            { CannotInterpret: { } why } => why,
            { DoNotPerform: true } => "is an order not to do it",
            { Status: "active" or "on-hold" } when order.Intent is "proposal" or "plan" or "option" => $"is a {order.Intent}",
            { Status: "active" or "on-hold" } => null,
            { Status: "draft" } when draftsCount => null,
            { Status: null } => "has no status",
            _ => $"is {order.Status}",
        };

        private static Sampling? TakenBy(OrderRecord order, BiopsyCatalogue catalogue)
        {
            ImmutableArray<Concept> parts = [order.Code, .. order.Details];
            if (parts.Any(catalogue.IsNever)) return null;
            var taken = parts.Select(catalogue.Recognise).Max();
            return taken ?? (order.BodySites.Any(catalogue.IsMarrow) ? parts.Select(catalogue.RecogniseAction).Max() : null);
        }
    }

    /// <summary>The earliest dated order from the as-of day on; else the earliest booking, with the undated order that it belongs to.</summary>
    private static (PartialDate?, MarrowOrder?, AppointmentRecord?) FromRecords(List<MarrowOrder> orders, List<AppointmentRecord> bookings, PartialDate asOf)
    {
        var dated = orders.Where(o => o.Order.Occurs is { IsFull: true } d && d.First >= asOf.Last)
            .OrderBy(o => o.Order.Occurs!.Value.First).ThenBy(o => o.Order.Occurs!.Value.At ?? DateTimeOffset.MaxValue).ThenBy(o => o.Order.Reference, StringComparer.Ordinal)
            .FirstOrDefault();
        if (dated is not null) return (dated.Order.Occurs, dated, null);
        var booking = bookings.FirstOrDefault(b => b.Start is { IsFull: true } d && d.First >= asOf.Last);
        if (booking is null) return default;
        var undated = orders.Where(o => o.Order.Occurs is not { IsFull: true }).ToList();
        return (booking.Start, undated.FirstOrDefault(o => booking.Orders.Contains(o.Order.Reference)) ?? undated.FirstOrDefault(), booking);
    }

    /// <summary>With the day given: the order of that day, else an undated one, else the next one to come, else the latest.</summary>
    private static MarrowOrder? OrderFor(PartialDate at, List<MarrowOrder> orders, PartialDate asOf) =>
        orders.OrderBy(o => o.Order.Occurs switch
        {
            { IsFull: true } d when d.First == at.First => 0,
            null or { IsFull: false } => 1,
            { } d when d.First >= asOf.Last => 2,
            _ => 3,
        }).ThenBy(o => Math.Abs((o.Order.Occurs?.First ?? at.First).DayNumber - at.First.DayNumber)).ThenBy(o => o.Order.Reference, StringComparer.Ordinal).FirstOrDefault();

    private static bool IsBooking(BiopsyRequest request, AppointmentRecord appointment, List<MarrowOrder> marrow, BiopsyCatalogue catalogue) =>
        appointment.CannotInterpret is null
        && (appointment.Status is "booked" or "arrived" or "checked-in" || (request.DraftsCount && appointment.Status is "proposed" or "pending"))
        && (appointment.Orders.Any(reference => marrow.Any(o => o.Order.Reference == reference))
            || (!appointment.About.Any(catalogue.IsNever) && appointment.About.Any(a => catalogue.Recognise(a) is not null)));

    private static void SayContradictions(OrderRecord order, PartialDate when, List<AppointmentRecord> bookings, List<NotJudged> doubts)
    {
        if (order.Occurs is { IsFull: true } ordered && ordered.First != when.First)
            doubts.Add(new("Date of the biopsy", $"{order.Reference} says {ordered}; {when} was taken.", MightHide.Other));
        foreach (var other in bookings.Where(b => b.Start is { } start && start.First != when.First && b.Orders.Contains(order.Reference)))
            doubts.Add(new("Date of the biopsy", $"{other.Reference} is booked for {other.Start}; {when} was taken.", MightHide.Other));
        if (order.Status == "on-hold") doubts.Add(new("Order of the biopsy", $"{order.Reference} is on hold.", MightHide.Other));
    }

    private static (string, string?) Indication(BiopsyRequest request, ImmutableArray<Concept> reasons, BiopsyCatalogue catalogue, List<NotJudged> doubts)
    {
        var text = reasons.IsEmpty ? null : string.Join("; ", reasons.Select(r => r.Words).Where(w => w.Length > 0).Distinct());
        if (request.Indication is { } stated) return (stated, text);
        if (reasons.IsEmpty) return (Indications.NotStated, null);
        if (catalogue.Indication(reasons) is { } understood) return (understood.Indication, understood.Reason.Words);
        doubts.Add(new("Indication", $"The reason '{text}' was not understood; it was taken as 'other', so nothing is said about gaps in an anaemia work-up.", MightHide.Other));
        return (Indications.Other, text);
    }

    private static string Site(BiopsyRequest request, MarrowOrder? order, BiopsyCatalogue catalogue, List<NotJudged> doubts)
    {
        if (request.Site is { } stated) return stated;
        if (order is null) return BiopsySettings.PosteriorIliacCrest;
        var sites = order.Order.BodySites.Where(s => !catalogue.IsMarrow(s) || catalogue.Site(s) is not null).ToList();
        var known = sites.Append(order.Order.Code).Concat(order.Order.Details).Select(catalogue.Site).OfType<string>().FirstOrDefault();
        if (known is null && sites.Count > 0)
            doubts.Add(new("Biopsy site", $"'{sites[0].Words}' was not understood; the posterior iliac crest was assumed.", MightHide.Other));
        return known ?? BiopsySettings.PosteriorIliacCrest;
    }

    private static ImmutableArray<string> WhyNone(List<MarrowOrder> marrow, List<AppointmentRecord> bookings, PartialDate asOf, BiopsyRequest request)
    {
        if (marrow.Count == 0 && bookings.Count == 0) return ["There is no order and no booked appointment for a marrow biopsy; state the date."];
        var why = marrow.Select(o => o.WhyNot(request.DraftsCount) is { } reason ? $"{o.Order.Reference} {reason}." : $"{o.Order.Reference} {Dated(o.Order.Occurs, asOf)}.")
            .Concat(bookings.Select(b => $"{b.Reference} {Dated(b.Start, asOf)}."));
        return [.. why.Append("State the date.")];
    }

    private static string Dated(PartialDate? date, PartialDate asOf) => date switch
    {
        null => "has no date",
        { IsFull: false } d => $"has no day ({d})",
        { } d => $"is dated {d}, before {asOf}",
    };
}
