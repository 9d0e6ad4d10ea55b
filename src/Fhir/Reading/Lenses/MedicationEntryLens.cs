using System.Collections.Immutable;
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
        var dosages = Dosages();
        var (started, ended) = Use(dosages);
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
            Dosages = Read(dosages),
            Reasons = Reasons,
            Notes = Notes(product.Note),
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

    private List<FhirElement> Dosages()
    {
        var dosages = new List<FhirElement>(1);
        foreach (var dosage in Json.Items("dosageInstruction"))
            if (dosage.ValueKind == JsonValueKind.Object) dosages.Add(dosage);
        foreach (var dosage in Json.Items("dosage"))
            if (dosage.ValueKind == JsonValueKind.Object) dosages.Add(dosage);
        return dosages;
    }

    private ImmutableArray<Dosage> Read(List<FhirElement> dosages)
    {
        var read = ImmutableArray.CreateBuilder<Dosage>(dosages.Count);
        foreach (var dosage in dosages) read.Add(new DosageLens(dosage, reader).Read());
        return read.MoveToImmutable();
    }

    private ImmutableArray<string> Notes(string? product)
    {
        var notes = Reader.Notes(Json, "comment");
        if (product is not null) notes = notes.Add(product);
        foreach (var reason in Json.ConceptList("statusReason", "statusReasonCodeableConcept")) notes = notes.Add($"Reason for the status: {reason.Words}");
        return notes;
    }

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
    private (PartialDate?, PartialDate?) Use(List<FhirElement> dosages)
    {
        var source = Source;
        if (Json.FirstOf("effectivePeriod", "occurencePeriod", "occurrencePeriod") is { ValueKind: JsonValueKind.Object } period)
            return (reader.Date(source, period, "start"), reader.End(source, period));
        if (Kind == MedicationSource.Administration) return (Given, Given);
        if (Kind == MedicationSource.Statement && reader.StartOf(source, Json, "effective") is { } since) return (since, null);

        PartialDate? first = null, last = null;
        var ends = 0;
        foreach (var dosage in dosages)
        {
            var bounds = dosage.Member("timing").Member("repeat").Member("boundsPeriod");
            if (reader.Date(source, bounds, "start") is { } start && !(first?.First <= start.First)) first = start;
            if (reader.End(source, bounds) is not { } end) continue;
            ends++;
            if (!(last?.Last >= end.Last)) last = end;
        }
        return (first, ends < dosages.Count ? null : last);
    }

    /// <summary>R4 reasonCode and reasonReference, R5 reason, STU3 reasonForUse.</summary>
    private ImmutableArray<Concept> Reasons
    {
        get
        {
            var reasons = Json.ConceptList("reasonCode", "reason", "reasonForUseCodeableConcept");
            return Json.Has("reasonReference") || Json.Has("reason")
                ? [.. reasons.Concat(reader.CodesBehind(entry, Json, "reasonReference")).Concat(reader.CodesBehind(entry, Json, "reason"))] : reasons;
        }
    }
}
