using BiopsyFhir.Domain;
using static BiopsyFhir.Api.Tests.Published.PublishedWorld;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary>What is published as recognised is what the engine recognises, in both directions.</summary>
public sealed class RecognitionParityTests
{
    private static readonly DrugCatalogue Drugs = Known.Drugs;

    private static Concept Of((string System, string Code) entry) =>
        entry.System.StartsWith("urn:biopsyfhir:", StringComparison.Ordinal) ? new([], entry.Code) : new([new(entry.System, entry.Code)], null);

    [Theory]
    [InlineData("medicine")]
    [InlineData("medicine-possible")]
    public void The_engine_recognises_the_ingredient_in_every_code_and_name_of_its_list(string kind)
    {
        var (wrong, seen) = (new List<string>(), 0);
        foreach (var ingredient in Drugs.Ingredients.Keys)
            foreach (var list in All.Where(r => r.Type == "ValueSet" && r.Identifier == $"urn:biopsyfhir:list:{PublishedIdOf(kind, ingredient)}"))
                foreach (var entry in list.Json().Concepts())
                {
                    seen++;
                    if (RecogniseDrug.From([Of(entry)], Drugs).Drugs.All(d => d.Drug.Ingredient != ingredient)) wrong.Add($"{list.Id}: {entry}");
                }
        Assert.Empty(wrong);
        Assert.True(seen > (kind == "medicine" ? 4000 : 100), $"only {seen} entries");
    }

    private static string PublishedIdOf(string kind, string of) => BiopsyFhir.Fhir.Publishing.PublishedId.Of($"{kind}-{of}");

    [Fact]
    public void Every_code_and_name_of_a_medicine_that_the_engine_knows_is_published()
    {
        var published = ValueSets("medicine").SelectMany(v => v.Json().Concepts().Select(c => (v.Id, c.System, c.Code))).ToHashSet();
        var missing = new List<string>();
        foreach (var code in Drugs.Codes.Values)
        {
            var system = code.System switch { RecognisedBy.Rxnorm => "http://www.nlm.nih.gov/research/umls/rxnorm", RecognisedBy.Atc => "http://www.whocc.no/atc", _ => "http://snomed.info/sct" };
            foreach (var drug in code.Drugs)
                if (!published.Contains((PublishedIdOf(code.BrandLevel ? "medicine-possible" : "medicine", drug.Ingredient), system, code.Code))) missing.Add($"{drug.Ingredient}: {system} {code.Code}");
            if (code.Class is { } only && !published.Contains((PublishedIdOf("medicine-class", only.Name), system, code.Code))) missing.Add($"{only.Name}: {system} {code.Code}");
        }
        foreach (var name in Drugs.Names.All.Where(n => n.Kind is not NameKind.Decoy and not NameKind.Class))
            foreach (var drug in name.Drugs)
                if (!published.Contains((PublishedIdOf(name.Kind == NameKind.Possible ? "medicine-possible" : "medicine", drug.Ingredient), "urn:biopsyfhir:medicine-name", name.Name))) missing.Add($"{drug.Ingredient}: {name.Name}");
        Assert.Empty(missing);
        Assert.DoesNotContain(Drugs.Ingredients.Keys, i => All.All(r => r.Id != PublishedIdOf("medicine", i) && r.Id != PublishedIdOf("medicine-possible", i)));
    }

    [Fact]
    public void A_name_that_is_a_decoy_is_in_no_list()
    {
        var decoys = Drugs.Names.All.Where(n => n.Kind == NameKind.Decoy).Select(n => n.Name).ToHashSet();
        Assert.NotEmpty(decoys);
        Assert.DoesNotContain(ValueSets("medicine").SelectMany(v => v.Json().Concepts()), c => c.System == "urn:biopsyfhir:medicine-name" && decoys.Contains(c.Code));
    }

    [Fact]
    public void The_engine_recognises_the_analyte_in_every_code_and_name_of_its_list_and_every_code_is_published()
    {
        var (wrong, published) = (new List<string>(), new HashSet<string>());
        foreach (var analyte in Known.Labs.Analytes.Values)
            foreach (var entry in All.SingleOrDefault(r => r.Id == PublishedIdOf("result", analyte.Key))?.Json().Concepts() ?? [])
            {
                if (entry.System == "http://loinc.org") published.Add(entry.Code);
                var record = new ResultRecord { Reference = "Observation/1", Source = ResultSource.Observation, Code = Of(entry), Value = new ResultValue.Words("") };
                if (RecogniseLab.From(record, Known.Labs)?.Analytes.Contains(analyte) is not true) wrong.Add($"{analyte.Key}: {entry}");
            }
        Assert.Empty(wrong);
        Assert.Empty(Known.Labs.ByLoinc.Values.Where(c => c.Analyte is not null).Select(c => c.Code).Except(published));
        Assert.Empty(Known.Labs.ByLoinc.Values.Where(c => c.Analyte is null).Select(c => c.Code).Intersect(published));
    }

