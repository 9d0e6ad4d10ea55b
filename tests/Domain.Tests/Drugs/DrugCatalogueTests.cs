using System.Text;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Domain.Tests.Drugs;

public class DrugCatalogueTests
{
    private static readonly DrugCatalogue Drugs = Knowledge.P1.Catalogue.Drugs;

    private static IReadOnlyList<string> FaultsOf(KnowledgeFiles files)
    {
        var faults = new Faults();
        DrugCatalogue.Read(files, faults);
        return faults.All;
    }

    [Fact]
    public void The_shipped_files_have_no_fault() => Assert.Empty(FaultsOf(Knowledge.Files));

    [Fact]
    public void A_site_may_leave_out_the_files_it_has_no_licence_for()
    {
        var fewer = new KnowledgeFiles(Knowledge.Files.ByName.RemoveRange(["rxnorm-cc-by-sa.tsv", "atc.tsv", "snomed-medications.tsv"]));
        Assert.Empty(FaultsOf(fewer));
        Assert.Null(DrugCatalogue.Read(fewer, new Faults()).Find(new Code("http://www.whocc.no/atc", "B01AF02")));
        Assert.NotNull(DrugCatalogue.Read(fewer, new Faults()).Find(new Code("http://www.nlm.nih.gov/research/umls/rxnorm", "1364447")));
    }

    [Theory]
    [InlineData("rxnorm.tsv")]
    [InlineData("ingredients.tsv")]
    [InlineData("drug-classes.tsv")]
    [InlineData("drug-names.tsv")]
    [InlineData("drug-phrases.tsv")]
    [InlineData("drug-words.tsv")]
    [InlineData("drug-routes.tsv")]
    [InlineData("drug-route-words.tsv")]
    [InlineData("dose-words.tsv")]
    [InlineData("drug-limits.tsv")]
    public void A_missing_file_is_named(string name) =>
        Assert.Contains($"{name}: file is missing", FaultsOf(new(Knowledge.Files.ByName.Remove(name))));

