using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// Entries -> the patient's chart. Nothing is dropped: what belongs to another patient, what cannot be read and what is not looked
/// at is said. The order of the entries does not matter.
/// </summary>
public static class ReadChart
{
    public static ChartRead From(ChartInput input)
    {
        var oneServer = input.Patient is not null;
        var entries = Distinct(input.Entries, oneServer, out var references);
        if (FindPatient(entries, input.Patient, out var patient) is { Count: > 0 } faults) return new ChartRead.Refused(faults);

        var reader = new Reader(input.Zone, references);
        var person = new PatientLens(patient).Read(reader);
        reader.BirthDate = person.BirthDate;
        var match = new PatientMatch(patient, references, oneServer);
        var records = new Records(entries.Count);
        foreach (var entry in entries)
            if (entry != patient) Read(entry, match, reader, records);
        records.SayWhatWasNotRead(reader);

        return new ChartRead.Ok(records.Chart(person, Sources(records, input)) with
        {
            Unread = [.. input.Unread.Concat(reader.Unread).Distinct().OrderBy(u => u.What, StringComparer.Ordinal).ThenBy(u => u.Why, StringComparer.Ordinal)],
        });
    }

    private static void Read(Entry entry, PatientMatch match, Reader reader, Records records)
    {
        var kind = RecordKinds.Of(entry.Type);
        if (kind is null)
        {
            records.NotRead(entry, reader);
            return;
        }
        switch (match.OwnerOf(entry))
        {
            case Owner.AnotherPatient:
                reader.CouldNotRead(entry.Reference, "It belongs to another patient and was not used.", Hides(kind.Value));
                return;
            case Owner.NotAPatient:
                reader.CouldNotRead(entry.Reference, "Its subject is not the patient; it was not used.", Hides(kind.Value));
                return;
        }
        switch (entry.Type)
        {
            case "Observation": new ObservationLens(entry, reader).Read(records.Results); break;
            case "DiagnosticReport": records.Results.AddRange(new DiagnosticReportLens(entry, reader).Read()); break;
            case "Condition": records.Conditions.Add(new ConditionLens(entry, reader).Read()); break;
            case "AllergyIntolerance": records.Allergies.Add(new AllergyLens(entry).Read()); break;
            case "Procedure": records.Procedures.Add(new ProcedureLens(entry, reader).Read()); break;
            // A Device without a patient is equipment or software, not an implant.
            case "Device" when entry.Resource.FirstOf("patient", "subject").ValueKind != JsonValueKind.Object: break;
            case "Device": records.Procedures.Add(new DeviceLens(entry).Read()); break;
            case "ServiceRequest" or "ProcedureRequest": records.Orders.Add(new OrderLens(entry, reader).Read()); break;
            case "Appointment": records.Appointments.Add(new AppointmentLens(entry, reader).Read()); break;
            default: records.Medications.Add(new MedicationEntryLens(entry, reader).Read()); break;
        }
        records.Count(kind.Value);
    }

    /// <summary>A slip in the reference, or a chart that was merged under a new id, may be why it seems to be another's: a person looks.</summary>
    private static MightHide Hides(RecordKind kind) => kind switch
    {
        RecordKind.Medication => MightHide.Antithrombotic,
        RecordKind.Result => MightHide.SafetyLab,
        _ => MightHide.Other,
    };

    /// <summary>The one Patient; in a session the patient in context.</summary>
    private static List<ReadFault> FindPatient(IReadOnlyCollection<Entry> entries, string? context, out Entry patient)
    {
        var patients = entries.Where(e => e.Type == "Patient").ToList();
        patient = patients.Count > 0 ? patients[0] : null!; // with none the chart is refused
        if (patients.Count == 0) return [new("body", "There is no Patient.")];
        if (context is not null)
            return [.. patients.Where(p => p.Reference != References.TypeAndId(context)).Select(p => new ReadFault(p.Where, "This Patient is not the one in context."))];
        if (patients.Count > 1)
            return [.. patients.Select(p => new ReadFault(p.Where, $"One Patient is expected; there are {patients.Count}."))];
        return [];
    }

    /// <summary>The same resource sent twice (overlapping pages, includes) counts once; a stated older version gives way to the newer.</summary>
    private static IReadOnlyCollection<Entry> Distinct(IReadOnlyList<Entry> entries, bool oneServer, out References references)
    {
        // Nearly always every entry has a name of its own, and no message will need its place; then that is all.
        var names = new Dictionary<string, Entry>(entries.Count, StringComparer.Ordinal);
        foreach (var entry in entries)
            if (!entry.HasId || entry.Type is null or "OperationOutcome" || !names.TryAdd(entry.Reference, entry))
            {
                var distinct = DistinctVersions(Placed(entries), oneServer);
                references = new(distinct, oneServer);
                return distinct;
            }
        references = new(entries, names, oneServer);
        return entries;
    }

    private static List<Entry> DistinctVersions(IEnumerable<Entry> entries, bool oneServer)
    {
        var kept = new List<Entry>();
        var places = new OrderedDictionary<(string?, string, bool), List<Entry>>();
        foreach (var entry in entries)
        {
            var key = entry.HasId ? (oneServer ? "" : References.Base(entry) ?? "", entry.Reference, entry.Draft) : (null, entry.Where, entry.Draft);
            if (!places.TryGetValue(key, out var versions)) places.Add(key, versions = []);
            if (!versions.Any(v => FhirElement.DeepEquals(v.Resource, entry.Resource))) versions.Add(entry);
        }
        foreach (var versions in places.Values)
        {
            if (versions.Count > 1 && versions.All(v => LastUpdated(v) is not null))
            {
                var newest = versions.Max(LastUpdated);
                versions.RemoveAll(v => LastUpdated(v) < newest);
            }
            kept.AddRange(versions);
        }
        return kept;
    }

    /// <summary>Every entry at a place of its own: pages of a search all begin at entry 0.</summary>
    private static IEnumerable<Entry> Placed(IReadOnlyList<Entry> entries)
    {
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var before = taken[entry.Where] = taken.GetValueOrDefault(entry.Where) + 1;
            yield return before == 1 ? entry : entry.At($"{entry.Where} ({before})");
        }
    }

    private static DateTimeOffset? LastUpdated(Entry entry) =>
        FhirDates.Read(entry.Resource.Member("meta").Text("lastUpdated"), TimeZoneInfo.Utc)?.At;

    private static ImmutableArray<Domain.Source> Sources(Records records, ChartInput input)
    {
        var failures = input.Failures.GroupBy(f => RecordKinds.Of(f.ResourceType) ?? RecordKind.Medication)
            .ToDictionary(g => g.Key, g => string.Join("; ", g.Select(f => $"{f.ResourceType}: {f.Why}").Distinct().Order(StringComparer.Ordinal)));
        return [.. Enum.GetValues<RecordKind>()
            .Where(kind => input.LookedFor is null || input.LookedFor.Contains(kind) || records.Counts[kind] > 0 || failures.ContainsKey(kind))
            .Select(kind => new Domain.Source(kind, records.Counts[kind], failures.GetValueOrDefault(kind)))];
    }
}
