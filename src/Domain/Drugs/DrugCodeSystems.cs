namespace BiopsyFhir.Domain;

/// <summary>Code systems of medicines by the names under which they are met.</summary>
public static class DrugCodeSystems
{
    /// <summary>National editions of ATC share the WHO codes; OIDs are those of the HL7 registry.</summary>
    public static RecognisedBy? Of(string system) => system.TrimEnd('/') switch
    {
        "http://www.nlm.nih.gov/research/umls/rxnorm" or "urn:oid:2.16.840.1.113883.6.88" => RecognisedBy.Rxnorm,
        "http://www.whocc.no/atc" or "urn:oid:2.16.840.1.113883.6.73"
            or "http://fhir.de/CodeSystem/bfarm/atc" or "http://fhir.de/CodeSystem/dimdi/atc" => RecognisedBy.Atc,
        "http://snomed.info/sct" or "urn:oid:2.16.840.1.113883.6.96" => RecognisedBy.Snomed,
        "http://hl7.org/fhir/sid/ndc" or "urn:oid:2.16.840.1.113883.6.69" => RecognisedBy.Ndc,
        var s when s.StartsWith("http://snomed.info/sct/", StringComparison.Ordinal) => RecognisedBy.Snomed,
        _ => null,
    };
}
