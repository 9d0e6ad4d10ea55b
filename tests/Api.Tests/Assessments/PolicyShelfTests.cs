using BiopsyFhir.Api.Assessments;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>A site's own policies: read at start, read again when they change, the last good set kept.</summary>
public sealed class PolicyShelfTests : IDisposable
{
    private const string Ours = """{"id":"ours","name":"Our unit","version":"1","basedOn":"P1","change":{"checks":{"A-LATEX":{"severity":"high"}}}}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("biopsyfhir-policies-");

    private void Write(string text, string name = "ours.json") => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private PolicyShelf Shelf(string preset = "P1") => new(new(preset, _folder.FullName));

    [Fact]
    public void A_site_policy_stands_beside_the_presets_and_can_be_the_default()
    {
        Write(Ours);
        var shelf = Shelf("ours");
        Assert.Equal(["P1", "P2", "P3", "ours"], shelf.Current.ById.Keys);
        Assert.Equal(("ours", "P1"), (shelf.Default.Id, shelf.Default.Preset));
        Assert.NotEqual(shelf.Current.ById["P1"].Hash, shelf.Default.Hash);
    }

    [Fact]
    public void A_changed_file_is_taken_and_a_faulty_one_is_not()
    {
        Write(Ours);
        var shelf = Shelf();
        var first = shelf.Current;
        Assert.Null(shelf.Refresh());

        Write(Ours.Replace("high", "gigantic", StringComparison.Ordinal));
        Assert.Contains(shelf.Refresh()!, f => f.Contains("gigantic", StringComparison.Ordinal));
        Assert.Same(first, shelf.Current);
        Assert.Null(shelf.Refresh()); // said once, not every ten seconds

        Write(Ours.Replace("\"version\":\"1\"", "\"version\":\"2\"", StringComparison.Ordinal));
        Assert.Empty(shelf.Refresh()!);
        Assert.Equal("2", shelf.Current.ById["ours"].Version);
    }

    [Fact]
    public void The_default_may_not_vanish()
    {
        Write(Ours);
        var shelf = Shelf("ours");
        File.Delete(Path.Combine(_folder.FullName, "ours.json"));
        Assert.Equal("Policy:Default: 'ours' is gone", Assert.Single(shelf.Refresh()!));
        Assert.Equal("ours", shelf.Default.Id);
    }

    [Fact]
    public void Every_fault_is_said_at_start()
    {
        Write(Ours.Replace("P1", "P8", StringComparison.Ordinal));
        Write("{", "broken.json");
        var faults = Assert.Throws<PolicyFaultsException>(() => Shelf()).Faults;
        Assert.Contains(faults, f => f.StartsWith("broken.json", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("'P8' is no policy", StringComparison.Ordinal));
    }

    [Fact]
    public void A_default_that_is_no_policy_is_a_fault() =>
        Assert.StartsWith("Policy:Default: 'P7' is no policy", Assert.Single(Assert.Throws<PolicyFaultsException>(() => Shelf("P7")).Faults), StringComparison.Ordinal);

    [Fact]
    public void A_site_file_with_codes_recognises_more_orders()
    {
        Write("""{"orders":{"cpt":{"means":"biopsy","system":"http://www.ama-assn.org/go/cpt","codes":["38222"],"cite":["EVIDENCE-D"]}}}""", "cpt-biopsy.json");
        var concept = new Domain.Concept([new Domain.Code("http://www.ama-assn.org/go/cpt", "38222")], null);
        Assert.Equal(Domain.Sampling.Biopsy, Shelf().Default.Catalogue.Biopsies.Recognise(concept));
    }

    [Theory]
    [InlineData("citations.json", "a built-in file has this name")]
    [InlineData("snomed-biopsy.json", "a built-in file has this name")]
    [InlineData("ours.yaml", "neither a policy")]
    public void A_site_file_that_would_be_ignored_is_a_fault(string name, string fault)
    {
        Write("{}", name);
        Assert.Contains(Assert.Throws<PolicyFaultsException>(() => Shelf()).Faults, f => f.StartsWith(name, StringComparison.Ordinal) && f.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_fault() =>
        Assert.StartsWith("Policy:Folder: there is no folder", Assert.Single(Assert.Throws<PolicyFaultsException>(() => new PolicyShelf(new("P1", "/nowhere/at/all"))).Faults), StringComparison.Ordinal);

    public void Dispose() => _folder.Delete(recursive: true);
}
