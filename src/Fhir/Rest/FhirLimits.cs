namespace BiopsyFhir.Fhir.Rest;

/// <summary>What one answer, and one search over all its pages, may cost.</summary>
public sealed record FhirLimits
{
    /// <summary>Bytes of one body after decompression; 20 MiB.</summary>
    public int BodyBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Pages of one search; 50.</summary>
    public int Pages { get; init; } = 50;

    /// <summary>Bytes of all pages of one search; 64 MiB.</summary>
    public int SearchBytes { get; init; } = 64 * 1024 * 1024;
}
