namespace BiopsyFhir.Domain.Tests;

/// <summary>Invented patients for unit tests: a plain one, to be changed by `with`.</summary>
internal static class Patients
{
    public static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>A woman of 66, biopsy on Wednesday 18 March 2026 at 08:00 (assumed), asked on 11 March.</summary>
    public static Snapshot Snapshot(Chart? chart = null, string site = "posterior-iliac-crest", string sedation = "none", string escort = "unknown",
        string indication = "other", string d0 = "2026-03-18", string asOf = "2026-03-11", Sex sex = Sex.Female, string birth = "1959-06-01")
    {
        var day = DateOnly.Parse(d0);
        var at = new DateTime(day, new TimeOnly(8, 0));
        return new Snapshot
        {
            Chart = (chart ?? Chart()) with { Person = new Person("Patient/1", PartialDate.Day(DateOnly.Parse(birth)), sex) },
            Biopsy = new Biopsy(day, new DateTimeOffset(at, NewYork.GetUtcOffset(at)), true, site, indication, null, sedation, escort, "ServiceRequest/1"),
            AsOf = PartialDate.Day(DateOnly.Parse(asOf)),
            Facility = new Facility(NewYork, 0, new TimeOnly(8, 0), "555-0100", "555-0101"),
        };
    }

    public static Chart Chart() => new() { Person = new Person("Patient/1", null, Sex.Unknown) };

    public static AllergyRecord Allergy(string text, params Code[] codes) =>
        new() { Reference = "AllergyIntolerance/1", Code = new Concept([.. codes], text), ClinicalStatus = "active", VerificationStatus = "confirmed" };

    public static ConditionRecord Condition(string text, params Code[] codes) =>
        new() { Reference = "Condition/1", Code = new Concept([.. codes], text), ClinicalStatus = "active", VerificationStatus = "confirmed" };
}
