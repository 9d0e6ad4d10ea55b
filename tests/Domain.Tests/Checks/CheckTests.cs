namespace BiopsyFhir.Domain.Tests.Checks;

public class CheckTests
{
    [Theory]
    [InlineData("Lidocaine", "allergy", "anaphylaxis", "A-LOCAL", Severity.Critical)]
    [InlineData("Lidocaine", "intolerance", "palpitations", "A-LOCAL", Severity.Moderate)]
    [InlineData("Lidocaína", null, null, "A-LOCAL", Severity.Moderate)]
    [InlineData("Chlorhexidine", null, null, "A-SKIN", Severity.High)]
    [InlineData("Povidone-iodine (Betadine)", null, null, "A-SKIN", Severity.Moderate)]
    [InlineData("Iodinated contrast", null, "hives", "A-SKIN", Severity.Info)]
    [InlineData("Lateks", null, null, "A-LATEX", Severity.Moderate)]
    [InlineData("Surgical tape", null, null, "A-SED", Severity.Info)]
    public void An_allergy_that_matters_is_said(string to, string? type, string? reaction, string rule, Severity severity)
    {
        var allergy = Patients.Allergy(to) with { Type = type, Reactions = reaction is null ? [] : [new Concept([], reaction)] };
        var finding = Assert.Single(Allergies(allergy));
        Assert.Equal((rule, severity), (finding.Rule, finding.Severity));
        Assert.Contains(finding.Because, f => f.Reference == "AllergyIntolerance/1");
        Assert.NotEmpty(finding.Citations);
    }

    /// <summary>A word may be one sign long ("rash" in Chinese); a reaction without words leaves no gap.</summary>
    [Fact]
    public void The_reactions_stand_behind_the_name() =>
        Assert.Equal("Latex (hives, 疹)", Assert.Single(Assert.Single(Allergies(Patients.Allergy("Latex") with { Reactions = [new([], "hives"), Concept.Empty, new([], "疹")] })).Because).Text);

    [Fact]
    public void The_body_mass_index_is_one_number_in_words_and_in_the_facts()
    {
        var snapshot = Patients.Snapshot() with { };
        snapshot = snapshot with { Chart = snapshot.Chart with { Results = [Labs.Lab.Result("29463-7", 116.7m, "kg"), Labs.Lab.Result("8302-2", 170, "cm")] } };
        var finding = Run(snapshot, PatientRules.Findings).Single(f => f.Rule == "G-BMI");
        Assert.Contains("40.4", finding.Title);
        Assert.Equal(("BMI 40.4 kg/m2", 40.4m), (finding.Because[0].Text, finding.Because[0].Value));
    }

    [Theory]
    [InlineData("No known latex allergy")]
    [InlineData("Cocaine")]
    [InlineData("Penicillin")]
    public void Other_entries_raise_nothing(string text) => Assert.Empty(Allergies(Patients.Allergy(text)));

    [Fact]
    public void A_coded_no_known_latex_allergy_raises_nothing() =>
        Assert.Empty(Allergies(Patients.Allergy("Latex", new Code("http://snomed.info/sct", "716184000"))));

    [Theory]
    [InlineData("refuted", "active", 0)]
    [InlineData("entered-in-error", null, 0)]
    [InlineData("confirmed", "resolved", 0)]
    [InlineData(null, null, 1)]
    [InlineData("unconfirmed", "active", 1)]
    public void Status_decides_and_a_missing_status_counts(string? verification, string? clinical, int findings) =>
        Assert.Equal(findings, Allergies(Patients.Allergy("Latex") with { VerificationStatus = verification, ClinicalStatus = clinical }).Count());

