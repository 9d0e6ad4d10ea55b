using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Education;

/// <summary>The patient texts that shipped with the service, read once; a bad file refuses the start.</summary>
public sealed class HandoutShelf
{
    private readonly HandoutTexts _texts;
    private readonly Facility _facility;
    private readonly bool _allowUnreviewed;
    private readonly string? _pageUrl;

    /// <param name="settings">The site's switch for unreviewed texts, and its page for patients.</param>
    /// <exception cref="PolicyFaultsException">Every fault of the text files.</exception>
    public HandoutShelf(PolicyShelf policies, Facility facility, EducationOptions settings)
    {
        var faults = new Faults();
        _texts = HandoutTexts.Read(Knowledge.Read(null), faults, policies.Default.Citations.Keys.ToHashSet());
        if (faults.All.Count > 0) throw new PolicyFaultsException(faults.All);
        (_facility, _allowUnreviewed, _pageUrl) = (facility, settings.AllowUnreviewed, settings.PageUrl);
    }

    public HandoutTexts Texts => _texts;

    public IEnumerable<(string Language, string Name)> Languages => _texts.ByLanguage.Values.Select(t => (t.Language, t.Name));

    public HandoutResult For(SignedPlan plan, string language) => WriteHandout.From(plan, _texts, language, _facility, _allowUnreviewed, _pageUrl);

    /// <summary>The general leaflet, without any date.</summary>
    public HandoutResult Leaflet(string language, bool child) => WriteHandout.From(null, _texts, language, _facility, _allowUnreviewed, _pageUrl, child);
}
