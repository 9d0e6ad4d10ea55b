using System.Text;

namespace BiopsyFhir.Domain.Tests.Biopsies;

/// <summary>What counts as a marrow biopsy, why it is done and where (evidence 7.1 rules 8 and 9).</summary>
public class BiopsyCatalogueTests
{
    private const string Sct = "http://snomed.info/sct";
    private const string Pcs = "http://www.cms.gov/Medicare/Coding/ICD10";
    private const string Icd = "http://hl7.org/fhir/sid/icd-10-cm";
    private const string Loinc = "http://loinc.org";

    private static BiopsyCatalogue Catalogue => Knowledge.P1.Catalogue.Biopsies;

    private static Concept Words(string text) => new([], text);

    private static Concept Coded(string system, string code, string? text = null) => new([new Code(system, code)], text);

    [Theory]
    [InlineData("Bone marrow biopsy with aspiration", Sampling.Biopsy)]
    [InlineData("BONE MARROW BX + ASP", Sampling.Biopsy)]
    [InlineData("Bone-marrow trephine", Sampling.Biopsy)]
    [InlineData("BMBx", Sampling.Biopsy)]
    [InlineData("BM biopsy, left", Sampling.Biopsy)]
    [InlineData("CT-guided bone marrow biopsy", Sampling.Biopsy)]
    [InlineData("Biopsia de médula ósea", Sampling.Biopsy)]
    [InlineData("BIOPSIA DE ME\u0301DULA O\u0301SEA", Sampling.Biopsy)] // decomposed accents
    [InlineData("Kemik iliği biyopsisi", Sampling.Biopsy)]
    [InlineData("KEMİK İLİĞİ BİYOPSİSİ", Sampling.Biopsy)]
    [InlineData("Bone marrow biopsy, day 100 post-transplant", Sampling.Biopsy)]
    [InlineData("Post bone marrow transplant marrow biopsy", Sampling.Biopsy)]
    [InlineData("Bone marrow aspirate", Sampling.Aspiration)]
    [InlineData("Bone marrow aspiration without biopsy", Sampling.Aspiration)]
    [InlineData("Aspirado de médula ósea", Sampling.Aspiration)]
    [InlineData("Mielograma", Sampling.Aspiration)]
    [InlineData("Kemik iliği aspirasyonu", Sampling.Aspiration)]
    public void Orders_are_recognised_by_their_words(string words, Sampling takes)
    {
        Assert.Equal(takes, Catalogue.Recognise(Words(words)));
        Assert.False(Catalogue.IsNever(Words(words)));
    }

    [Theory]
    [InlineData("Bone marrow transplant")]
    [InlineData("Bone marrow consult")]
    [InlineData("Hematology consult for bone marrow biopsy")]
    [InlineData("CT Guidance for biopsy of Bone marrow")]
    [InlineData("Bone marrow edema")]
    [InlineData("Liver biopsy")]
    [InlineData("Trasplante de médula ósea")]
    [InlineData("Kemik iliği nakli")]
    [InlineData("Myelogram")]
    [InlineData("")]
    public void What_takes_no_marrow_is_not_one(string words) => Assert.Null(Catalogue.Recognise(Words(words)));

    [Theory]
    [InlineData("Bone marrow aspiration for transplant")]
    [InlineData("Bone marrow harvest by aspiration")]
    [InlineData("Donor bone marrow aspiration")]
    [InlineData("Aspiración de médula ósea, donante")]
    [InlineData("Kemik iliği aspirasyonu (nakil için)")]
    public void Transplant_donation_and_harvest_never_are(string words) => Assert.True(Catalogue.IsNever(Words(words)));

