namespace BiopsyFhir.Domain;

/// <summary>Thresholds and windows of the safety labs (labs.json, evidence 1.5 and 2.2).</summary>
public sealed record LabPolicy
{
    public static LabPolicy Read(PolicySection section, LabCatalogue labs) => new();
}