    [Theory]
    [InlineData("rxnorm.tsv", "1\tIN\twarfarine\t\t\t\tactive\twarfarine", "'warfarine' is no ingredient")]
    [InlineData("rxnorm.tsv", "11289\tIN\twarfarin\t\t\t\tactive\twarfarin", "code 11289 stands twice")]
    [InlineData("rxnorm.tsv", "1\tIN\twarfarin\tvka\t\t\tactive\twarfarin", "either ingredients or a class")]
    [InlineData("rxnorm.tsv", "1\tIN\twarfarin\t\tmouthwash\t\tactive\twarfarin", "'mouthwash' is no route")]
    [InlineData("rxnorm.tsv", "1\tIN\twarfarin\t\t\tmaybe\tactive\twarfarin", "brandLevel 'maybe'")]
    [InlineData("rxnorm.tsv", "1\tIN\twarfarin\t\t\t\tgone\twarfarin", "status 'gone'")]
    [InlineData("rxnorm.tsv", "1\tIN\twarfarin", "8 columns are expected, 3 found")]
    [InlineData("rxnorm-cc-by-sa.tsv", "11289\tIN\twarfarin\t\t\t\tactive\twarfarin", "code 11289 stands twice")]
    [InlineData("ingredients.tsv", "warfarin\tvka\thold\t", "ingredient 'warfarin' stands twice")]
    [InlineData("ingredients.tsv", "Milvexian\tdoac-xi\thold\t", "'doac-xi' is no class")]
    [InlineData("ingredients.tsv", "milvexian\tdoac-xa\t1\t", "rule '1' is none of")]
    [InlineData("drug-classes.tsv", "new\tnowhere\tother\tnew", "'nowhere' is no class")]
    [InlineData("drug-classes.tsv", "new\t\teverything\tnew", "hides 'everything'")]
    [InlineData("drug-names.tsv", "wárfarin\twarfarin\tgeneric\ten\t\t\t", "'wárfarin' stands twice")]
    [InlineData("drug-names.tsv", "Nixaban\tnixaban\tgeneric\ten\t\t\t", "'nixaban' is no ingredient")]
    [InlineData("drug-names.tsv", "Nixaban\tapixaban\tbrandy\ten\t\t\t", "kind 'brandy'")]
    [InlineData("drug-phrases.tsv", "never\tother\ten\t", "words before or after {drug}")]
    [InlineData("drug-routes.tsv", "hair\tlocal\t\t\t\ton the hair", "names the classes")]
    [InlineData("dose-words.tsv", "hourly\tsometimes\ten", "meaning 'sometimes'")]
    [InlineData("dose-words.tsv", "hourly\thours {n}\ten", "no number")]
    [InlineData("drug-limits.tsv", "recent-days\t0\td\t", "no number above zero")]
    public void A_bad_row_is_refused_with_where_and_what(string name, string row, string fault)
    {
        var faults = FaultsOf(Knowledge.With(name, Knowledge.Text(name) + row + "\n"));
        Assert.Contains(faults, f => f.StartsWith(name, StringComparison.Ordinal) && f.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_with_other_columns_or_other_bytes_is_refused()
    {
        Assert.Contains(FaultsOf(Knowledge.With("atc.tsv", "code\tname\nB01\tx\n")), f => f.Contains("the columns are not code, tty"));
        Assert.Contains("atc.tsv: has no header line", FaultsOf(Knowledge.With("atc.tsv", "# nothing\n")));
        var latin1 = Encoding.Latin1.GetBytes("code\tcoração\n");
        Assert.Contains("atc.tsv: is not UTF-8", FaultsOf(new(Knowledge.Files.ByName.SetItem("atc.tsv", latin1))));
    }

    [Fact]
    public void A_class_knows_the_classes_above_it()
    {
        Assert.True(Drugs.Find("apixaban")!.Is("anticoagulant-class"));
        Assert.True(Drugs.Find("hydroxyurea")!.Is("chemotherapy"));
        Assert.False(Drugs.Find("clopidogrel")!.Is("anticoagulant-class"));
    }

    /// <summary>The knowledge files are copies; here they are compared with what they were copied from.</summary>
    [SharedDataFact]
    public void Every_code_of_the_terminology_means_the_same_here()
    {
        var lines = File.ReadAllLines(SharedData.Path("terminology/medications.tsv"));
        var columns = lines[0].Split('\t');
        Assert.Equal(4597, lines.Length - 1);
        foreach (var cells in lines.Skip(1).Select(l => l.Split('\t')))
        {
            string Cell(string name) => cells[Array.IndexOf(columns, name)];
            var coded = Drugs.Find(new Code(Cell("system"), Cell("code")));
            Assert.True(coded is not null, $"{Cell("system")} {Cell("code")} {Cell("display")}");
            var ingredient = Cell("ingredient").Replace("mefenamate", "mefenamic acid", StringComparison.Ordinal);
            if (ingredient.StartsWith('(')) Assert.Equal(Cell("class"), coded.Class!.Name);
            else
            {
                Assert.Equal(ingredient.Split('+').Order(StringComparer.Ordinal), coded.Drugs.Select(d => d.Ingredient).Order(StringComparer.Ordinal));
                Assert.Equal(Cell("class").Split('+').Order(StringComparer.Ordinal), coded.Drugs.Select(d => d.Class.Name).Order(StringComparer.Ordinal));
            }
            // Three Picot products have no aspirin in their own names: possible, at most.
            Assert.Equal(Cell("flag").StartsWith("brand-level", StringComparison.Ordinal) || Cell("display").StartsWith("citric acid", StringComparison.Ordinal), coded.BrandLevel);
            // Lips and vagina absorb; evidence 2.1 does not list them among the forms without a hold.
            var local = Cell("systemicExposure") is "no" or "flush" || (Cell("systemicExposure") == "local-low" && Cell("route") is "topical" or "transdermal/patch");
            Assert.Equal(local, coded.Route is { } key && Drugs.Routes[key] is var route && route.Reach != Reach.Systemic && coded.Drugs.All(route.Fits));
        }
    }
}
