namespace BiopsyFhir.Domain.Tests.Drugs;

public class RecogniseByCodeTests
{
    private const string RxNorm = "http://www.nlm.nih.gov/research/umls/rxnorm", Atc = "http://www.whocc.no/atc", Snomed = "http://snomed.info/sct", Ndc = "http://hl7.org/fhir/sid/ndc";

    private static readonly DrugCatalogue Drugs = Knowledge.P1.Catalogue.Drugs;

    private static string Uri(RecognisedBy system) => system switch { RecognisedBy.Rxnorm => RxNorm, RecognisedBy.Atc => Atc, _ => Snomed };

    private static DrugReading Read(string? text, params Code[] codes) => RecogniseDrug.From([new Concept([.. codes], text)], Drugs);

    private static IEnumerable<string> Ingredients(DrugReading reading) => reading.Drugs.Select(d => d.Drug.Ingredient);

    /// <summary>Without any display: the bare code, as some servers send it.</summary>
    [Fact]
    public void Every_code_of_the_catalogue_is_recognised_by_its_system()
    {
        Assert.True(Drugs.Codes.Count > 4500);
        foreach (var coded in Drugs.Codes.Values)
        {
            var reading = Read(null, new Code(Uri(coded.System), coded.Code));
            foreach (var drug in coded.Drugs)
            {
                var found = Assert.Single(reading.Drugs, f => f.Drug == drug);
                Assert.Equal(coded.System, found.By);
                Assert.Equal(coded.BrandLevel, found.Possible);
            }
            if (coded.Class is null) continue;
            Assert.Empty(reading.Drugs);
            Assert.Equal((coded.Class, coded.System), (reading.ClassOnly, reading.ClassBy));
            Assert.Contains(reading.Doubts, d => d.Hides == MightHide.Antithrombotic && d.Why.Contains("class", StringComparison.Ordinal));
        }
    }

