using System.Collections.Immutable;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Worklist;

/// <summary>Orders and bookings of one patient that speak of a marrow biopsy to come.</summary>
/// <param name="Records">With a person of whom only the id is known.</param>
public sealed record UpcomingBiopsy(string Patient, Chart Records, PendingBiopsies Pending);

/// <param name="NotSeen">What could not be looked for, or belongs to nobody we know: the list may be short of these.</param>
/// <param name="Complete">Every search came whole; only then is a date or an order that is not here gone.</param>
public sealed record UpcomingFound(ImmutableArray<UpcomingBiopsy> Biopsies, ImmutableArray<string> NotSeen, bool Complete);

/// <summary>Who has a marrow biopsy ordered or booked; for the worklist and for automatic education alike.</summary>
public sealed class UpcomingBiopsies(PolicyShelf policies, Facility facility, WorklistOptions options)
{
    private BiopsyCatalogue Catalogue => policies.Default.Catalogue.Biopsies;

    public async Task<UpcomingFound> FindAsync(FhirClient client, DateOnly today, CancellationToken cancel)
    {
        var found = await FindOrders.FromAsync(client, new()
        {
            Codes = [.. Catalogue.OrderCodes.Distinct()],
            From = today,
            Until = today.AddDays(options.Days),
            Zone = facility.Zone,
        }, cancel);
        var nobodys = Of(found.OfNobody).Pending;
        return new([.. found.Patients.Select(Of).Where(IsAny)],
            [.. found.NotSeen, .. nobodys.Orders.Concat(nobodys.Unreadable).Select(o => o.Reference).Concat(nobodys.Bookings.Select(b => b.Reference)).Distinct()
                .Select(reference => $"{reference} is about a marrow biopsy and names no patient of this EHR.")],
            found.NotSeen.IsEmpty);
    }

    /// <summary>The same of one order or appointment that was read by itself.</summary>
    public IEnumerable<UpcomingBiopsy> In(FhirClient client, FhirElement resource) => FindOrders.Of(client, resource, facility.Zone).Select(Of).Where(IsAny);

    private UpcomingBiopsy Of(OrdersOfPatient patient)
    {
        var chart = new Chart { Person = new(patient.Patient, null, Sex.Unknown), Orders = patient.Orders, Appointments = patient.Appointments };
        return new(patient.Patient, chart, FindBiopsy.Pending(new(), chart, Catalogue));
    }

    private static bool IsAny(UpcomingBiopsy biopsy) => !biopsy.Pending.Orders.IsEmpty || !biopsy.Pending.Bookings.IsEmpty || !biopsy.Pending.Unreadable.IsEmpty;
}
