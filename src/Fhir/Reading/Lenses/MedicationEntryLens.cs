using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>MedicationRequest, MedicationStatement (R5 MedicationUsage), MedicationAdministration and MedicationDispense -> one kind of record.</summary>
internal readonly struct MedicationEntryLens(Entry entry, Reader reader)
{
    private FhirElement Json => entry.Resource;

    private Source Source => new(entry.Reference, MightHide.Antithrombotic);

    public MedicationRecord Read()
    {
        var product = new MedicationLens(entry, reader).Read();
        var (started, ended) = Use();
        return new()
        {
            Reference = entry.Reference,
            Source = entry.Draft ? MedicationSource.Draft : Kind,
            Product = product.Concept,
            Ingredients = product.Ingredients,
            Form = product.Form,
            Status = Json.StatusCode("status") ?? (Json.Flag("wasNotTaken") == true || Json.CodeText("taken") is "n" ? "not-taken" : null),
            Intent = Json.StatusCode("intent"),
            DoNotPerform = Json.Flag("doNotPerform") ?? false,
            Authored = Authored,
            Started = started,
            Ended = ended,
            HeldSince = Json.StatusCode("status") == "on-hold" ? reader.Date(Source, Json, "statusChanged") : null,
            Dosages = [.. Dosages.Select(d => new DosageLens(d).Read())],
            Reasons = [.. Reasons],
            Notes = [.. Reader.Notes(Json, "comment").Concat(product.Note is { } note ? [note] : [])
                .Concat(Json.ConceptList("statusReason", "statusReasonCodeableConcept").Select(r => $"Reason for the status: {r.Words}"))],
            CannotInterpret = Interpretable.WhyNot(Json, "dosageInstruction", "dosage") ?? product.CannotInterpret,
        };
    }

    private MedicationSource Kind => entry.Type switch
    {
        "MedicationRequest" => MedicationSource.Request,
        "MedicationAdministration" => MedicationSource.Administration,
        "MedicationDispense" => MedicationSource.Dispense,
        _ => MedicationSource.Statement,
    };

    private IEnumerable<FhirElement> Dosages => Json.Items("dosageInstruction").Concat(Json.Items("dosage")).Where(d => d.ValueKind == JsonValueKind.Object);

    private PartialDate? Authored => Kind switch
    {
        MedicationSource.Request => reader.Date(Source, Json, "authoredOn"),
        MedicationSource.Dispense => reader.Date(Source, Json, "whenHandedOver") ?? reader.Date(Source, Json, "whenPrepared"),
        MedicationSource.Administration => Given,
        _ => reader.Date(Source, Json, "dateAsserted"),
    };

    private PartialDate? Given => reader.StartOf(Source, Json, "effective") ?? reader.StartOf(Source, Json, "occurence") ?? reader.StartOf(Source, Json, "occurrence");

    /// <summary>
    /// First and last day of use: the entry's own period, else the bounds of its dosages. The end counts only where every dosage
    /// has one. An administration is over when it was given.
    /// </summary>
    private (PartialDate?, PartialDate?) Use()
    {
        var source = Source;
        if (Json.FirstOf("effectivePeriod", "occurencePeriod", "occurrencePeriod") is { ValueKind: JsonValueKind.Object } period)
            return (reader.Date(source, period, "start"), reader.End(source, period));
        if (Kind == MedicationSource.Administration) return (Given, Given);
        if (Kind == MedicationSource.Statement && reader.StartOf(source, Json, "effective") is { } since) return (since, null);

        var bounds = Dosages.Select(d => d.Member("timing").Member("repeat").Member("boundsPeriod")).ToList();
        var starts = new List<PartialDate>();
        var ends = new List<PartialDate>();
        foreach (var bound in bounds)
        {
            if (reader.Date(source, bound, "start") is { } start) starts.Add(start);
            if (reader.End(source, bound) is { } end) ends.Add(end);
        }
        return (starts.Count == 0 ? null : starts.MinBy(s => s.First), ends.Count == 0 || ends.Count < bounds.Count ? null : ends.MaxBy(e => e.Last));
    }

    /// <summary>R4 reasonCode and reasonReference, R5 reason, STU3 reasonForUse.</summary>
    private IEnumerable<Concept> Reasons => Json.ConceptList("reasonCode", "reason", "reasonForUseCodeableConcept")
        .Concat(reader.CodesBehind(entry, Json, "reasonReference")).Concat(reader.CodesBehind(entry, Json, "reason"));
}
