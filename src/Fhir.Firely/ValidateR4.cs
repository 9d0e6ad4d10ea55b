using System.Text;
using Firely.Fhir.Validation;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Specification.Source;
using Hl7.Fhir.Specification.Terminology;

namespace BiopsyFhir.Fhir.Firely;

/// <summary>
/// Is this R4? Asked of the SDK in both of its voices: its strict parser (types, cardinalities, unknown elements, narrative), and its
/// profile validator over HL7's own definitions (invariants, bindings, slices), with further profiles from a folder.
/// </summary>
public sealed class ValidateR4
{
    private static readonly FhirJsonDeserializer s_strict = new(new DeserializerSettings().UsingMode(DeserializationMode.Strict));
    private readonly Validator _validator;
    private readonly IReadOnlyList<string> _claims;

    /// <param name="specification">HL7's <c>specification.zip</c>; the package brings it beside the program.</param>
    /// <param name="profiles">A folder with StructureDefinitions as JSON, for example US Core's; null for none.</param>
    /// <param name="claims">Canonicals of those whose definitions are there with all that they rest on; other claims of a resource are not looked at.</param>
    public ValidateR4(string? specification = null, string? profiles = null, params IReadOnlyList<string> claims)
    {
        List<IAsyncResourceResolver> sources = [new ZipSource(specification ?? Path.Combine(AppContext.BaseDirectory, "specification.zip"))];
        if (profiles is not null) sources.Add(new DirectorySource(profiles, new DirectorySourceSettings { Masks = ["us-core-*StructureDefinition*.json"] }));
        var source = new CachedResolver(new SnapshotSource(new MultiResolver(sources)));
        _claims = claims;
        _validator = new(source, new LocalTerminologyService(source));
    }

    /// <param name="json">One resource.</param>
    /// <returns>Every error, with where it is; empty when there is none. Warnings and hints are not errors.</returns>
    public IReadOnlyList<string> FaultsOf(ReadOnlySpan<byte> json)
    {
        if (!s_strict.TryDeserializeResource(Encoding.UTF8.GetString(json), out var resource, out var issues))
            return [.. issues.Select(issue => issue.Message)];
        resource!.Meta?.ProfileElement.RemoveAll(claimed => !_claims.Contains(claimed.JsonValue as string ?? ""));
        if (resource.Meta is { } meta && !meta.EnumerateElements().Any()) resource.Meta = null; // an empty element would be a fault of ours, not of the resource
        return [.. _validator.Validate(resource).Issue
            .Where(issue => issue.Severity is OperationOutcome.IssueSeverity.Error or OperationOutcome.IssueSeverity.Fatal)
            // R4 writes ref-1 so that it is neither true nor false of a reference that is only words or an identifier, which R4 allows; R5 mended it.
            .Where(issue => issue.Details?.Text?.Contains("constraint ref-1", StringComparison.Ordinal) is not true)
            .Select(issue => $"{string.Join(", ", issue.Expression)}: {issue.Details?.Text ?? issue.Diagnostics}")];
    }
}
