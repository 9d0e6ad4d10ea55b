using BiopsyFhir.Api.Published;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary><c>docs/rules.md</c> says what the policies say.</summary>
public sealed class RulesPageTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "rules.md");

    [Fact]
    public void The_page_is_the_one_written_from_the_policies()
    {
        var written = new RulesPage(PublishedWorld.Policies).Text();
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") File.WriteAllText(Page, written);
        Assert.True(written == File.ReadAllText(Page), "docs/rules.md is not what the policies say: run this test with BIOPSYFHIR_RECORD=1");
    }

    [Fact]
    public void Every_rule_and_every_medicine_stands_on_the_page()
    {
        var page = File.ReadAllText(Page);
        Assert.All(RuleShelf.Rules, rule => Assert.Contains(rule.Value.Test ? $"| {rule.Key} | " : $"### {rule.Key}: ", page, StringComparison.Ordinal));
        Assert.All(PublishedWorld.Policies.ById["P1"].Medicines.Rows.Keys, medicine => Assert.Contains($"| {medicine}", page, StringComparison.Ordinal));
    }
}
