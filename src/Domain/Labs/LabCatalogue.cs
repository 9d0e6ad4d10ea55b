namespace BiopsyFhir.Domain;

/// <summary>LOINC codes and names to analytes; units and plausible ranges.</summary>
public sealed record LabCatalogue
{
    public static LabCatalogue Read(KnowledgeFiles files, Faults faults) => new();
}
