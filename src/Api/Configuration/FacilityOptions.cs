namespace BiopsyFhir.Api.Configuration;

/// <summary>The procedure unit: its clock, its height, the numbers that patients call.</summary>
public sealed record FacilityOptions
{
    /// <value>
    /// <c>Facility:TimeZone</c>: IANA name; dates on handouts are the facility's. Default: <c>UTC</c> in Development and in the
    /// sandbox; required elsewhere.
    /// </value>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <value><c>Facility:ElevationMeters</c>: metres above sea level, -500 to 6000. Default: 0.</value>
    public decimal ElevationMeters { get; init; }

    /// <value><c>Facility:ProcedureUnitPhone</c>: printed for patients. Default: none; fictitious in the sandbox.</value>
    public string? ProcedureUnitPhone { get; init; }

    /// <value><c>Facility:AfterHoursPhone</c>: printed for patients. Default: none; fictitious in the sandbox.</value>
    public string? AfterHoursPhone { get; init; }

    /// <value><c>Facility:DefaultStart</c>: the time assumed for a procedure of which only the date is known, HH:mm. Default: <c>08:00</c>.</value>
    public TimeOnly DefaultStart { get; init; } = new(8, 0);
}
