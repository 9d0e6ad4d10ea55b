using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Configuration;

/// <summary>The options of a command: <c>--name value</c> or <c>--name=value</c>, each once.</summary>
public static class CommandOptions
{
    /// <param name="from">Place of the first option.</param>
    /// <param name="known">Names as the answer has them: <c>procedureAt</c> for <c>--procedure-at</c>.</param>
    /// <param name="faults">Takes every fault.</param>
    public static Dictionary<string, string> Read(string[] args, int from, IReadOnlyCollection<string> known, List<ReadFault> faults)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = from; i < args.Length; i++)
        {
            var (name, inline) = args[i].Split('=', 2) is [var n, var v] ? (n, v) : (args[i], null);
            var key = string.Concat(name.TrimStart('-').Split('-').Select((part, at) => at == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));
            if (!name.StartsWith("--", StringComparison.Ordinal) || !known.Contains(key)) faults.Add(new(args[i], "is not known."));
            else if ((inline ?? (i + 1 < args.Length ? args[++i] : null)) is not { } value) faults.Add(new(name, "lacks its value."));
            else if (!options.TryAdd(key, value)) faults.Add(new(name, "is there twice."));
        }
        return options;
    }

    /// <summary>What follows the command and is neither a setting (<c>--Key=value</c>, <c>--Key value</c>) nor one of the flags, which have no value.</summary>
    public static List<string> Words(string[] args, params ReadOnlySpan<string> flags)
    {
        var words = new List<string>();
        for (var i = 1; i < args.Length; i++)
            if (!args[i].StartsWith('-')) words.Add(args[i]);
            else if (!flags.Contains(args[i]) && !args[i].Contains('=')) i++;
        return words;
    }
}
