namespace BiopsyFhir.Domain;

/// <summary>Thromboembolic risk, stents and bridging (thrombosis.json, evidence 2.5 to 2.7).</summary>
public sealed record ThrombosisPolicy
{
    public static ThrombosisPolicy Read(PolicySection section) => new();
}
