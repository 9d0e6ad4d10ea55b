namespace BiopsyFhir.Domain;

/// <summary>Codes and words to the problems that rules ask about.</summary>
public sealed record ProblemCatalogue
{
    public static ProblemCatalogue Read(KnowledgeFiles files, Faults faults) => new();
}
