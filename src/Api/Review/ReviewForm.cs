using System.Collections.Immutable;
using System.Globalization;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Review;

/// <summary>Form and query values of the review pages -> typed choices. Every fault at once.</summary>
public static class ReviewForm
{
    public static readonly ImmutableArray<string> SettingNames = ["procedureAt", "policy", "indication", "site", "sedation", "escort"];

    /// <summary>The settings as an assessment query; a local date-time gets the facility's offset.</summary>
    public static AssessmentQuery Query(Func<string, string?> value, PolicyShelf policies, Facility facility, DateTimeOffset now, List<ReadFault> faults) =>
        AssessmentQuery.Read(
            name => SettingNames.Contains(name) && value(name) is { Length: > 0 } text ? name == "procedureAt" ? WithOffset(text, facility.Zone) : text : null,
            policies.Current, policies.Default, facility, now, faults);

    public static ReviewQuery Settings(Func<string, string?> value) =>
        new(value("procedureAt"), value("policy"), value("indication"), value("site"), value("sedation"), value("escort"));

    /// <summary>choice:KEY, reason:KEY, last:KEY, resume:KEY of every finding that the form knows.</summary>
    public static ImmutableArray<Decision> Decisions(IFormCollection form, List<(string Where, string What)> faults)
    {
        var decisions = ImmutableArray.CreateBuilder<Decision>();
        foreach (var name in form.Keys.Where(k => k.StartsWith("choice:", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var key = name["choice:".Length..];
            if (!Enum.TryParse<Choice>(form[name], ignoreCase: true, out var choice) || !Enum.IsDefined(choice)) faults.Add((key, "is neither accept, change nor dismiss"));
            else
                decisions.Add(choice == Choice.Change
                    ? new(key, choice, Text(form, $"reason:{key}"), Day(form, $"last:{key}", key, faults), Day(form, $"resume:{key}", key, faults))
                    : new(key, choice, Text(form, $"reason:{key}")));
        }
        return decisions.ToImmutable();
    }

    /// <summary>What the signing form sends again, so that what is signed is what was shown.</summary>
    public static IReadOnlyList<(string Name, string Value)> Carried(IFormCollection form) =>
        [.. form.Where(f => f.Key != "token").SelectMany(f => f.Value.OfType<string>().Where(v => v.Length > 0).Select(v => (f.Key, v)))];

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static DateOnly? Day(IFormCollection form, string name, string key, List<(string, string)> faults)
    {
        if (Text(form, name) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        faults.Add((key, "a date is expected as YYYY-MM-DD"));
        return null;
    }

    private static string WithOffset(string text, TimeZoneInfo zone) =>
        DateTime.TryParseExact(text, ["yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            ? new DateTimeOffset(local, zone.GetUtcOffset(local)).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture)
            : text;
}
