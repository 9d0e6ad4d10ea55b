namespace BiopsyFhir.Api.Configuration;

/// <summary>What patients are given.</summary>
public sealed record EducationOptions
{
    /// <value><c>Education:AllowUnreviewed</c>: publish texts that no clinician has reviewed. Default: <c>false</c>; <c>true</c> in the sandbox.</value>
    public bool AllowUnreviewed { get; init; }

    /// <value><c>Education:PageUrl</c>: the site's own page for patients, printed as a QR code. Default: none.</value>
    public string? PageUrl { get; init; }

    /// <value><c>Education:Chromium</c>: path of the browser that prints the PDF, or <c>off</c>. Default: the one on the PATH, if any.</value>
    public string? Chromium { get; init; }

    /// <value><c>Education:Automatic</c>: send the leaflet when a biopsy is ordered, and reminders after the plan is signed. Default: <c>false</c>.</value>
    public bool Automatic { get; init; }

    /// <value><c>Education:PollMinutes</c>: how often orders are looked for where no notification says so; 0 relies on notifications. Default: 5.</value>
    public int PollMinutes { get; init; } = 5;

    /// <value><c>Education:SeenMinutes</c>: how often the EHR is asked whether messages have been seen; 0 never asks. Default: 60.</value>
    public int SeenMinutes { get; init; } = 60;

    /// <value><c>Education:ReminderTime</c>: local time of day of a reminder. Default: 09:00.</value>
    public TimeOnly ReminderTime { get; init; } = new(9, 0);

    /// <value><c>Education:QuietFrom</c>: from then on patients are not disturbed. Default: 20:00.</value>
    public TimeOnly QuietFrom { get; init; } = new(20, 0);

    /// <value><c>Education:QuietUntil</c>. Default: 08:00.</value>
    public TimeOnly QuietUntil { get; init; } = new(8, 0);
}
