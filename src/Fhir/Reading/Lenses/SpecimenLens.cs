using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>The specimen of a result: what it was, when it was taken, and what was wrong with it (haemolysed, clotted).</summary>
internal readonly struct SpecimenLens(Entry entry, Reader reader, FhirElement result)
{
    public sealed record Specimen(Concept? Type, PartialDate? Collected, ImmutableArray<string> Notes);

    public Specimen? Read()
    {
        foreach (var reference in result.Items("specimen"))
        {
            if (!reader.References.TryFind(entry, reference.Text("reference"), out var target))
            {
                if (reference.Text("display") is { } words) return new(new Concept([], words), null, []);
                continue;
            }
            var specimen = target.Resource;
            var source = new Source(new Entry(null, specimen, target.In.Where).Reference, MightHide.Other);
            var collection = specimen.Member("collection");
            var collected = reader.Date(source, collection, "collectedDateTime")
                ?? (collection.Member("collectedPeriod") is { ValueKind: JsonValueKind.Object } period ? reader.Period(source, period) : null);
            return new(specimen.OptionalConcept("type"), collected,
                [.. specimen.ConceptList("condition").Select(c => $"Specimen: {c.Words}").Concat(Reader.Notes(specimen).Select(n => $"Specimen: {n}"))]);
        }
        return null;
    }
}
