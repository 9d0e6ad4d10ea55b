using System.Globalization;
using System.Text;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary>The query of an assessment (contract section 2), validated: every fault at once.</summary>
public sealed record AssessmentQuery
{
    public static readonly IReadOnlyList<string> Names =
        ["procedureAt", "asOf", "policy", "indication", "site", "sedation", "escort", "elevationMeters", "timeZone"];

    public required BiopsyRequest Biopsy { get; init; }
    public required PartialDate AsOf { get; init; }
    public required Policy Policy { get; init; }
    public required Facility Facility { get; init; }

    /// <summary>Everything beside the body that the answer depends on, in one way of writing.</summary>
    public string Canonical => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $"procedureAt={Stamp(Biopsy.ProcedureAt)};asOf={Stamp(AsOf)};policy={Policy.Id};")
        .Append(CultureInfo.InvariantCulture, $"indication={Biopsy.Indication};site={Biopsy.Site};sedation={Biopsy.Sedation};escort={Biopsy.Escort};")
        .Append(CultureInfo.InvariantCulture, $"elevationMeters={Facility.ElevationMeters:0.######};timeZone={Facility.Zone.Id};defaultStart={Facility.DefaultStart:HH:mm};")
        .Append(CultureInfo.InvariantCulture, $"phones={Facility.ProcedureUnitPhone};{Facility.AfterHoursPhone}")
        .ToString();

    /// <param name="value">The only value of a name, or null; a name given twice is a fault by itself.</param>
    /// <param name="faults">Takes every fault.</param>
    public static AssessmentQuery Read(Func<string, string?> value, PolicySet policies, Policy defaultPolicy, Facility facility, DateTimeOffset now, List<ReadFault> faults)
    {
        var zone = value("timeZone") is { } id ? Zone(id, faults) ?? facility.Zone : facility.Zone;
        var asOf = value("asOf") is { } asked ? Date("asOf", asked, zone, offsetNeeded: false, faults) : PartialDate.Instant(now, zone);
        var procedureAt = value("procedureAt") is { } planned ? Date("procedureAt", planned, zone, offsetNeeded: true, faults) : null;
        if (procedureAt is { } d0 && asOf is { } today && d0.First < today.Last)
            faults.Add(new("query procedureAt", $"{d0} is before {(value("asOf") is null ? "today" : "asOf")} ({today})."));
        return new()
        {
            Biopsy = new()
            {
                ProcedureAt = procedureAt,
                Indication = OneOf("indication", value("indication"), Indications.All, faults),
                Site = OneOf("site", value("site"), BiopsySettings.Sites, faults),
                Sedation = OneOf("sedation", value("sedation"), BiopsySettings.Sedations, faults) ?? "none",
                Escort = OneOf("escort", value("escort"), BiopsySettings.Escorts, faults) ?? "unknown",
            },
            AsOf = asOf ?? PartialDate.Instant(now, zone),
            Policy = OneOf("policy", value("policy"), [.. policies.ById.Keys], faults) is { } wanted && policies.ById.TryGetValue(wanted, out var policy) ? policy : defaultPolicy,
            Facility = facility with { Zone = zone, ElevationMeters = value("elevationMeters") is { } metres ? Elevation(metres, faults) ?? facility.ElevationMeters : facility.ElevationMeters },
        };
    }

    private static PartialDate? Date(string name, string text, TimeZoneInfo zone, bool offsetNeeded, List<ReadFault> faults)
    {
        // In a query an unescaped '+' arrives as a blank.
        var stated = text.Length > 11 && text.LastIndexOf(' ') > 10 ? text[..text.LastIndexOf(' ')] + "+" + text[(text.LastIndexOf(' ') + 1)..] : text;
        var date = stated.Length >= 10 ? FhirDates.Read(stated, zone) : null;
        var hasOffset = stated.Length <= 10 || stated.EndsWith('Z') || stated.EndsWith('z') || stated.LastIndexOfAny(['+', '-']) > 10;
        if (date is null) faults.Add(new($"query {name}", $"'{Excerpt(text)}' is not a day (YYYY-MM-DD) or a date-time{(offsetNeeded ? " with offset" : "")}."));
        else if (offsetNeeded && !hasOffset) faults.Add(new($"query {name}", $"'{Excerpt(text)}' lacks its offset (…T08:00:00-05:00 or Z)."));
        return date;
    }

    private static string? OneOf(string name, string? text, IReadOnlyList<string> allowed, List<ReadFault> faults)
    {
        if (text is null || allowed.Contains(text)) return text;
        faults.Add(new($"query {name}", $"'{Excerpt(text)}' is none of {string.Join(", ", allowed)}."));
        return null;
    }

    private static TimeZoneInfo? Zone(string id, List<ReadFault> faults)
    {
        if (TimeZones.Find(id) is { } zone) return zone;
        faults.Add(new("query timeZone", $"'{Excerpt(id)}' is no IANA time zone that is known here."));
        return null;
    }

    private static decimal? Elevation(string text, List<ReadFault> faults)
    {
        // From below the Dead Sea's shore to above the highest hospital.
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var metres) && metres is >= -500 and <= 6000) return metres;
        faults.Add(new("query elevationMeters", $"'{Excerpt(text)}' is no number of metres from -500 to 6000."));
        return null;
    }

    private static string Stamp(PartialDate? date) => date is not { } d ? "" : d.At is { } at ? at.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture) : d.ToString();

    /// <summary>What was sent, for a message: one line, not long.</summary>
    public static string Excerpt(string text)
    {
        var line = string.Concat(text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)));
        return line.Length <= 60 ? line : line[..60] + "…";
    }
}
