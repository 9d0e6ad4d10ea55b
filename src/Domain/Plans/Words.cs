namespace BiopsyFhir.Domain;

/// <summary>Dates as clinicians read them: with the weekday, in English.</summary>
public static class Words
{
    /// <summary>"Monday 16 March 2026".</summary>
    public static string InFull(this DateOnly date) => date.ToString("dddd d MMMM yyyy");

    /// <summary>"Mon 16 Mar".</summary>
    public static string InBrief(this DateOnly date) => date.ToString("ddd d MMM");

    /// <summary>"Monday 16 March 2026, 20:00".</summary>
    public static string InFull(this DateTimeOffset at) => at.ToString("dddd d MMMM yyyy, HH:mm");

    /// <summary>The number without trailing zeros.</summary>
    public static string Plain(this decimal value) => (value / 1.0000000000000000000000000000m).ToString();

    /// <summary>kebab-case, as on the wire: AskSpecialist gives ask-specialist.</summary>
    public static string Kebab<T>(this T value) where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? $"{(i > 0 ? "-" : "")}{char.ToLowerInvariant(c)}" : $"{c}"));
}
