namespace BiopsyFhir.Domain;

/// <summary>Codes and names to ingredients.</summary>
public sealed record DrugCatalogue
{
    public static DrugCatalogue Read(KnowledgeFiles files, Faults faults) => new();
}
