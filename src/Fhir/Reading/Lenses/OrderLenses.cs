using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>ServiceRequest (STU3 ProcedureRequest) -> an order.</summary>
internal readonly struct OrderLens(Entry entry, Reader reader)
{
    public OrderRecord Read()
    {
        var json = entry.Resource;
        var source = new Source(entry.Reference, MightHide.Other);
        if (!json.Has("status") && !entry.Draft) reader.CouldNotRead($"status of {entry.Reference}", "It is missing: the order is not used.", MightHide.Other);
        return new()
        {
            Reference = entry.Reference,
            Code = json.Concept("code"),
            Details = json.ConceptList("orderDetail", "category"),
            Status = reader.Status(source, json, "status", "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown", "suspended", "cancelled") ?? (entry.Draft ? "draft" : null),
            Intent = json.StatusCode("intent"),
            DoNotPerform = json.Flag("doNotPerform") ?? false,
            Occurs = reader.StartOf(source, json, "occurrence"),
            Authored = reader.Date(source, json, "authoredOn") ?? reader.Date(source, json, "orderedOn"),
            BodySites = json.ConceptList("bodySite"),
            Reasons = [.. json.ConceptList("reasonCode", "reason")
                .Concat(reader.CodesBehind(entry, json, "reasonReference")).Concat(reader.CodesBehind(entry, json, "reason"))],
            Notes = Reader.Notes(json, "patientInstruction"),
            CannotInterpret = Interpretable.WhyNot(json) ?? (json.OptionalConcept("code") is null && json.ConceptList("orderDetail").IsEmpty ? "It does not say what is ordered." : null),
        };
    }
}

/// <summary>Appointment -> a booking.</summary>
internal readonly struct AppointmentLens(Entry entry, Reader reader)
{
    public AppointmentRecord Read()
    {
        var json = entry.Resource;
        var source = new Source(entry.Reference, MightHide.Other);
        var words = new[] { json.Text("description"), json.Text("comment") }.OfType<string>().Select(w => new Concept([], w));
        var read = reader;
        var from = entry;
        return new()
        {
            Reference = entry.Reference,
            About = [.. json.ConceptList("serviceType", "appointmentType", "reasonCode", "reason")
                .Concat(words).Concat(reader.CodesBehind(entry, json, "reasonReference"))],
            Status = reader.Status(source, json, "status", "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error", "checked-in", "waitlist"),
            Start = reader.Date(source, json, "start"),
            Orders = [.. json.Items("basedOn").Concat(json.Items("incomingReferral"))
                .Select(r => read.References.TryFind(from, r.Text("reference"), out var target) ? new Entry(target.In.FullUrl, target.Resource, target.In.Where).Reference : r.Text("reference"))
                .OfType<string>()],
            CannotInterpret = Interpretable.WhyNot(json),
        };
    }
}
