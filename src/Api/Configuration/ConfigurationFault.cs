namespace BiopsyFhir.Api.Configuration;

/// <summary>One fault in the configuration: the key as an operator writes it, and what is wrong with it.</summary>
public sealed record ConfigurationFault(string Key, string Problem);
