using System.Text.RegularExpressions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>Every attack, threat and requirement that the security pages call held is held by a test that exists.</summary>
public sealed partial class AttackListTests
{
    private static readonly Lazy<HashSet<string>> Tests = new(() =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).SelectMany(f => Name().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value)]);

    [Fact]
    public void Every_row_of_the_attack_list_names_a_test_that_exists()
    {
        var rows = Row().Matches(Page("docs/security/attacks.md")).Select(m => (Id: m.Groups[1].Value, Cells: m.Groups[2].Value)).ToList();
        Assert.InRange(rows.Count, 30, 200);
        Assert.Equal(rows.Count, rows.Select(r => r.Id).Distinct().Count());
        Assert.All(rows, row =>
        {
            var named = Code().Matches(row.Cells.TrimEnd().TrimEnd('|').Split('|')[^1]).Select(m => m.Groups[1].Value).ToList();
            Assert.NotEmpty(named);
            Assert.All(named, name => Assert.Contains(name, Tests.Value));
        });
    }

    [Theory]
    [InlineData("docs/security/attacks.md")]
    [InlineData("docs/security/threat-model.md")]
    [InlineData("docs/security/asvs.md")]
    [InlineData("docs/privacy.md")]
    public void What_a_page_names_as_evidence_is_there(string page)
    {
        var text = Page(page);
        Assert.All(Code().Matches(text).Select(m => m.Groups[1].Value).Where(name => name.Contains('_') && char.IsUpper(name[0]) && name.Count(c => c is '_') > 2), name => Assert.Contains(name, Tests.Value));
        Assert.All(FilePath().Matches(text).Select(m => m.Groups[1].Value), path => Assert.True(File.Exists(Path.Combine(Repository.Root, path)) || Directory.Exists(Path.Combine(Repository.Root, path)), path));
    }

    private static string Page(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    [GeneratedRegex(@"^\| (A-\d\d) \|(.*)$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"`((?:src|tests|docs|deploy)/[\w./-]+)`")]
    private static partial Regex FilePath();

    [GeneratedRegex(@"public (?:static )?(?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Name();
}
