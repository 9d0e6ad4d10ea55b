namespace BiopsyFhir.Domain.Tests.Policies;

/// <summary>Who installs the service reads in one place where each list of codes is from and what its licence asks.</summary>
public sealed class NoticeTests
{
    [Fact]
    public void Each_list_of_codes_is_named_with_its_licence()
    {
        var notice = Knowledge.Text("NOTICE-terminologies.md");
        var lists = Knowledge.Files.ByName.Keys.Where(name => name.EndsWith(".tsv", StringComparison.Ordinal) || name.EndsWith("biopsy.json", StringComparison.Ordinal)).ToList();
        Assert.True(lists.Count > 15, $"{lists.Count} lists");
        Assert.All(lists, name => Assert.Contains($"`{name}`", notice, StringComparison.Ordinal));
    }
}