    [Theory]
    [InlineData(Sct, "56241004", Sampling.Biopsy)]
    [InlineData(Sct, "234326005", Sampling.Sampling)]
    [InlineData(Sct, "49401003", Sampling.Aspiration)]
    [InlineData("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "G0364", Sampling.Aspiration)]
    [InlineData(Pcs, "07DR3ZX", Sampling.Sampling)]
    [InlineData(Pcs, "079T3ZX", Sampling.Aspiration)]
    [InlineData("", "234326005", Sampling.Sampling)]
    public void Orders_are_recognised_by_their_codes(string system, string code, Sampling takes) => Assert.Equal(takes, Catalogue.Recognise(Coded(system, code)));

    [Theory]
    [InlineData(Loinc, "37211-0")]
    [InlineData(Loinc, "94463-7")]
    [InlineData(Pcs, "07JT3ZZ")]
    [InlineData(Loinc, "234326005")]
    [InlineData("http://www.ama-assn.org/go/cpt", "88305")]
    public void Guidance_consultation_inspection_and_pathology_codes_are_not_one(string system, string code) => Assert.Null(Catalogue.Recognise(Coded(system, code)));

    [Fact]
    public void A_site_adds_its_own_codes_in_a_file_beside()
    {
        const string Cpt = """{"orders":{"cpt":{"means":"biopsy","system":"http://www.ama-assn.org/go/cpt","codes":["38221","38222"],"cite":["EVIDENCE-D"]}}}""";
        Assert.Null(Catalogue.Recognise(Coded("http://www.ama-assn.org/go/cpt", "38222")));
        var with = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(Knowledge.With("cpt-biopsy.json", Cpt))).Policies.ById["P1"].Catalogue.Biopsies;
        Assert.Equal(Sampling.Biopsy, with.Recognise(Coded("http://www.ama-assn.org/go/cpt", "38222")));
        Assert.Equal(Sampling.Biopsy, with.Recognise(Words("Bone marrow biopsy")));
    }

    [Fact]
    public void Without_the_SNOMED_file_words_still_recognise()
    {
        var without = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(new(Knowledge.Files.ByName.Remove("snomed-biopsy.json")))).Policies.ById["P1"].Catalogue.Biopsies;
        Assert.Null(without.Recognise(Coded(Sct, "234326005")));
        Assert.Equal(Sampling.Biopsy, without.Recognise(Words("Bone marrow biopsy")));
    }

