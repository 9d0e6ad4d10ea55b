using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Bulk;

/// <summary>One line of a Bulk Data file of orders or appointments, for the rules to say whether it is about a marrow.</summary>
public static class BulkOrders
{
    /// <returns>A chart of nothing but this order or booking; null when the line cannot be read.</returns>
    public static Chart? Read(ReadOnlyMemory<byte> line, TimeZoneInfo zone)
    {
        if (FhirJson.Parse(line) is not JsonRead.Ok(var document)) return null;
        using (document)
        {
            var entry = new Entry(null, document.RootElement, "line");
            var reader = new Reader(zone, new References([entry], oneServer: true));
            var nobody = new Chart { Person = new("Patient/unknown", null, Sex.Unknown) };
            return entry.Type == "Appointment"
                ? nobody with { Appointments = [new AppointmentLens(entry, reader).Read()] }
                : nobody with { Orders = [new OrderLens(entry, reader).Read()] };
        }
    }
}
