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
}
