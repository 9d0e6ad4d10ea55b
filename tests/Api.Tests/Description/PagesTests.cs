using System.Text.RegularExpressions;

namespace BiopsyFhir.Api.Tests.Description;

/// <summary>What the pages point to is there: files, headings, commands, test classes. Keys of the configuration: <c>ConfigurationReferenceTests</c>.</summary>
public sealed partial class PagesTests
{
    private static readonly string s_root = Hosting.Repository.Root;

    private static IEnumerable<string> Pages => new[] { s_root }.Concat(new[] { "docs", "deploy", "src", "tests" }.Select(f => Path.Combine(s_root, f)))
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", folder == s_root ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
        .Where(page => !page.Contains("/node_modules/", StringComparison.Ordinal) && !page.Contains("/bin/", StringComparison.Ordinal) && !page.Contains("/obj/", StringComparison.Ordinal));

    [Fact]
    public void Every_link_leads_to_a_file_or_a_heading_that_is_there()
    {
        var broken = new List<string>();
        foreach (var page in Pages)
            foreach (Match link in Link().Matches(Fences().Replace(File.ReadAllText(page), "")))
            {
                var (path, anchor) = link.Groups[1].Value.Split('#', 2) is [var p, var a] ? (p, a) : (link.Groups[1].Value, null);
                if (path.Contains("://", StringComparison.Ordinal) || path.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                var target = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(path)));
                if (!Path.Exists(target)) broken.Add($"{Name(page)}: {link.Groups[1].Value}");
                else if (anchor is not null && target.EndsWith(".md", StringComparison.Ordinal) && !Headings(target).Contains(anchor)) broken.Add($"{Name(page)}: no heading {link.Groups[1].Value}");
            }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Every_command_and_test_class_that_a_page_names_is_there()
    {
        var commands = Directory.EnumerateFiles(Path.Combine(s_root, "src/Api"), "*Command.cs", SearchOption.AllDirectories).SelectMany(f => Asked().Matches(File.ReadAllText(f)).SelectMany(m => m.Groups[1].Value.Split('"').Where((_, i) => i % 2 == 1))).ToHashSet(StringComparer.Ordinal);
        var classes = Directory.EnumerateFiles(Path.Combine(s_root, "tests"), "*.cs", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)!).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(commands);
        var unknown = new List<string>();
        foreach (var page in Pages.Where(p => Path.GetFileName(p) != "CHANGELOG.md"))
        {
            var text = File.ReadAllText(page);
            unknown.AddRange(Script().Matches(text).Select(m => m.Groups[1].Value).Where(s => !Path.Exists(Path.Combine(s_root, "tests", s))).Select(s => $"{Name(page)}: tests/{s}"));
            unknown.AddRange(Command().Matches(text).Select(m => m.Groups[1].Value).Where(c => !commands.Contains(c)).Select(c => $"{Name(page)}: the command {c}"));
            unknown.AddRange(TestClass().Matches(text).Select(m => m.Groups[1].Value).Where(c => !classes.Contains(c)).Select(c => $"{Name(page)}: the tests {c}"));
        }
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    private static string Name(string page) => Path.GetRelativePath(s_root, page);

    /// <summary>As GitHub makes anchors: lower case, letters, digits, hyphens; blanks become hyphens.</summary>
    private static HashSet<string> Headings(string page) => [.. Heading().Matches(File.ReadAllText(page))
        .Select(m => NoLink().Replace(m.Groups[1].Value.Trim(), "$1").ToLowerInvariant())
        .Select(h => string.Concat(h.Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'))];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]*\)")]
    private static partial Regex NoLink();

    [GeneratedRegex(@"IsAsked\(string\[\] args\) => args is \[([^\]]+)\]")]
    private static partial Regex Asked();

    [GeneratedRegex(@"[`\s(]tests/([a-z]+)(?=[`\s,.;)]|$)", RegexOptions.Multiline)]
    private static partial Regex Script();

    [GeneratedRegex(@"--project src/Api -- ([a-z-]+)")]
    private static partial Regex Command();

    [GeneratedRegex(@"`([A-Z][A-Za-z]+Tests)`")]
    private static partial Regex TestClass();
}
