using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// Observation -> one result for itself and one for each component. A component takes status, time and specimen from its Observation
/// (R4 section 10.1.3); so does a member that stands inside it (contained), for it has no life of its own.
/// </summary>
internal readonly struct ObservationLens(Entry entry, Reader reader, FhirElement json, string reference, ResultRecord? panel = null)
{
    public ObservationLens(Entry entry, Reader reader) : this(entry, reader, entry.Resource, entry.Reference) { }

    /// <summary>The result itself first, then its components and members.</summary>
    public void Read(List<ResultRecord> records)
    {
        var first = records.Count;
        var source = new Source(reference, MightHide.SafetyLab);
        var code = reader.Concept(json, "code");
        var specimen = new SpecimenLens(entry, reader, json).Read();
        var self = new ResultRecord
        {
            Reference = reference,
            Source = ResultSource.Observation,
            Code = code,
            Status = json.StatusCode("status") ?? panel?.Status,
            Effective = When(source) ?? specimen?.Collected ?? panel?.Effective,
            Issued = reader.Instant(source, json, "issued") ?? panel?.Issued,
            Value = new ResultValueLens(json).Read(),
            Ranges = reader.Ranges(json),
            Interpretations = Interpretations(json),
            Notes = specimen is { Notes.IsEmpty: false } ? Reader.Notes(json, "comment", "comments").AddRange(specimen.Notes) : Reader.Notes(json, "comment", "comments"),
            Specimen = specimen?.Type ?? panel?.Specimen,
            Method = json.OptionalConcept("method"),
            CannotInterpret = Interpretable.WhyNot(json) ?? Focus() ?? NoCode(code),
        };
        records.Add(self);
        foreach (var component in json.Items("component"))
        {
            var part = reader.Concept(component, "code");
            records.Add(self with
            {
                Source = ResultSource.Component,
                Code = part,
                Value = new ResultValueLens(component).Read(),
                Ranges = reader.Ranges(component),
                Interpretations = Interpretations(component),
                CannotInterpret = self.CannotInterpret ?? Interpretable.Modifier(component) ?? NoCode(part),
            });
        }
        Members(self, records);
        if (self.Value is ResultValue.None && (records.Count > first + 1 || json.Has("hasMember") || json.Has("related")))
            records[first] = self with { Value = ResultValue.None.Members };
    }

    /// <summary>Members inside the resource. Those that stand as entries of their own are read as such.</summary>
    private void Members(ResultRecord self, List<ResultRecord> records)
    {
        if (panel is not null) return; // one level: members of members are entries, or point back
        foreach (var member in json.Items("hasMember"))
            if (member.Text("reference") is ['#', _, ..] inside && reader.References.TryFind(entry, inside, out var target)
                && target.Resource.CodeText("resourceType") == "Observation")
                new ObservationLens(entry, reader, target.Resource, reference + inside, self).Read(records);
    }

    /// <summary>R4 section 10.1.6: with a focus, the result is about it (a foetus, a donor), not about the subject.</summary>
    private string? Focus()
    {
        if (!json.Has("focus")) return null;
        var subject = References.TypeAndId(json.Member("subject").Text("reference")) ?? json.Member("subject").Text("reference");
        foreach (var focus in json.Items("focus"))
            if ((References.TypeAndId(focus.Text("reference")) ?? focus.Text("reference")) is not { } about || about != subject)
                return $"It is about something else than the patient ({Reader.Quoted(focus.FirstOf("display", "reference"))}).";
        return null;
    }

    private PartialDate? When(in Source source)
    {
        if (json.Member("effectivePeriod") is { ValueKind: JsonValueKind.Object } period) return reader.Period(source, period);
        return reader.StartOf(source, json, "effective");
    }

    private static string? NoCode(Concept code) => code.IsEmpty ? "It does not say what was measured." : null;

    public static ImmutableArray<ReferenceRange> ReadRanges(FhirElement member)
    {
        var ranges = ImmutableArray.CreateBuilder<ReferenceRange>(1);
        foreach (var r in new JsonItems(member))
        {
            if (r.ValueKind != JsonValueKind.Object) continue;
            var (low, high) = (r.Member("low"), r.Member("high"));
            ranges.Add(new(low.Number("value"), high.Number("value"),
                low.CommonText("unit") ?? high.CommonText("unit"), low.CodeText("code") ?? high.CodeText("code"), r.Text("text")));
        }
        return ranges.DrainToImmutable();
    }

    /// <summary>R4 has a list, STU3 a single one.</summary>
    public static ImmutableArray<string> Interpretations(FhirElement json) =>
        !json.Has("interpretation") ? [] : [.. json.ConceptList("interpretation").SelectMany(c => c.Codes.Select(x => x.Value).Append(c.Text ?? "")).Where(x => x.Length > 0).Distinct()];
}
