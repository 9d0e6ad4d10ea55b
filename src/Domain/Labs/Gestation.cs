using System.Globalization;

namespace BiopsyFhir.Domain;

/// <summary>Days of gestation on a day, from the newest recorded gestational age, else the expected date of delivery, else the problem list (weeks on D0).</summary>
public static class Gestation
{
    private const int Term = 280;

    /// <summary>Beyond three weeks over term the pregnancy is over, whatever the record still says.</summary>
    private const int Longest = Term + 21;

    public static int? DaysOn(DateOnly day, LabSheet labs, PatientHistory history, DateOnly d0)
    {
        if (labs.Of("gestational-age").FirstOrDefault() is { } age && Possible(Days(age.Amount) + day.DayNumber - age.Date.DayNumber) is { } measured) return measured;
        if (labs.Of("estimated-delivery-date").FirstOrDefault() is { Text: { Length: >= 10 } text }
            && DateOnly.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var due)
            && Possible(Term - (due.DayNumber - day.DayNumber)) is { } expected) return expected;
        foreach (var pregnancy in history.Of("pregnancy"))
            if (pregnancy.Active && int.TryParse(pregnancy.Detail("weeks"), out var weeks) && Possible(weeks * 7 + day.DayNumber - d0.DayNumber) is { } recorded) return recorded;
        return null;
    }

    /// <summary>Whole days of a number of weeks; a number of days that came as weeks (141/7) is not one day less.</summary>
    public static int Days(decimal weeks) => (int)Math.Floor(Math.Round(weeks * 7, 6));

    private static int? Possible(int days) => days is >= 0 and <= Longest ? days : null;
}
