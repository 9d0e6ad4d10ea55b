using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>Condition -> what is or was the matter.</summary>
internal readonly struct ConditionLens(Entry entry, Reader reader)
{
    public ConditionRecord Read()
    {
        var json = entry.Resource;
        var source = new Source(entry.Reference, MightHide.Other);
        var notes = new List<string>(Reader.Notes(json, "notes"));
        var abated = reader.DateOrAge(source, json, "abatement", end: true, notes);
        return new()
        {
            Reference = entry.Reference,
            Code = reader.Concept(json, "code"),
            // STU3: a condition that abated by a mere yes has no other status.
            ClinicalStatus = reader.Status(source, json, "clinicalStatus", "active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown") ?? (json.Flag("abatementBoolean") == true ? "resolved" : null),
            VerificationStatus = reader.Status(source, json, "verificationStatus", "unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error", "unknown"),
            Onset = reader.DateOrAge(source, json, "onset", end: false, notes),
            Abated = abated,
            Recorded = reader.Date(source, json, "recordedDate") ?? reader.Date(source, json, "assertedDate") ?? reader.Date(source, json, "dateRecorded"),
            BodySites = json.ConceptList("bodySite"),
            Notes = [.. notes],
            CannotInterpret = Interpretable.WhyNot(json) ?? (reader.Concept(json, "code").IsEmpty ? "It has neither a code nor a text." : null),
        };
    }
}

/// <summary>AllergyIntolerance -> what the patient must not get.</summary>
internal readonly struct AllergyLens(Entry entry)
{
    public AllergyRecord Read()
    {
        var json = entry.Resource;
        var reactions = json.Items("reaction").ToList();
        var code = json.OptionalConcept("code") ?? json.OptionalConcept("substance");
        return new()
        {
            Reference = entry.Reference,
            Code = code ?? Concept.Empty,
            ClinicalStatus = json.StatusCode("clinicalStatus"),
            VerificationStatus = json.StatusCode("verificationStatus") ?? json.StatusCode("status"),
            Type = json.StatusCode("type"),
            Criticality = json.StatusCode("criticality"),
            Reactions = [.. reactions.SelectMany(r => r.ConceptList("manifestation").Concat(r.ConceptList("substance")))],
            Severities = [.. reactions.Select(r => r.StatusCode("severity")).OfType<string>().Distinct()],
            Notes = [.. Reader.Notes(json).Concat(reactions.Select(r => r.Text("description")).OfType<string>())],
            CannotInterpret = Interpretable.WhyNot(json, "reaction")
                ?? (code is null && !reactions.Any(r => r.Has("substance")) ? "It names no substance." : null),
        };
    }
}

/// <summary>Procedure -> what was done.</summary>
internal readonly struct ProcedureLens(Entry entry, Reader reader)
{
    public ProcedureRecord Read()
    {
        var json = entry.Resource;
        var source = new Source(entry.Reference, MightHide.Other);
        var notes = new List<string>(Reader.Notes(json, "notes"));
        if (!json.Has("status") && json.Flag("notDone") != true) reader.CouldNotRead($"status of {entry.Reference}", "It is missing: counted as done.", MightHide.Other);
        return new()
        {
            Reference = entry.Reference,
            Code = json.Concept("code"),
            Status = json.Flag("notDone") == true ? "not-done"
                : reader.Status(source, json, "status", "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown", "suspended", "aborted"),
            Performed = reader.DateOrAge(source, json, json.Has("occurrenceDateTime") || json.Has("occurrencePeriod") ? "occurrence" : "performed", end: true, notes),
            BodySites = json.ConceptList("bodySite"),
            Reasons = [.. json.ConceptList("reasonCode", "reason")
                .Concat(reader.CodesBehind(entry, json, "reasonReference")).Concat(reader.CodesBehind(entry, json, "reason"))],
            Notes = [.. notes],
            CannotInterpret = Interpretable.WhyNot(json) ?? (json.OptionalConcept("code") is null ? "It has neither a code nor a text." : null),
        };
    }
}

/// <summary>Device in the patient -> an implant: valve, stent, port, pacemaker.</summary>
internal readonly struct DeviceLens(Entry entry)
{
    public ProcedureRecord Read()
    {
        var json = entry.Resource;
        var names = json.Items("deviceName").Select(n => n.Text("name")).Append(json.Text("distinctIdentifier")).Append(json.Text("modelNumber")).Append(json.Text("model")).OfType<string>().Distinct().ToList();
        var type = json.OptionalConcept("type");
        if (type is { Text: null } && names.Count > 0) type = type with { Text = names[0] };
        type ??= names.Count > 0 ? new Concept([], string.Join(", ", names)) : null;
        return new()
        {
            Reference = entry.Reference,
            Code = type ?? Concept.Empty,
            IsDevice = true,
            Status = json.StatusCode("status"),
            Notes = [.. Reader.Notes(json).Concat(names)],
            CannotInterpret = Interpretable.WhyNot(json) ?? (type is null ? "It does not say what it is." : null),
        };
    }
}
