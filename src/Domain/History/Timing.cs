namespace BiopsyFhir.Domain;

/// <summary>Where an event stands against "within n months before the biopsy".</summary>
public enum Timing
{
    Outside,

    /// <summary>No date, and nothing that excludes it.</summary>
    Unknown,

    /// <summary>No date of the event, but the entry itself was made inside the window and does not speak of history: counts as inside.</summary>
    EnteredInside,

    Inside,
}

/// <summary>Evidence 2.6: the last day that the event date covers plus n calendar months, on or after D0, is inside; the same day counts.</summary>
public static class TimingOfEvents
{
    public static Timing Within(this Problem problem, int months, DateOnly d0)
    {
        if (problem.Date is { } date) return date.Last.AddMonths(months) >= d0 ? Timing.Inside : Timing.Outside;
        // The event is not later than its entry.
        if (problem.Recorded is not { } recorded) return Timing.Unknown;
        if (recorded.Last.AddMonths(months) < d0) return Timing.Outside;
        return problem.Detail("history") is null ? Timing.EnteredInside : Timing.Unknown;
    }

    public static bool CountsAsInside(this Timing timing) => timing is Timing.Inside or Timing.EnteredInside;

    /// <summary>Last day of the window; null when there is no date to count from.</summary>
    public static DateOnly? Until(this Problem problem, int months) => (problem.Date ?? problem.Recorded)?.Last.AddMonths(months);
}