    [Fact]
    public void The_engine_takes_every_listed_code_of_a_problem_for_that_problem_and_every_code_is_published()
    {
        var (wrong, published) = (new List<string>(), new HashSet<(string, string, string)>());
        foreach (var kind in Known.Problems.Kinds)
        {
            if (All.SingleOrDefault(r => r.Id == PublishedIdOf("problem", kind.Key))?.Json() is not { } list) continue;
            foreach (var entry in list.Concepts())
            {
                published.Add((kind.Key, entry.System, entry.Code));
                if (Known.Problems.Find(ProblemCatalogue.Normal(new(entry.System, entry.Code)))?.Kinds.Contains(kind.Key) is not true) wrong.Add($"{kind.Key}: {entry}");
            }
            foreach (var (member, wanted) in new[] { ("include", true), ("exclude", false) })
                foreach (var filter in list.GetProperty("compose").TryGetProperty(member, out var parts) ? parts.EnumerateArray().Where(p => p.TryGetProperty("filter", out _)) : [])
                {
                    var regex = filter.GetProperty("filter")[0].Text("value")!;
                    var code = new Code(filter.Text("system")!, regex.Replace(".*", "", StringComparison.Ordinal).Replace("\\.", "@", StringComparison.Ordinal).Replace('.', '0').Replace('@', '.'));
                    if (kind.HasCode(code) != wanted) wrong.Add($"{kind.Key}: {member} {regex}");
                }
        }
        Assert.Empty(wrong);
        Assert.Empty(Known.Problems.ByCode.SelectMany(c => c.Value.Kinds.Select(k => (k, c.Key.System, c.Key.Code))).Except(published));
        Assert.Equal(Known.Problems.Kinds.Sum(k => k.CodePatterns.Length), ValueSets("problem").Sum(v => v.Json().GetProperty("compose").GetProperty("include").EnumerateArray().Count(i => i.TryGetProperty("filter", out _))));
    }

    [Fact]
    public void Allergies_and_orders_are_those_of_the_engine()
    {
        var allergens = ValueSets("allergen").SelectMany(v => v.Json().Concepts().Select(c => (v.Identifier, c))).ToList();
        foreach (var (identifier, entry) in allergens.Where(a => !a.Identifier.EndsWith("-none", StringComparison.Ordinal)))
            Assert.Contains(identifier["urn:biopsyfhir:list:allergen-".Length..], Allergens.Of(new() { Reference = "AllergyIntolerance/1", Code = Of(entry) }, Known.Allergens));
        Assert.Equal(Known.Allergens.ByCode.Keys.Order(), allergens.Select(a => a.c).Order());
        var orders = ValueSets("order").Single().Json().Concepts().ToList();
        Assert.All(orders, entry => Assert.NotNull(Known.Biopsies.Recognise(Of(entry))));
        Assert.Equal(Known.Biopsies.OrderCodes.Distinct().Order(), orders.Order());
    }

    [Fact]
    public void A_terminology_file_that_a_site_leaves_out_is_in_no_list()
    {
        string[] leftOut = ["atc.tsv", "snomed-medications.tsv", "snomed-allergens.tsv", "snomed-conditions.tsv", "snomed-biopsy.json", "rxnorm-cc-by-sa.tsv"];
        var files = BiopsyFhir.Api.Assessments.Knowledge.Read(null);
        Assert.All(leftOut, name => Assert.True(files.ByName.ContainsKey(name), name));
        var read = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(new(files.ByName.RemoveRange(leftOut))));
        var systems = Publish(read.Policies).Where(r => r.Type == "ValueSet").SelectMany(r => r.Json().Concepts().Select(c => c.System)).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.DoesNotContain("http://www.whocc.no/atc", systems);
        Assert.DoesNotContain("http://snomed.info/sct", systems);
        Assert.Contains("http://snomed.info/sct", All.Where(r => r.Type == "ValueSet").SelectMany(r => r.Json().Concepts().Select(c => c.System)));
        Assert.DoesNotContain("1986819", Publish(read.Policies).Where(r => r.Id == "medicine-acalabrutinib").SelectMany(r => r.Json().Concepts()).Select(c => c.Code));
    }
}
