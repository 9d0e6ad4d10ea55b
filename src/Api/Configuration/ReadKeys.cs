using System.Globalization;

namespace BiopsyFhir.Api.Configuration;

/// <summary>
/// Reads configuration keys and keeps every fault instead of stopping at the first, so that an operator mends all in one go.
/// Remembers what was asked for: a key nobody asked for is a misspelling, and a misspelt safety setting is a fault too.
/// </summary>
public sealed class ReadKeys(IConfiguration configuration)
{
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> lists = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ConfigurationFault> faults = [];

    /// <summary>Every key that was asked for, set or not.</summary>
    public IReadOnlyCollection<string> Known => known;

    /// <summary>Every list whose entries were asked for: <c>Ehrs</c>, <c>Ehrs:0:Quirks</c>.</summary>
    public IReadOnlyCollection<string> Lists => lists;

    public IReadOnlyList<ConfigurationFault> Faults => faults;

    public void Fault(string key, string problem) => faults.Add(new(key, problem));

    /// <returns>The trimmed value; null when absent or blank.</returns>
    public string? Text(string key)
    {
        known.Add(key);
        return configuration[key] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }

    public string? Required(string key, string why)
    {
        var value = Text(key);
        if (value is null) Fault(key, why);
        return value;
    }

    public bool Flag(string key, bool otherwise)
    {
        if (Text(key) is not { } text) return otherwise;
        if (bool.TryParse(text, out var flag)) return flag;
        Fault(key, "must be true or false");
        return otherwise;
    }

    public decimal Number(string key, decimal otherwise, decimal least, decimal most)
    {
        if (Text(key) is not { } text) return otherwise;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most) return number;
        Fault(key, $"must be a number from {least} to {most}");
        return otherwise;
    }

    public int Whole(string key, int otherwise, int least, int most)
    {
        var number = Number(key, otherwise, least, most);
        if (number == decimal.Truncate(number)) return (int)number;
        Fault(key, "must be a whole number");
        return otherwise;
    }

    public T Choice<T>(string key, T otherwise, params (string Word, T Value)[] choices)
    {
        if (Text(key) is not { } text) return otherwise;
        foreach (var (word, value) in choices)
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase)) return value;
        Fault(key, $"must be one of {string.Join(", ", choices.Select(c => c.Word))}");
        return otherwise;
    }

    /// <summary>The values of <c>key:0</c>, <c>key:1</c> …; blank entries are skipped.</summary>
    public IReadOnlyList<string> List(string key) => [.. Children(key).Select(Text).OfType<string>()];

    /// <summary>The full keys of the entries under a list, in order.</summary>
    public IReadOnlyList<string> Children(string key)
    {
        lists.Add(key);
        return [.. configuration.GetSection(key).GetChildren().Select(c => c.Path)];
    }

    /// <summary>Reports every key under a section that no reader asked for.</summary>
    public void RefuseUnknown(params string[] sections)
    {
        foreach (var section in sections)
            foreach (var (path, value) in configuration.GetSection(section).AsEnumerable())
                if (!string.IsNullOrWhiteSpace(value) && path.Contains(':') && !known.Contains(path))
                    Fault(path, "is not a setting of this service; see the list in the documentation for its spelling");
    }
}
