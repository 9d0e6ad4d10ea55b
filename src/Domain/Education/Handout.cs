using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Phone numbers of the facility, for the patient's text.</summary>
/// <param name="PageUrl">The site's own page for patients, printed as a QR code when configured.</param>
public sealed record HandoutFacility(string ProcedureUnitPhone, string AfterHoursPhone, string? PageUrl = null);

/// <summary>A handout ready to be laid out: the personal part (only from a signed plan) and the sections that apply.</summary>
public sealed record Handout
{
    public required HandoutText Text { get; init; }

    /// <summary>"Your dates": sentences with the signed dates; empty in the general leaflet.</summary>
    public required ImmutableArray<string> Personal { get; init; }
    public required ImmutableArray<string> Tests { get; init; }
    public required ImmutableArray<HandoutSection> Sections { get; init; }
    public required HandoutFacility Facility { get; init; }

    /// <summary>Said at the top when the wanted language is not to be had: English plus this line.</summary>
    public string? InterpreterLine { get; init; }
    public DateOnly? BiopsyDate { get; init; }
}

/// <summary>The handout, or why it cannot be published.</summary>
public abstract record HandoutResult
{
    public sealed record Ready(Handout Handout) : HandoutResult;
    public sealed record Refused(ImmutableArray<string> Why) : HandoutResult;
}