    [Theory]
    [InlineData("{}", "words")]
    [InlineData("""{"orders":{"x":{"means":"biopsies","system":"s","codes":["1"],"cite":["CODES"]}}}""", "'biopsies' is none of")]
    [InlineData("""{"orders":{"x":{"means":"biopsy","codes":["1"],"cite":["CODES"]}}}""", "orders/x/system: is missing")]
    [InlineData("""{"orders":{"x":{"means":"biopsy","system":"s","codes":["1"]}}}""", "no citation")]
    [InlineData("""{"indications":{"x":{"indication":"anaemia","words":["a"],"cite":["CODES"]}}}""", "'anaemia' is none of")]
    [InlineData("""{"sites":{"x":{"site":"hip","words":["a"],"cite":["NOWHERE"]}}}""", "'NOWHERE' is not in citations.json")]
    public void Faults_of_the_file_are_said_with_their_place(string json, string fault)
    {
        var refused = PolicySet.Read(Knowledge.With("biopsy.json", json));
        Assert.Contains(Assert.IsType<PolicyRead.Refused>(refused).Faults, f => f.StartsWith("biopsy.json", StringComparison.Ordinal) && f.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_file_is_a_fault() =>
        Assert.Contains("biopsy.json: file is missing", Assert.IsType<PolicyRead.Refused>(PolicySet.Read(new(Knowledge.Files.ByName.Remove("biopsy.json")))).Faults);

    [Theory]
    [InlineData("Unexplained anaemia", Indications.UnexplainedAnaemia)]
    [InlineData("unexplained ANEMIA", Indications.UnexplainedAnaemia)]
    [InlineData("Anemia de causa no clara", Indications.UnexplainedAnaemia)]
    [InlineData("Açıklanamayan anemi", Indications.UnexplainedAnaemia)]
    [InlineData("Anaemia not responding to iron", Indications.UnexplainedAnaemia)]
    [InlineData("Pancytopenia, unexplained", Indications.UnexplainedCytopenia)]
    [InlineData("Pansitopeni", Indications.UnexplainedCytopenia)]
    [InlineData("Suspected MDS", Indications.SuspectedMds)]
    [InlineData("Síndrome mielodisplásico", Indications.SuspectedMds)]
    [InlineData("Suspected acute leukaemia", Indications.AcuteLeukaemia)]
    [InlineData("New ALL", Indications.AcuteLeukaemia)]
    [InlineData("Akut lösemi şüphesi", Indications.AcuteLeukaemia)]
    [InlineData("Lymphoma staging", Indications.LymphomaStaging)]
    [InlineData("M-protein work-up", Indications.Myeloma)]
    [InlineData("MPN assessment", Indications.Mpn)]
    [InlineData("CLL response assessment", Indications.TreatmentMonitoring)]
    [InlineData("MDS follow-up on treatment", Indications.TreatmentMonitoring)]
    [InlineData("ALL remission marrow", Indications.TreatmentMonitoring)]
    [InlineData("Day 100 post-transplant", Indications.TransplantFollowUp)]
    [InlineData("Possible marrow infiltration", Indications.Other)]
    public void Reasons_are_understood_by_their_words(string words, string indication) => Assert.Equal(indication, Catalogue.Indication([Words(words)])?.Indication);

    [Theory]
    [InlineData("D64.9", Indications.UnexplainedAnaemia)]
    [InlineData("D61.818", Indications.UnexplainedCytopenia)]
    [InlineData("D69.6", Indications.UnexplainedCytopenia)]
    [InlineData("D46.9", Indications.SuspectedMds)]
    [InlineData("C92.00", Indications.AcuteLeukaemia)]
    [InlineData("C92.01", Indications.TreatmentMonitoring)]
    [InlineData("C92.10", Indications.Mpn)]
    [InlineData("C90.00", Indications.Myeloma)]
    [InlineData("C83.30", Indications.LymphomaStaging)]
    [InlineData("Z94.84", Indications.TransplantFollowUp)]
    public void Reasons_are_understood_by_their_codes(string code, string indication) => Assert.Equal(indication, Catalogue.Indication([Coded(Icd, code)])?.Indication);

    [Theory]
    [InlineData("all lines are low")]
    [InlineData("et cetera")]
    [InlineData("see note")]
    public void Small_words_are_no_abbreviations(string words) => Assert.Null(Catalogue.Indication([Words(words)]));

    [Fact]
    public void Of_several_reasons_the_one_that_changes_more_decides() =>
        Assert.Equal(Indications.SuspectedMds, Catalogue.Indication([Words("anaemia"), Words("rule out MDS")])?.Indication);

    [Fact]
    public void Every_indication_key_of_the_file_is_one_of_the_contract_and_each_of_these_can_be_found()
    {
        var file = Knowledge.Text("biopsy.json");
        foreach (var key in Indications.All.Except([Indications.NotStated])) Assert.Contains($"\"indication\": \"{key}\"", file, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sternum", BiopsySettings.Sternum)]
    [InlineData("esternón", BiopsySettings.Sternum)]
    [InlineData("Right posterior superior iliac spine", BiopsySettings.PosteriorIliacCrest)]
    [InlineData("Left anterior iliac crest", BiopsySettings.AnteriorIliacCrest)]
    [InlineData("proximal tibia", BiopsySettings.Tibia)]
    [InlineData("vertebral body", null)]
    public void Sites_are_understood(string words, string? site) => Assert.Equal(site, Catalogue.Site(Words(words)));

    [Theory]
    [InlineData("İĞ ıçş", " ig ics ")]
    [InlineData("  Haemoglobin—low ", " hemoglobin low ")]
    [InlineData("Leukaemia", " leukemia ")]
    public void Plain_words_drop_case_accents_and_spelling(string text, string plain) => Assert.Equal(plain, PlainWords.Of(text));

    [Fact]
    public void Phrases_of_the_file_are_written_as_they_are_compared()
    {
        // A phrase with an accent, a capital or a British spelling would never match.
        var strange = Encoding.UTF8.GetString(Knowledge.Files.ByName["biopsy.json"].Span).Split('"')
            .Where((_, i) => i % 2 == 1).Where(w => w.Length > 0 && w.Any(c => c > 127));
        Assert.Empty(strange);
    }
}
