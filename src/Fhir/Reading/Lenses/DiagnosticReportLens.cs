using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>DiagnosticReport -> a result without a number (it was done, and what it concludes), and the results that stand inside it.</summary>
internal readonly struct DiagnosticReportLens(Entry entry, Reader reader)
{
    private FhirElement Json => entry.Resource;

    public IEnumerable<ResultRecord> Read()
    {
        var source = new Source(entry.Reference, MightHide.SafetyLab);
        var specimen = new SpecimenLens(entry, reader, Json).Read();
        var effective = Json.Member("effectivePeriod") is { ValueKind: JsonValueKind.Object } period
            ? reader.Period(source, period) : reader.StartOf(source, Json, "effective");
        var report = new ResultRecord
        {
            Reference = entry.Reference,
            Source = ResultSource.DiagnosticReport,
            Code = Json.Concept("code"),
            Status = Json.StatusCode("status"),
            Effective = effective ?? specimen?.Collected,
            Issued = reader.Instant(source, Json, "issued"),
            Value = Conclusion(),
            Notes = [.. Json.Items("presentedForm").Select(f => $"Report attached: {f.Text("title") ?? f.CodeText("contentType") ?? "without a title"}")
                .Concat(Reader.Notes(Json)).Concat(specimen?.Notes ?? [])],
            Specimen = specimen?.Type,
            CannotInterpret = Interpretable.WhyNot(Json) ?? (Json.OptionalConcept("code") is null ? "It does not say what it reports." : null),
        };
        var records = new List<ResultRecord> { report };
        var missing = new List<string>();
        foreach (var result in Json.Items("result"))
        {
            var reference = result.Text("reference");
            if (!reader.References.TryFind(entry, reference, out var target)) missing.Add(result.Text("display") ?? reference ?? "one without a reference");
            else if (reference!.TrimStart().StartsWith('#') && target.Resource.CodeText("resourceType") == "Observation")
                new ObservationLens(entry, reader, target.Resource, entry.Reference + reference.Trim(), report).Read(records);
        }
        if (missing.Count > 0)
            reader.CouldNotRead($"{entry.Reference} ({report.Code.Words})", $"Of its results {missing.Count} could not be found: {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? ", …" : "")}.", MightHide.Other);
        return records;
    }

    private ResultValue Conclusion()
    {
        if (Json.Text("conclusion") is { } words) return new ResultValue.Words(words);
        var codes = Json.ConceptList("conclusionCode").Concat(Json.ConceptList("codedDiagnosis")).ToList();
        return codes.Count switch
        {
            0 => new ResultValue.None("A report without a machine-readable value."),
            1 => new ResultValue.Coded(codes[0]),
            _ => new ResultValue.Words(string.Join("; ", codes.Select(c => c.Words))),
        };
    }
}
