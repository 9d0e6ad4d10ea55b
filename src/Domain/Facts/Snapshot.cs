using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Everything an assessment may read, including the biopsy, the as-of time and the facility's settings.</summary>
public sealed record Snapshot
{
    public required Chart Chart { get; init; }
    public required Biopsy Biopsy { get; init; }

    /// <summary>The local day on which the question is asked, and the instant where one was given.</summary>
    public required PartialDate AsOf { get; init; }
    public required Facility Facility { get; init; }
}

/// <param name="Zone">All dates are this zone's calendar dates.</param>
/// <param name="ElevationMeters">Stands in for the patient's residence (evidence 3.1).</param>
/// <param name="DefaultStart">Earliest usual slot, used where no start time is known.</param>
/// <param name="ProcedureUnitPhone">Printed for patients; null raises G-CALL.</param>
/// <param name="AfterHoursPhone">Printed for patients; null raises G-CALL.</param>
public sealed record Facility(TimeZoneInfo Zone, decimal ElevationMeters, TimeOnly DefaultStart,
    string? ProcedureUnitPhone = null, string? AfterHoursPhone = null);

/// <summary>The biopsy that is to be made ready for. Found by <c>FindBiopsy</c> from the request and the orders.</summary>
/// <param name="Date">D0, the facility's local date.</param>
/// <param name="At">Start; the facility's default start on D0 when <paramref name="TimeAssumed"/>.</param>
/// <param name="Site">posterior-iliac-crest, anterior-iliac-crest, sternum, tibia.</param>
/// <param name="Indication">One of the keys of contract section 2.</param>
/// <param name="IndicationText">The reason as the order words it, when there is one.</param>
/// <param name="Sedation">none, procedural, general.</param>
/// <param name="Escort">yes, no, unknown.</param>
/// <param name="Order">Reference of the order or appointment that decided, if any.</param>
/// <param name="AspirateOnly">True when the order says aspiration and no core biopsy.</param>
public sealed record Biopsy(DateOnly Date, DateTimeOffset At, bool TimeAssumed, string Site, string Indication,
    string? IndicationText, string Sedation, string Escort, string? Order, bool AspirateOnly = false)
{
    /// <summary>What was assumed or contradicts: a reason that was not understood, an appointment on another day.</summary>
    public ImmutableArray<NotJudged> NotJudged { get; init; } = [];
}
