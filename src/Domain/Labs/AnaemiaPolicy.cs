namespace BiopsyFhir.Domain;

/// <summary>Haemoglobin cut-offs and adjustments (anaemia.json, evidence 3.1).</summary>
public sealed record AnaemiaPolicy
{
    public static AnaemiaPolicy Read(PolicySection section) => new();
}
