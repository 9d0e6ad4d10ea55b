using static BiopsyFhir.Domain.Tests.Drugs.Entries;

namespace BiopsyFhir.Domain.Tests.Drugs;

/// <summary>R-ROUTE: skin, eye, ear, nose, inhaled, transdermal NSAID and catheter lock need no hold; whatever is not said is systemic.</summary>
public class ExposureTests
{
    private const string Snomed = "http://snomed.info/sct", Edqm = "http://standardterms.edqm.eu", RxNorm = "http://www.nlm.nih.gov/research/umls/rxnorm";

    private static Concept Route(string system, string code) => new([new Code(system, code)], null);

    [Theory]
    [InlineData(Snomed, "6064005", false)]
    [InlineData(Snomed, "54485002", false)]
    [InlineData(Snomed, "10547007", false)]
    [InlineData(Snomed, "46713006", false)]
    [InlineData(Snomed, "447694001", false)]
    [InlineData(Snomed, "45890007", false)]
    [InlineData(Snomed, "26643006", true)]
    [InlineData(Snomed, "78421000", true)]
    [InlineData(Snomed, "37161004", true)]
    [InlineData(Snomed, "16857009", true)]
    [InlineData(Edqm, "20003000", false)]
    [InlineData(Edqm, "20051000", false)]
    [InlineData(Edqm, "20001000", false)]
    [InlineData(Edqm, "20053000", true)]
    [InlineData(Edqm, "20061000", true)]
    [InlineData("urn:local", "TOP", true)]
    public void A_coded_route_decides_for_an_NSAID(string system, string code, bool systemic) =>
        Assert.Equal(systemic, One(Order("diclofenac").Taking(new Dosage { Route = Route(system, code) })).Systemic);

    [Theory]
    [InlineData("ketorolac", true)]
    [InlineData("diclofenac", false)]
    public void Nasal_ketorolac_is_systemic(string ingredient, bool systemic) =>
        Assert.Equal(systemic, One(Order(ingredient).Taking(new Dosage { Route = new([], "Nasal") })).Systemic);

    [Theory]
    [InlineData("apixaban 5 mg; emollient cream")]
    [InlineData("warfarin, eye drops as before")]
    [InlineData("clopidogrel patch test done")]
    [InlineData("aspirin 81 mg, nasal spray")]
    [InlineData("enoxaparin lock")]
    [InlineData("ibrutinib 420 mg + topical steroid")]
    public void A_local_word_never_makes_an_antithrombotic_harmless(string text) =>
        Assert.All(Read(Order(text)).Medicines, m => Assert.True(m.Systemic));

    [Fact]
    public void What_contradicts_the_local_form_makes_it_systemic()
    {
        Assert.True(One(Order("diclofenac gel").Taking(new Dosage { Route = Route(Snomed, "26643006") })).Systemic);
        Assert.True(One(Order("diclofenac 1% gel").Taking(new Dosage { Text = "1 tablet by mouth twice daily" })).Systemic);
        Assert.True(One(Order("diclofenac 75 mg tablet").Taking(new Dosage { Route = Route(Snomed, "6064005") })).Systemic);
    }

    [Fact]
    public void A_heparin_lock_stays_one_by_vein_but_not_under_the_skin_as_infusion_or_in_strength()
    {
        var flush = Order("heparin lock flush 100 units/mL");
        Assert.False(One(flush.Taking(new Dosage { Route = Route(Snomed, "47625008") })).Systemic);
        Assert.True(One(flush.Taking(new Dosage { Route = Route(Snomed, "34206005") })).Systemic);
        Assert.True(One(flush.Taking(new Dosage { HasRate = true })).Systemic);
        Assert.True(One(Order("heparin lock 5000 units/mL")).Systemic);
        Assert.True(One(Order("heparin lock").Taking(new Dosage { Dose = 5000, DoseUnit = "U" })).Systemic);
        Assert.False(One(Order("heparin lock").Taking(new Dosage { Dose = 500, DoseUnit = "U" })).Systemic);
    }

    [Fact]
    public void Speaking_of_flushing_the_line_makes_no_lock_of_a_dose() =>
        Assert.True(One(Order("heparin 5000 units/mL vial").Taking(new Dosage { Text = "5000 units IV, then flush line", Route = Route(Snomed, "47625008") })).Systemic);

    [Theory]
    [InlineData("1362060", false)]
    [InlineData("855635", false)]
    [InlineData("855633", false)]
    public void A_code_knows_its_form(string rxcui, bool systemic) =>
        Assert.Equal(systemic, One(Order("") with { Product = new([new Code(RxNorm, rxcui)], null) }).Systemic);

    [Fact]
    public void By_vein_is_said_by_route_word_rate_or_text()
    {
        Assert.True(One(Order("heparin").Taking(new Dosage { Route = Route(Snomed, "47625008") })).Intravenous);
        Assert.True(One(Order("heparin").Taking(new Dosage { HasRate = true })).Intravenous);
        Assert.True(One(Order("heparin drip")).Intravenous);
        Assert.False(One(Order("heparin 5000 units SC q8h")).Intravenous);
    }

    [Fact]
    public void The_form_of_the_medication_resource_counts() =>
        Assert.False(One(Order("ibuprofen 5%") with { Form = new([], "Topical gel") }).Systemic);

    /// <summary>In the list of medicines: a cream that nobody knows here does not go through the body, and what does not say how it is taken does.</summary>
    [Theory]
    [InlineData("betamethasone 0.1% cream", false)]
    [InlineData("metformin 500 mg oral tablet", true)]
    [InlineData("metformin", true)]
    public void The_row_of_an_unknown_medicine_says_how_it_is_used(string text, bool systemic) =>
        Assert.Equal((null, systemic), Assert.Single(Read(Order(text)).Rows) is var row ? (row.Ingredient, row.Systemic) : default);

    [Fact]
    public void A_form_that_two_ingredients_could_have_is_taken_from_neither() =>
        Assert.All(Read(Order("naproxen 500, diclofenac gel")).Medicines, m => Assert.True(m.Systemic));
}