    [Theory]
    [InlineData("confirmed", 1)]
    [InlineData(null, 1)]
    [InlineData("entered-in-error", 0)]
    public void An_allergy_that_cannot_be_read_is_said_not_dropped(string? verification, int said)
    {
        var unreadable = new AllergyRecord { Reference = "AllergyIntolerance/9", Code = Concept.Empty, VerificationStatus = verification, CannotInterpret = "It has neither a code nor a text." };
        var notJudged = Assess.Run(Patients.Snapshot(Patients.Chart() with { Allergies = [unreadable] }), Knowledge.P1).NotJudged;
        Assert.Equal(said, notJudged.Count(n => n.What.Contains("AllergyIntolerance/9", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http://snomed.info/sct", "999000001", null, "active", 1)]
    [InlineData("http://snomed.info/sct", "999000001", "Penicillin", "active", 0)]
    [InlineData("http://snomed.info/sct", "999000001", null, "resolved", 1)]
    [InlineData("http://snomed.info/sct", "716186003", null, "active", 0)] // no known allergy
    public void An_allergy_whose_code_is_unknown_and_that_has_no_words_is_said(string system, string code, string? words, string clinical, int said)
    {
        var allergy = Patients.Allergy("") with { Reference = "AllergyIntolerance/9", Code = new Concept([new Code(system, code)], words), ClinicalStatus = clinical };
        var notJudged = Assess.Run(Patients.Snapshot(Patients.Chart() with { Allergies = [allergy] }), Knowledge.P1).NotJudged;
        Assert.Equal(said, notJudged.Count(n => n.What.Contains("AllergyIntolerance/9", StringComparison.Ordinal)));
    }

    [Fact]
    public void Both_skin_preparations_are_named_together() =>
        Assert.Contains("Neither", Assert.Single(Allergies(Patients.Allergy("Chlorhexidine"), Patients.Allergy("Betadine"))).Detail);

    [Theory]
    [InlineData("2008-03-19", "sternum", "G-SITE", Severity.Critical)]
    [InlineData("2008-03-18", "sternum", "G-SITE", Severity.Moderate)]
    [InlineData("2024-03-19", "tibia", null, null)]
    [InlineData("2024-03-18", "tibia", "G-SITE", Severity.High)]
    public void Site_against_age_on_both_sides_of_the_birthday(string birth, string site, string? rule, Severity? severity)
    {
        var finding = Run(Patients.Snapshot(site: site, birth: birth), SiteRules.Findings).FirstOrDefault(f => f.Rule == "G-SITE");
        Assert.Equal((rule, severity), (finding?.Rule, finding?.Severity));
    }

    [Fact]
    public void A_sternum_with_an_unknown_age_is_not_waved_through()
    {
        var snapshot = Patients.Snapshot(site: "sternum");
        snapshot = snapshot with { Chart = snapshot.Chart with { Person = snapshot.Chart.Person with { BirthDate = null } } };
        Assert.Equal(Severity.Critical, Run(snapshot, SiteRules.Findings).Single(f => f.Rule == "G-SITE").Severity);
    }

    [Theory]
    [InlineData("none", "unknown", 0, false)]
    [InlineData("procedural", "unknown", 2, true)]
    [InlineData("procedural", "yes", 1, false)]
    [InlineData("general", "no", 2, true)]
    public void Sedation_asks_for_an_escort(string sedation, string escort, int said, bool moderate)
    {
        var findings = Run(Patients.Snapshot(sedation: sedation, escort: escort), SedationRules.Findings).Where(f => f.Rule == "G-SED").ToList();
        Assert.Equal((said, moderate), (findings.Count, findings.Any(f => f.Severity == Severity.Moderate)));
    }

    [Theory]
    [InlineData("2014-03-18", Sex.Female, true)]
    [InlineData("2014-03-19", Sex.Female, false)]
    [InlineData("1970-03-19", Sex.Female, true)]
    [InlineData("1970-03-18", Sex.Female, false)]
    [InlineData("1990-01-01", Sex.Male, false)]
    public void Pregnancy_is_asked_between_12_and_55(string birth, Sex sex, bool asked) =>
        Assert.Equal(asked, Run(Patients.Snapshot(birth: birth, sex: sex), PatientRules.Findings).Any(f => f.Rule == "G-PREG"));

    [Fact]
    public void A_missing_phone_number_is_said_and_does_not_make_the_patient_unready()
    {
        var snapshot = Patients.Snapshot();
        snapshot = snapshot with { Facility = snapshot.Facility with { AfterHoursPhone = null } };
        var finding = Run(snapshot, PatientRules.Findings).Single(f => f.Rule == "G-CALL");
        Assert.Equal(Severity.Info, finding.Severity);
        Assert.Contains("after hours", finding.Detail);
        Assert.DoesNotContain(Run(Patients.Snapshot(), PatientRules.Findings), f => f.Rule == "G-CALL");
    }

    private static IEnumerable<Finding> Allergies(params AllergyRecord[] allergies) =>
        Run(Patients.Snapshot(Patients.Chart() with { Allergies = [.. allergies] }), AllergyRules.Findings);

    private static IEnumerable<Finding> Run(Snapshot snapshot, Func<Situation, IEnumerable<Finding>> rule) =>
        rule(Assess.Situation(snapshot, Knowledge.P1));
}
