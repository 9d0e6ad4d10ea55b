namespace BiopsyFhir.Domain;

/// <summary>Other pre-procedure checks (checks.json, evidence section 4).</summary>
public sealed record CheckPolicy
{
    public static CheckPolicy Read(PolicySection section) => new();
}
