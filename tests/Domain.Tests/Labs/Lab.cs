using System.Globalization;

namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>Results for unit tests, as a FHIR server would send them.</summary>
internal static class Lab
{
    public const string Ucum = "http://unitsofmeasure.org";
    private static int s_number;

    public static ResultRecord Result(string loinc, decimal amount, string? unit, string? date = "2026-03-11", string? status = "final", string? comparator = null,
        string? reference = null, string? issued = null) => new()
        {
            Reference = reference ?? $"Observation/{Interlocked.Increment(ref s_number)}",
            Source = ResultSource.Observation,
            Code = new Concept([new Code("http://loinc.org", loinc)], null),
            Status = status,
            Effective = date is null ? null : On(date),
            Issued = issued is null ? null : DateTimeOffset.Parse(issued),
            Value = new ResultValue.Quantity(amount, comparator, unit, unit, unit is null ? null : Ucum),
        };

    public static ResultRecord Words(string loinc, string text, string date = "2026-03-11") => Result(loinc, 0, null, date) with { Value = new ResultValue.Words(text) };

    public static ResultRecord Named(string name, decimal amount, string? unit, string date = "2026-03-11") =>
        Result("", amount, null, date) with { Code = new Concept([], name), Value = new ResultValue.Quantity(amount, null, unit, null, null) };

    /// <summary>A day, a month, a year, or an instant with offset.</summary>
    public static PartialDate On(string date) => date.Length switch
    {
        4 => PartialDate.Year(int.Parse(date)),
        7 => PartialDate.Month(int.Parse(date[..4]), int.Parse(date[5..])),
        10 => PartialDate.Day(DateOnly.Parse(date)),
        _ => PartialDate.Instant(DateTimeOffset.Parse(date, CultureInfo.InvariantCulture), Patients.NewYork),
    };

    public static Snapshot With(this Snapshot snapshot, params ResultRecord[] results) =>
        snapshot with { Chart = snapshot.Chart with { Results = [.. results] } };

    public static LabSheet Read(params ResultRecord[] results) => ReadLabs.From(Patients.Snapshot().With(results), Knowledge.P1);

    public static LabCatalogue Catalogue => Knowledge.P1.Catalogue.Labs;
}
