namespace BiopsyFhir.Api.Configuration;

/// <summary>What patients are given.</summary>
public sealed record EducationOptions
{
    /// <value>
    /// <c>Education:AllowUnreviewed</c>: publish patient texts that no clinician has reviewed; without it, and without a reviewed text,
    /// no handout goes out. Default: <c>false</c>; <c>true</c> in the sandbox.
    /// </value>
    public bool AllowUnreviewed { get; init; }

    /// <value><c>Education:PageUrl</c>: the site's https page for patients, printed as address and QR code. Default: none.</value>
    public string? PageUrl { get; init; }

    /// <value>
    /// <c>Education:Chromium</c>: path of the browser that prints PDF, or <c>off</c>. Default: the one on the <c>PATH</c>; without one,
    /// or as root, handouts are HTML alone.
    /// </value>
    public string? Chromium { get; init; }

    /// <value>
    /// <c>Education:Automatic</c>: the leaflet goes out when a biopsy is ordered, reminders after the plan is signed; needs a backend
    /// client. Default: <c>false</c>.
    /// </value>
    public bool Automatic { get; init; }

    /// <value>
    /// <c>Education:PollMinutes</c>: how often orders are looked for where no notification comes, 0 to 1440; 0 relies on notifications.
    /// Default: 5.
    /// </value>
    public int PollMinutes { get; init; } = 5;

    /// <value>
    /// <c>Education:SeenMinutes</c>: how often the EHR is asked whether messages to patients have been seen
    /// (<c>Communication.received</c>), 0 to 1440; 0 never asks. Default: 60.
    /// </value>
    public int SeenMinutes { get; init; } = 60;

    /// <value><c>Education:ReminderTime</c>: local time of a reminder, HH:mm. Default: <c>09:00</c>.</value>
    public TimeOnly ReminderTime { get; init; } = new(9, 0);

    /// <value><c>Education:QuietFrom</c>: from this local time on patients are not disturbed, HH:mm. Default: <c>20:00</c>.</value>
    public TimeOnly QuietFrom { get; init; } = new(20, 0);

    /// <value><c>Education:QuietUntil</c>: until this local time patients are not disturbed, HH:mm. Default: <c>08:00</c>.</value>
    public TimeOnly QuietUntil { get; init; } = new(8, 0);
}
