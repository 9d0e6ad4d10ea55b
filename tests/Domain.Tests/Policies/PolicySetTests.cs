using System.Text;

namespace BiopsyFhir.Domain.Tests.Policies;

public class PolicySetTests
{
    [Fact]
    public void The_shipped_files_give_the_three_presets()
    {
        Assert.Equal(["P1", "P2", "P3"], Knowledge.Policies.ById.Keys);
        Assert.All(Knowledge.Policies.ById.Values, p => Assert.StartsWith("sha256:", p.Hash));
        Assert.Equal(3, Knowledge.Policies.ById.Values.Select(p => p.Hash).Distinct().Count());
    }

    [Fact]
    public void A_site_policy_changes_one_row_and_keeps_the_rest()
    {
        var site = Read(("north.json", """{"id":"NORTH","name":"North","version":"2","basedOn":"P1","change":{"checks":{"G-BMI":{"fromBmi":32}}}}"""));
        var north = Assert.IsType<PolicyRead.Ok>(site).Policies.ById["NORTH"];
        Assert.Equal(32m, north.Checks.BmiFrom);
        Assert.Equal(Knowledge.P1.Checks.PregnancyAskToAge, north.Checks.PregnancyAskToAge);
        Assert.Equal("P1", north.Preset);
        Assert.NotEqual(Knowledge.P1.Hash, north.Hash);
    }

    [Fact]
    public void Every_fault_of_every_file_is_reported_at_once()
    {
        var files = Knowledge.With("checks.json", """{"A-LATEX":{"severity":"awful","action":"review","subject":"latex","title":"t","detail":"d","cite":["NOBODY"]}}""");
        var faults = Assert.IsType<PolicyRead.Refused>(PolicySet.Read(files)).Faults;
        Assert.Contains(faults, f => f == "P1/checks/A-LATEX/severity: 'awful' is none of Info, Low, Moderate, High, Critical");
        Assert.Contains(faults, f => f == "P1/checks/A-LATEX/cite: 'NOBODY' is not in citations.json");
        Assert.Contains(faults, f => f == "P1/checks: the row 'G-SITE/child-sternum' is missing");
        Assert.Contains(faults, f => f.StartsWith("P3/checks", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"id":"P1","name":"x","version":"1","basedOn":"P1","change":{}}""", "north.json/id: 'P1' is taken")]
    [InlineData("""{"id":"N","name":"x","version":"1","basedOn":"P9","change":{}}""", "north.json/basedOn: 'P9' is no policy")]
    [InlineData("""{"id":"N","id":"M"}""", "north.json: not JSON")]
    [InlineData("""[]""", "north.json: an object is expected")]
    [InlineData("""{"id":"N","name":"x","version":"1","basedOn":"P1","change":{"checks":{"G-DIAL":null}}}""", "N/checks: the row 'G-DIAL' is missing")]
    public void A_bad_site_policy_is_refused_with_where_and_what(string overlay, string fault) =>
        Assert.Contains(Assert.IsType<PolicyRead.Refused>(Read(("north.json", overlay))).Faults, f => f.StartsWith(fault, StringComparison.Ordinal));

    [Fact]
    public void A_row_without_a_citation_is_refused()
    {
        var overlay = """{"id":"N","name":"x","version":"1","basedOn":"P1","change":{"checks":{"G-DIAL":{"cite":[]}}}}""";
        Assert.Contains("N/checks/G-DIAL: no citation (\"cite\")", Assert.IsType<PolicyRead.Refused>(Read(("n.json", overlay))).Faults);
    }

    [Fact]
    public void A_choice_that_forgets_a_preset_is_refused()
    {
        var text = Knowledge.Text("checks.json").Replace("\"fromBmi\": 35", "\"fromBmi\": {\"P1\": 35, \"P3\": 30}", StringComparison.Ordinal);
        Assert.Contains(Assert.IsType<PolicyRead.Refused>(PolicySet.Read(Knowledge.With("checks.json", text))).Faults,
            f => f.Contains("a column for every preset is expected", StringComparison.Ordinal));
    }

    private static PolicyRead Read(params (string Name, string Text)[] overlays) =>
        PolicySet.Read(Knowledge.Files, overlays.ToDictionary(o => o.Name, o => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(o.Text)));
}
