namespace BiopsyFhir.Api.Assessments;

/// <summary>IANA time zones by name.</summary>
public static class TimeZones
{
    /// <summary>Null when there is no such zone. A name is letters, digits and "/_+-"; anything else could name a file.</summary>
    public static TimeZoneInfo? Find(string id)
    {
        if (id.Length is 0 or > 60 || id.StartsWith('/') || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '+' or '-')) return null;
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;
    }
}
