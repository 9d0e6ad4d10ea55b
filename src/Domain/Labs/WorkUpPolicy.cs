namespace BiopsyFhir.Domain;

/// <summary>Tests of the anaemia work-up, their windows and when each is asked for (work-up.json, evidence 3.2 to 3.5).</summary>
public sealed record WorkUpPolicy
{
    public static WorkUpPolicy Read(PolicySection section, LabCatalogue labs) => new();
}