    /// <summary>RxNorm names are a second opinion on the name list: what a code's own name says must agree with the code.</summary>
    [Fact]
    public void The_name_of_every_product_level_code_names_its_ingredients_and_no_other_antithrombotic()
    {
        var wrong = new List<string>();
        foreach (var coded in Drugs.Codes.Values.Where(c => !c.BrandLevel && !c.Drugs.IsEmpty))
        {
            var named = Ingredients(Read(coded.Name)).ToList();
            var missing = coded.Drugs.Select(d => d.Ingredient).Except(named);
            var others = named.Except(coded.Drugs.Select(d => d.Ingredient)).Where(n => Drugs.Find(n)!.Class.Hides == MightHide.Antithrombotic);
            wrong.AddRange(missing.Select(i => $"{coded.System} {coded.Code} {coded.Name}: not {i}"));
            wrong.AddRange(others.Select(i => $"{coded.System} {coded.Code} {coded.Name}: also {i}"));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_brand_level_code_is_possible_and_a_question_until_the_product_is_named()
    {
        Assert.True(Assert.Single(Read(null, Aspirin("BN"))!.Drugs).Possible);
        Assert.Contains(Read(null, Aspirin("BN")).Doubts, d => d.Hides == MightHide.Antithrombotic && d.Why.Contains("Possibly aspirin", StringComparison.Ordinal));
        Assert.False(Read("aspirin 81 mg", Aspirin("BN")).Drugs[0].Possible);
        Assert.False(Read(null, Aspirin("BN"), Aspirin("SCD")).Drugs[0].Possible);
    }

    private static Code Aspirin(string level)
    {
        var line = Knowledge.Text("rxnorm.tsv").Split('\n').First(l => l.Split('\t') is [_, var tty, "aspirin", _, _, var brand, ..] && tty == level && brand == (level == "BN" ? "yes" : ""));
        return new(RxNorm, line.Split('\t')[0]);
    }

    [Theory]
    [InlineData("urn:oid:2.16.840.1.113883.6.88", "1364447", "apixaban")]
    [InlineData("urn:oid:2.16.840.1.113883.6.73", "B01AF02", "apixaban")]
    [InlineData("http://fhir.de/CodeSystem/bfarm/atc", "B01AA04", "phenprocoumon")]
    [InlineData("http://www.whocc.no/atc", " b01af02 ", "apixaban")]
    [InlineData("http://www.whocc.no/atc", "B01AC0601", "aspirin")]
    [InlineData("http://snomed.info/sct/900000000000207008", "48603004", "warfarin")]
    [InlineData("http://snomed.info/sct", "48603004", "warfarin")]
    public void A_code_system_is_known_by_each_of_its_names(string system, string code, string ingredient) =>
        Assert.Equal([ingredient], Ingredients(Read(null, new Code(system, code))));

    [Theory]
    [InlineData("B01AC99", "antiplatelet")]
    [InlineData("B01AC30", "antiplatelet")]
    [InlineData("B01AB12", "heparins")]
    [InlineData("B01AX99", "antithrombotic")]
    [InlineData("B01", "antithrombotic")]
    [InlineData("M01AB99", "nsaid")]
    public void An_ATC_code_that_is_not_listed_is_at_least_its_group(string code, string @class)
    {
        var reading = Read("something new", new Code(Atc, code));
        Assert.Equal(@class, reading.ClassOnly?.Name);
        Assert.Contains(reading.Doubts, d => d.Hides == MightHide.Antithrombotic);
    }

    [Theory]
    [InlineData("M01AX05", "Glucosamine")]
    [InlineData("A10BA02", "Metformin")]
    public void An_ATC_code_outside_those_groups_says_nothing(string code, string text)
    {
        var reading = Read(text, new Code(Atc, code));
        Assert.Null(reading.ClassOnly);
        Assert.Empty(reading.Drugs);
        Assert.Empty(reading.Doubts);
    }

    [Fact]
    public void A_group_code_is_answered_by_a_text_that_names_a_member()
    {
        var reading = Read("Asasantin retard", new Code(Atc, "B01AC30"));
        Assert.Equal(["aspirin", "dipyridamole"], Ingredients(reading));
        Assert.Empty(reading.Doubts);
    }

    [Fact]
    public void The_text_is_read_although_a_code_is_there()
    {
        var reading = Read("warfarin 5 mg tablet", new Code(RxNorm, "1364447", "apixaban 5 MG Oral Tablet [Eliquis]"));
        Assert.Equal(["apixaban", "warfarin"], Ingredients(reading));
        Assert.Contains(reading.Doubts, d => d.Hides == MightHide.Antithrombotic && d.Why.Contains("The code says apixaban, the text says warfarin", StringComparison.Ordinal));
    }

    [Fact]
    public void A_brand_that_holds_more_than_the_code_says_does_not_contradict_it()
    {
        var reading = Read("Aggrenox", new Code(RxNorm, "1191", "aspirin"));
        Assert.Equal(["aspirin", "dipyridamole"], Ingredients(reading));
        Assert.Empty(reading.Doubts);
    }

    [Fact]
    public void Codes_that_disagree_are_all_counted_and_asked_about()
    {
        var reading = Read(null, new Code(RxNorm, "11289"), new Code(Atc, "B01AF01"));
        Assert.Equal(["rivaroxaban", "warfarin"], Ingredients(reading));
        Assert.Contains(reading.Doubts, d => d.Why.Contains("different medicines (rivaroxaban and warfarin)", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_ingredients_of_one_product_do_not_disagree()
    {
        var reading = RecogniseDrug.From([new Concept([], "Aggrenox"), new Concept([new Code(RxNorm, "1191")], null), new Concept([new Code(RxNorm, "3521")], null)], Drugs);
        Assert.Equal([("aspirin", RecognisedBy.Rxnorm), ("dipyridamole", RecognisedBy.Rxnorm)], reading.Drugs.Select(d => (d.Drug.Ingredient, d.By)));
        Assert.Empty(reading.Doubts);
    }

    [Theory]
    [InlineData("Xarelto 20 mg", "rivaroxaban")]
    [InlineData("Metformin 500 mg", null)]
    public void A_code_newer_than_the_catalogue_leaves_it_to_the_text(string text, string? ingredient)
    {
        var reading = Read(text, new Code(RxNorm, "99999999"));
        Assert.Equal(ingredient is null ? [] : [ingredient], Ingredients(reading));
        Assert.Empty(reading.Doubts);
    }

    [Theory]
    [InlineData(RxNorm, "99999999")]
    [InlineData(Ndc, "00003-0894-21")]
    [InlineData("urn:oid:1.2.840.114350.1.13.0.1.7.2.698288", "203445")]
    public void An_unknown_code_without_a_name_is_not_judged(string system, string code) =>
        Assert.Contains(Read(null, new Code(system, code)).Doubts, d => d.Hides == MightHide.Antithrombotic);

    [Fact]
    public void An_NDC_is_never_mapped_and_its_display_decides()
    {
        var reading = Read(null, new Code(Ndc, "00003-0894-21", "ELIQUIS 5 MG TABLET"));
        Assert.Equal(("apixaban", RecognisedBy.Text), reading.Drugs.Select(d => (d.Drug.Ingredient, d.By)).Single());
    }

    [Fact]
    public void The_best_way_of_recognition_is_told_and_the_order_of_codings_does_not_matter()
    {
        Code[] codes = [new(Snomed, "48603004"), new(Atc, "B01AA03"), new(RxNorm, "11289"), new(Ndc, "1")];
        foreach (var order in (Code[][])[codes, [.. codes.Reverse()]])
            Assert.Equal(RecognisedBy.Rxnorm, Read("Coumadin", order).Drugs.Single().By);
    }

    [Fact]
    public void A_combination_gives_each_of_its_ingredients_also_where_only_its_name_tells()
    {
        Assert.Equal(["aspirin", "rivaroxaban"], Ingredients(Read(null, new Code(Atc, "B01AF51"))));
        var percodan = Drugs.Codes.Values.First(c => !c.BrandLevel && c.Name.Contains("oxycodone", StringComparison.OrdinalIgnoreCase) && c.Drugs[0].Ingredient == "aspirin");
        var reading = Read(null, new Code(RxNorm, percodan.Code));
        Assert.Equal([("aspirin", RecognisedBy.Rxnorm), ("oxycodone", RecognisedBy.Rxnorm)], reading.Drugs.Select(d => (d.Drug.Ingredient, d.By)));
        Assert.True(reading.ForPain);
    }
}
