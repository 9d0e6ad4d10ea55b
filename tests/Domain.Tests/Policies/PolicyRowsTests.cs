namespace BiopsyFhir.Domain.Tests.Policies;

public class PolicyRowsTests
{
    private static PolicySet With(string overlay) => PolicySet.Read(Knowledge.Files, new Dictionary<string, ReadOnlyMemory<byte>> { ["ours.json"] = System.Text.Encoding.UTF8.GetBytes(overlay) }) switch
    {
        PolicyRead.Ok ok => ok.Policies,
        PolicyRead.Refused refused => throw new InvalidDataException(string.Join('\n', refused.Faults)),
        _ => throw new InvalidOperationException(),
    };

    [Fact]
    public void Every_row_has_citations_that_exist()
    {
        foreach (var policy in Knowledge.Policies.ById.Values)
        {
            var rows = PolicyRows.Of(policy);
            Assert.NotEmpty(rows);
            Assert.All(rows, row => Assert.All(row.Citations, key => Assert.Contains(key, policy.Citations.Keys)));
            Assert.All(rows, row => Assert.NotEmpty(row.Citations));
            Assert.All(rows, row => Assert.DoesNotContain("\"cite\"", row.Content.Split('{')[1], StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_policy_does_not_differ_from_itself() => Assert.Empty(PolicyRows.Differences(Knowledge.P1, Knowledge.P1));

    [Fact]
    public void A_site_policy_differs_in_what_it_changes_and_in_nothing_else()
    {
        var policies = With("""{"id":"ours","name":"Our unit","version":"1","basedOn":"P1","change":{"checks":{"A-LATEX":{"severity":"high"}},"labs":{"reading":{"conflictAbovePercent":15}}}}""");
        var differences = PolicyRows.Differences(policies.ById["P1"], policies.ById["ours"]);
        Assert.Equal(
            ["checks/A-LATEX, severity: moderate in P1; high in ours.", "labs/reading, conflictAbovePercent: 20 in P1; 15 in ours."],
            differences.Select(d => d.InWords("P1", "ours")));
    }

    [Fact]
    public void What_only_one_policy_has_is_said()
    {
        var policies = With("""{"id":"ours","name":"Our unit","version":"1","basedOn":"P1","change":{"checks":{"A-LATEX":{"note":"ask theatre"}}}}""");
        Assert.Equal("checks/A-LATEX, note: not in P1; ask theatre in ours.", Assert.Single(PolicyRows.Differences(policies.ById["P1"], policies.ById["ours"])).InWords("P1", "ours"));
    }
}
