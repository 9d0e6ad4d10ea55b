using System.Globalization;
using System.Runtime.InteropServices;

namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>docs/performance.md: each table stands between <c>&lt;!-- begin NAME --&gt;</c> and <c>&lt;!-- end NAME --&gt;</c>; the words around them are people's.</summary>
internal static class Record
{
    public static void Table(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(Root(), "docs", "performance.md");
        var page = File.ReadAllText(path);
        var (begin, end) = ($"<!-- begin {name} -->\n", $"<!-- end {name} -->");
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal), page.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 || to < from) throw new InvalidDataException($"{path} has no place for '{name}'.");
        File.WriteAllText(path, page[..(from + begin.Length)] + string.Join('\n', lines) + "\n" + page[to..]);
    }

    /// <summary>What the numbers depend on beside the code.</summary>
    public static string Machine() => string.Create(CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}.");

    private static string Processor()
    {
        const string list = "/proc/cpuinfo";
        var model = File.Exists(list) ? File.ReadLines(list).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?.Split(':', 2)[1].Trim() ?? "Processor not named";
    }

    internal static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "BiopsyFhir.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("The repository was not found above the program.");
    }
}
