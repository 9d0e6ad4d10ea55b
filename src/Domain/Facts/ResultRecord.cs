using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

public enum ResultSource { Observation, Component, DiagnosticReport }

/// <summary>One result as received: an Observation, one of its components, or a DiagnosticReport without machine-readable values.</summary>
public sealed record ResultRecord
{
    public required string Reference { get; init; }
    public required ResultSource Source { get; init; }
    public required Concept Code { get; init; }
    public string? Status { get; init; }

    /// <summary>When the specimen was taken or the finding made. Null when not recorded: such a value is never "current".</summary>
    public PartialDate? Effective { get; init; }
    public DateTimeOffset? Issued { get; init; }
    public required ResultValue Value { get; init; }
    public ImmutableArray<ReferenceRange> Ranges { get; init; } = [];

    /// <summary>Interpretation codes such as H, L, A.</summary>
    public ImmutableArray<string> Interpretations { get; init; } = [];
    public ImmutableArray<string> Notes { get; init; } = [];
    public Concept? Specimen { get; init; }
    public Concept? Method { get; init; }

    /// <summary>Set when the entry is there but must not be interpreted.</summary>
    public string? CannotInterpret { get; init; }
}

/// <summary>A closed set: what a result carries.</summary>
public abstract record ResultValue
{
    /// <param name="Amount">The number as sent.</param>
    /// <param name="Comparator">&lt;, &lt;=, &gt;=, &gt; or null.</param>
    /// <param name="Unit">Unit text as sent.</param>
    /// <param name="UnitCode">Unit code as sent.</param>
    /// <param name="UnitSystem">System of the code; UCUM is http://unitsofmeasure.org.</param>
    public sealed record Quantity(decimal Amount, string? Comparator, string? Unit, string? UnitCode, string? UnitSystem) : ResultValue;

    public sealed record Words(string Text) : ResultValue;

    public sealed record Coded(Concept Concept) : ResultValue;

    /// <summary>No value: data absent reason, or a value type that the rules do not read (said in <paramref name="Why"/>).</summary>
    public sealed record None(string Why) : ResultValue
    {
        /// <summary>A panel entry: nothing is missing, the values are its members' or components'.</summary>
        public static readonly None Members = new("A panel: its members carry the values.");
    }
}

public sealed record ReferenceRange(decimal? Low, decimal? High, string? Unit, string? UnitCode, string? Text);
