using System.Reflection;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>The CDS Hooks checklist has 70 rows; a row that no test names must have a line in docs/interop.md that says why.</summary>
public sealed partial class ChecklistTests
{
    [Fact]
    public void Every_row_of_the_checklist_is_named_by_a_test_or_has_a_line_in_the_documentation()
    {
        var named = Assembly.GetExecutingAssembly().GetTypes().SelectMany(t => t.GetMethods())
            .Where(m => m.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(m => Row().Matches(m.Name)).Select(m => int.Parse(m.Groups[1].Value)).ToHashSet();
        var explained = File.ReadLines(Path.Combine(Repository.Root, "docs", "interop.md"))
            .Select(line => Line().Match(line)).Where(m => m.Success).Select(m => int.Parse(m.Groups[1].Value)).ToHashSet();
        Assert.Empty(Enumerable.Range(1, 70).Except(named).Except(explained));
        Assert.Empty(explained.Intersect(named)); // a line that is out of date
    }

    [GeneratedRegex(@"(?<![A-Z])H_(\d\d)(?=_)")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| H-(\d\d) \|")]
    private static partial Regex Line();
}
