using static BiopsyFhir.Domain.Tests.Holds.DrugCase;

namespace BiopsyFhir.Domain.Tests.History;

public class ReadHistoryTests
{
    private static PatientHistory Read(params ConditionRecord[] conditions) => Read(new Chart { Person = new Person("Patient/1", null, Sex.Female), Conditions = [.. conditions] });

    private static PatientHistory Read(Chart chart, string d0 = "2026-03-18", string asOf = "2026-03-11") =>
        ReadHistory.From(Patients.Snapshot(d0: d0, asOf: asOf) with { Chart = chart }, Knowledge.P1);

    private static string Kinds(PatientHistory history) => string.Join(' ', history.Problems.Select(p => p.Kind).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Pulmonary embolism", "vte")]
    [InlineData("TVP de miembro inferior", "vte")]
    [InlineData("Derin ven trombozu", "vte")]
    [InlineData("Pulmoner emboli", "vte")]
    [InlineData("Superficial vein thrombosis", "")]
    [InlineData("Superficial vein thrombosis DVT of the right leg", "vte")]
    [InlineData("Fat embolism", "")]
    [InlineData("Fibrilación auricular", "atrial-fibrillation")]
    [InlineData("Atriyal fibrilasyon", "atrial-fibrillation")]
    [InlineData("AF, on apixaban", "atrial-fibrillation")]
    [InlineData("Ictus isquémico", "stroke-tia")]
    [InlineData("Geçici iskemik atak", "stroke-tia")]
    [InlineData("Hemorrhagic stroke", "")]
    [InlineData("Heat stroke", "")]
    [InlineData("Acute lymphoblastic leukaemia in remission", "active-cancer leukaemia-acute")]
    [InlineData("ALL, pre-B", "leukaemia-acute")]
    [InlineData("All other systems reviewed", "")]
    [InlineData("CLL", "leukaemia")]
    [InlineData("Chronic myeloid leukemia in blast crisis", "active-cancer leukaemia-acute")]
    [InlineData("Akut miyeloid lösemi", "active-cancer leukaemia-acute")]
    [InlineData("Leucemia linfoblástica aguda", "active-cancer leukaemia-acute")]
    [InlineData("Síndrome mielodisplásico", "mds")]
    [InlineData("Esansiyel trombositoz", "mpn")]
    [InlineData("Multiple myeloma", "active-cancer myeloma")]
    [InlineData("MGUS", "mgus")]
    [InlineData("Hodgkin's lymphoma", "active-cancer lymphoma")]
    [InlineData("Non-Hodgkin lymphoma, cutaneous pseudolymphoma excluded", "active-cancer lymphoma")]
    [InlineData("Aplastic anaemia", "aplastic")]
    [InlineData("Sickle cell disease", "haemolytic-background sickle-cell")]
    [InlineData("Sickle cell trait", "")]
    [InlineData("Beta thalassaemia major", "haemolytic-background thalassaemia")]
    [InlineData("Haemophilia A", "bleeding-disorder")]
    [InlineData("Factor VIII deficiency", "bleeding-disorder")]
    [InlineData("factor V Leiden", "thrombophilia")]
    [InlineData("Disorder of bone", "")]
    [InlineData("Polycystic ovary syndrome", "")]
    [InlineData("Warfarin coagulopathy", "")]
    [InlineData("Protein-calorie malnutrition", "")]
    [InlineData("Obstructive sleep apnoea", "sleep-apnoea")]
    [InlineData("Uyku apnesi sendromu", "sleep-apnoea")]
    [InlineData("COPD on home oxygen", "copd-home-oxygen")]
    [InlineData("Osteoporosis", "osteoporosis")]
    [InlineData("Paget's disease of bone", "osteoporosis")]
    [InlineData("Paget's disease of breast", "")]
    [InlineData("Total hip arthroplasty, left", "hip-hardware")]
    [InlineData("Kalça protezi", "hip-hardware")]
    [InlineData("Cellulitis of the left buttock", "infection-at-site")]
    [InlineData("Cellulitis of the hand", "")]
    [InlineData("Radiotherapy to the pelvis 2015", "pelvic-radiation")]
    [InlineData("Radiation of the breast", "")]
    [InlineData("Iron deficiency anaemia", "iron-deficiency")]
    [InlineData("Anemia ferropénica", "iron-deficiency")]
    [InlineData("Demir eksikliği anemisi", "iron-deficiency")]
    [InlineData("Pernicious anaemia", "b12-deficiency")]
    [InlineData("Roux-en-Y gastric bypass", "bariatric-surgery")]
    [InlineData("Celiac disease", "malabsorption")]
    [InlineData("Celiac artery stenosis", "")]
    [InlineData("Alcohol use disorder", "alcohol")]
    [InlineData("Nonalcoholic fatty liver disease", "liver-disease")]
    [InlineData("Former smoker", "")]
    [InlineData("Tabaquismo activo", "smoking")]
    [InlineData("Karaciğer sirozu", "liver-disease")]
    [InlineData("Haematoma after bone marrow biopsy", "previous-procedure-bleed")]
    [InlineData("Platelet refractoriness", "thrombocytopenia-refractory")]
    [InlineData("Pulmonary hypertension", "")]
    [InlineData("Pulmonary hypertension; essential hypertension", "hypertension")]
    [InlineData("Diabetes insipidus", "")]
    [InlineData("Gastric cancer", "active-cancer")]
    [InlineData("Basal cell carcinoma", "")]
    [InlineData("Neutropenic fever", "fever")]
    [InlineData("Hay fever", "")]
    [InlineData("Peripheral vascular disease", "peripheral-artery-disease")]
    [InlineData("Essential hypertension", "hypertension")]
    [InlineData("Uso prolongado de anticoagulantes", "long-term-anticoagulant")]
    public void Words_of_three_languages_name_a_problem(string words, string kinds) => Assert.Equal(kinds, Kinds(Read(Condition(words))));

    [Theory]
    [InlineData("No history of DVT")]
    [InlineData("Denies stroke or TIA")]
    [InlineData("Patient has never had a pulmonary embolism")]
    [InlineData("Negative for pulmonary embolism")]
    [InlineData("DVT ruled out")]
    [InlineData("DVT unlikely")]
    [InlineData("DVT prophylaxis")]
    [InlineData("Prophylaxis of venous thromboembolism")]
    [InlineData("Stroke and systemic embolism prevention")]
    [InlineData("At risk of stroke")]
    [InlineData("Stroke risk")]
    [InlineData("Family history of stroke")]
    [InlineData("FH: DVT in mother")]
    [InlineData("Mother with pulmonary embolism")]
    [InlineData("Sin antecedentes de TVP")]
    [InlineData("Niega ictus")]
    [InlineData("Antecedentes familiares de TVP")]
    [InlineData("TVP descartada")]
    [InlineData("Profilaxis de tromboembolismo venoso")]
    [InlineData("DVT öyküsü yok")]
    [InlineData("Ailede DVT öyküsü")]
    [InlineData("Pulmoner emboli dışlandı")]
    [InlineData("DVT profilaksisi")]
    [InlineData("Not pregnant")]
    [InlineData("Not on dialysis")]
    [InlineData("Cancer screening")]
    [InlineData("Family history of breast cancer")]
    public void What_is_denied_prevented_or_in_the_family_is_not_a_problem(string words) => Assert.Equal("", Kinds(Read(Condition(words))));

    [Theory]
    [InlineData("Stroke prevention in atrial fibrillation", "atrial-fibrillation")]
    [InlineData("No change in atrial fibrillation", "atrial-fibrillation")]
    [InlineData("No bleeding. Atrial fibrillation.", "atrial-fibrillation")]
    [InlineData("Atrial fibrillation, no stroke", "atrial-fibrillation")]
    [InlineData("No stroke, but atrial fibrillation", "atrial-fibrillation")]
    [InlineData("Pulmonary embolism without acute cor pulmonale", "vte")]
    [InlineData("History of DVT", "vte")]
    [InlineData("Personal history of pulmonary embolism", "vte")]
    [InlineData("Type 2 diabetes mellitus without complications", "diabetes")]
    [InlineData("Possible pulmonary embolism", "vte")]
    public void A_denial_reaches_no_further_than_it_says(string words, string kinds) => Assert.Equal(kinds, Kinds(Read(Condition(words))));

    [Fact]
    public void What_is_to_be_ruled_out_is_no_problem_and_is_asked()
    {
        var history = Read(Condition("Rule out pulmonary embolism"));
        Assert.Empty(history.Problems);
        Assert.Contains("ruled out", Assert.Single(history.NotJudged).Why);
    }

    [Theory]
    [InlineData("refuted", "refuted")]
    [InlineData("entered-in-error", "error")]
    public void A_refuted_entry_is_dropped_visibly(string verification, string why)
    {
        var history = Read(Condition("Mechanical mitral valve", verification: verification));
        Assert.Empty(history.Problems);
        var dropped = Assert.Single(history.NotJudged);
        Assert.Contains(why, dropped.Why);
        Assert.Equal(MightHide.Nothing, dropped.Hides);
        Assert.Empty(Read(Condition("Seasonal allergy", verification: verification)).NotJudged);
    }

    [Theory]
    [InlineData("provisional")]
    [InlineData("unconfirmed")]
    [InlineData("differential")]
    [InlineData(null)]
    public void An_unconfirmed_entry_counts_and_says_so(string? verification)
    {
        var problem = Assert.Single(Read(Condition("Pulmonary embolism", "2026-02-01", verification: verification)).Problems);
        Assert.Equal(verification is not null, problem.Fact.Text.Contains($"{verification}", StringComparison.Ordinal) && verification is not null);
    }

    [Theory]
    [InlineData("DVT", "resolved", true)]
    [InlineData("Mechanical mitral valve", "inactive", true)]
    [InlineData("Haemophilia B", "resolved", true)]
    [InlineData("Heparin-induced thrombocytopenia", "resolved", true)]
    [InlineData("Breast cancer", "remission", false)]
    [InlineData("Breast cancer", "active", true)]
    [InlineData("Breast cancer", "recurrence", true)]
    [InlineData("History of breast cancer", "active", false)]
    [InlineData("Antecedente de cáncer de mama", "active", false)]
    [InlineData("Haemodialysis", "resolved", false)]
    [InlineData("Left ventricular thrombus", "resolved", false)]
    [InlineData("Coagulopathy", "resolved", false)]
    public void History_kinds_stay_true_and_states_end(string words, string status, bool active) =>
        Assert.All(Read(Condition(words, "2020-01-01", status: status)).Problems, p => Assert.Equal(active, p.Active));

    [Fact]
    public void An_entry_without_status_is_active_unless_it_has_ended()
    {
        Assert.True(Read(Condition("Breast cancer") with { ClinicalStatus = null }).Has("active-cancer"));
        Assert.False(Read(Condition("Breast cancer") with { ClinicalStatus = null, Abated = Date("2020") }).Has("active-cancer"));
    }

    [Theory]
    [InlineData("http://snomed.info/sct", "59282003", "vte")]
    [InlineData("urn:oid:2.16.840.1.113883.6.96", "59282003", "vte")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "I26.99", "vte")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "I2699", "vte")]
    [InlineData("urn:oid:2.16.840.1.113883.6.90", "i26.99", "vte")]
    [InlineData("http://hl7.org/fhir/sid/icd-10", "I26.9", "vte")]
    [InlineData("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "I26.9", "vte")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "I26.03", "")] // cement
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "Z95.2", "prosthetic-valve")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "Z95.3", "tissue-valve")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "D68.312", "antiphospholipid bleeding-disorder")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "D68.51", "thrombophilia")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "D68.61", "antiphospholipid")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "C91.01", "active-cancer leukaemia-acute")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "C91.10", "active-cancer leukaemia")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "C44.9", "")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "I69.354", "stroke-tia")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "I69.154", "")] // after a haemorrhage
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "Z99.2", "dialysis")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "Z79.01", "long-term-anticoagulant")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "Z79.02", "long-term-antiplatelet")]
    [InlineData("http://hl7.org/fhir/sid/icd-10-cm", "Z95.811", "lvad")]
    [InlineData("http://loinc.org", "I26.99", "")]
    public void Codes_alone_name_a_problem(string system, string code, string kinds) =>
        Assert.Equal(kinds, Kinds(Read(Condition("", codes: new Code(system, code)) with { Code = new Concept([new Code(system, code)], null) })));

    [Fact]
    public void A_code_that_nobody_knows_and_has_no_words_is_said()
    {
        var history = Read(Condition("") with { Code = new Concept([new Code("http://snomed.info/sct", "999000001")], null) });
        Assert.Contains("999000001", Assert.Single(history.NotJudged).Why);
    }

    [Fact]
    public void What_must_not_be_interpreted_is_said() =>
        Assert.Contains("unknown modifier", Assert.Single(Read(Condition("Mechanical mitral valve") with { CannotInterpret = "unknown modifier" }).NotJudged).Why);

    [Theory]
    [InlineData("027034Z", "coronary-stent")]
    [InlineData("02RG0JZ", "mechanical-valve")]
    [InlineData("02RF38Z", "tissue-valve")]
    [InlineData("02703ZZ", "pci")]
    public void Procedure_codes_name_an_implant(string code, string kinds)
    {
        var history = Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Procedures = [Procedure("", "2026-01-20") with { Code = new Concept([new Code("http://www.cms.gov/Medicare/Coding/ICD10", code)], null) }] });
        Assert.Equal(kinds, Kinds(history));
    }

    [Theory]
    [InlineData("not-done", 0)]
    [InlineData("entered-in-error", 0)]
    [InlineData("preparation", 0)]
    [InlineData("completed", 1)]
    [InlineData(null, 1)]
    public void Only_a_procedure_that_was_done_counts(string? status, int problems)
    {
        var history = Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Procedures = [Procedure("Coronary stent", "2026-01-20") with { Status = status }] });
        Assert.Equal((problems, 1 - problems), (history.Problems.Length, history.NotJudged.Length));
    }

    [Theory]
    [InlineData("2026-02-09", true)]
    [InlineData("2026-02-08", false)]
    [InlineData(null, false)]
    public void A_dialysis_long_ago_is_not_on_dialysis(string? on, bool active) =>
        Assert.Equal(active, Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Procedures = [Procedure("Hemodialysis", on)] }).Has("dialysis"));

    [Fact]
    public void A_disease_in_the_name_of_a_procedure_is_no_disease() =>
        Assert.Empty(Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Procedures = [Procedure("Heart failure education", "2026-01-01"), Procedure("Stroke rehabilitation", "2026-01-01")] }).Problems);

    [Fact]
    public void An_earlier_marrow_biopsy_is_known_from_procedures()
    {
        var history = Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Procedures = [Procedure("Bone marrow biopsy", "2025-01-01"), Procedure("Bone marrow transplantation", "2024-01-01")] });
        Assert.Equal("earlier-marrow-biopsy transplant", Kinds(history));
    }

    [Theory]
    [InlineData("active", true)]
    [InlineData("stopped", false)]
    public void The_reason_for_a_medicine_names_its_indication(string status, bool active)
    {
        var record = new MedicationRecord { Reference = "MedicationRequest/1", Source = MedicationSource.Request, Product = new Concept([], "apixaban"), Status = status, Reasons = [new Concept([], "Atrial fibrillation"), new Concept([], "DVT prophylaxis")] };
        var problem = Assert.Single(Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Medications = [record] }).Problems);
        Assert.Equal(("atrial-fibrillation", active, ProblemSource.MedicationReason), (problem.Kind, problem.Active, problem.Source));
        Assert.Contains("apixaban", problem.Fact.Text);
    }

    [Fact]
    public void Only_the_reasons_of_this_biopsy_are_history()
    {
        OrderRecord Order(int number, string reason) => new() { Reference = $"ServiceRequest/{number}", Code = new Concept([], "Order"), Reasons = [new Concept([], reason)] };
        var problem = Assert.Single(Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Orders = [Order(1, "Acute myeloid leukaemia in blast crisis"), Order(2, "Deep vein thrombosis")] }).Of("leukaemia-acute"));
        Assert.Equal((ProblemSource.OrderReason, "ServiceRequest/1"), (problem.Source, problem.Fact.Reference));
        Assert.Empty(Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Orders = [Order(2, "Deep vein thrombosis")] }).Problems);
    }

    [Theory]
    [InlineData("active", "confirmed", "Pulmonary embolism, 2026-02-01")]
    [InlineData("resolved", "confirmed", "Pulmonary embolism, 2026-02-01, resolved")]
    [InlineData("resolved", "provisional", "Pulmonary embolism, 2026-02-01, resolved, provisional")]
    public void A_fact_says_the_status_where_there_is_something_to_say(string status, string verification, string text) =>
        Assert.Equal(text, Assert.Single(Read(Condition("Pulmonary embolism", "2026-02-01", status: status, verification: verification)).Problems).Fact.Text);

    [Fact]
    public void An_entry_with_neither_code_nor_words_names_nothing() =>
        Assert.Empty(Read(new ConditionRecord { Reference = "Condition/1", Code = Concept.Empty }).Problems);

    [Theory]
    [InlineData("Zinc sulfate 220 mg capsule", true)]
    [InlineData("Çinko 15 mg", true)]
    [InlineData("Zinc oxide paste", false)]
    [InlineData("Metformin", false)]
    public void Zinc_is_read_from_the_medicines(string product, bool zinc) =>
        Assert.Equal(zinc, Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Medications = [new() { Reference = "MedicationRequest/1", Source = MedicationSource.Request, Product = new Concept([], product), Status = "active" }] }).Has("zinc-use"));

    [Theory]
    [InlineData("Chronic kidney disease, stage 3b", null, "3b")]
    [InlineData("CKD stage 5", null, "5")]
    [InlineData("End-stage renal disease", null, "5")]
    [InlineData("Chronic kidney disease", "N18.4", "4")]
    [InlineData("Chronic kidney disease", null, null)]
    public void The_stage_of_kidney_disease(string words, string? code, string? stage) =>
        Assert.Equal(stage, Assert.Single(Read(Condition(words, codes: code is null ? [] : [new Code(ProblemCatalogue.Icd10Cm, code)])).Of("ckd")).Detail("stage"));

    [Theory]
    [InlineData("Drug-eluting stent in LAD", "DES")]
    [InlineData("Bare metal stent, coronary", "BMS")]
    [InlineData("Coronary stent", null)]
    public void The_type_of_a_stent(string words, string? type) => Assert.Equal(type, Assert.Single(Read(Condition(words)).Of("coronary-stent")).Detail("type"));

    [Theory]
    [InlineData("2025-10-01", true)]
    [InlineData("2019-05-01", false)]
    public void A_pregnancy_on_the_problem_list_ends_by_itself(string onset, bool pregnant) => Assert.Equal(pregnant, Read(Condition("Pregnancy, second trimester", onset)).Has("pregnancy"));

    [Theory]
    [InlineData("Pregnancy, 22 weeks", null, "2026-03-11", "23")]
    [InlineData("Embarazo de 22 semanas", null, "2026-03-11", "23")]
    [InlineData("22 haftalık gebelik", null, "2026-03-11", "23")]
    [InlineData("Pregnancy", "Z3A.22", "2026-03-11", "23")]
    [InlineData("Pregnancy, 22 weeks", null, null, null)] // weeks of what day
    public void Weeks_of_an_entry_are_counted_on_to_the_biopsy(string words, string? code, string? recorded, string? weeks) =>
        Assert.Equal(weeks, Assert.Single(Read(Condition(words, recorded: recorded, codes: code is null ? [] : [new Code(ProblemCatalogue.Icd10Cm, code)])).Of("pregnancy")).Detail("weeks"));

    [Theory]
    [InlineData("18185-9", "Gestational age", 22, "wk", "2026-03-11", "23")]
    [InlineData("18185-9", "Gestational age", 156, "d", "2026-03-11", "23")]
    [InlineData("18185-9", "Gestational age", 22, "wk", "2025-06-11", null)] // that pregnancy is over
    public void Gestational_weeks_are_those_of_the_biopsy_day(string code, string words, int value, string unit, string on, string? weeks)
    {
        var result = new ResultRecord { Reference = "Observation/1", Source = ResultSource.Observation, Code = new Concept([new Code("http://loinc.org", code)], words), Status = "final", Effective = Date(on), Value = new ResultValue.Quantity(value, null, unit, unit, null) };
        var history = Read(new Chart { Person = new Person("Patient/1", null, Sex.Female), Results = [result] });
        Assert.Equal(weeks, history.Of("pregnancy").FirstOrDefault()?.Detail("weeks"));
    }

    /// <summary>Term and three weeks (301 days) before the biopsy is the longest that a pregnancy of that day can still be one.</summary>
    [Theory]
    [InlineData("2026-03-11", true)]
    [InlineData("2025-05-21", true)]
    [InlineData("2025-05-20", false)]
    public void A_gestational_age_whose_unit_cannot_be_read_is_a_pregnancy_without_weeks(string on, bool pregnant)
    {
        var result = new ResultRecord { Reference = "Observation/1", Source = ResultSource.Observation, Code = new Concept([new Code("http://loinc.org", "18185-9")], "Gestational age"), Status = "final", Effective = Date(on), Value = new ResultValue.Quantity(2, null, "trimester", "trimester", null) };
        var said = Read(new Chart { Person = new Person("Patient/1", null, Sex.Female), Results = [result] }).Of("pregnancy").SingleOrDefault();
        Assert.Equal((pregnant, null, pregnant ? "gestational age 2 trimester" : null), (said is not null, said?.Detail("weeks"), said?.Fact.Text));
    }

    /// <summary>141 days, rounded to a week with seven digits, are 141 days.</summary>
    [Theory]
    [InlineData("20.1428571", 141)]
    [InlineData("20.1428572", 141)]
    [InlineData("20", 140)]
    [InlineData("19.99", 139)]
    public void Days_that_came_as_weeks_are_not_one_day_less(string weeks, int days) => Assert.Equal(days, Gestation.Days(decimal.Parse(weeks, System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Born at 280 days: 112 days before that it is 168 days, 24 weeks.</summary>
    [Theory]
    [InlineData("2026-07-08", 24)]
    [InlineData("2026-07-09", 23)]
    public void Weeks_by_the_expected_date_of_delivery_stand_in_the_fact(string due, int weeks)
    {
        var result = new ResultRecord { Reference = "Observation/1", Source = ResultSource.Observation, Code = new Concept([new Code("http://loinc.org", "11778-8")], "Delivery date Estimated"), Status = "final", Effective = Date("2026-03-01"), Value = new ResultValue.Words(due) };
        var fact = Assert.Single(Read(new Chart { Person = new Person("Patient/1", null, Sex.Female), Results = [result] }).Of("pregnancy")).Fact;
        Assert.Equal(($"delivery expected {due}; {weeks} completed weeks on the day of the biopsy", (decimal)weeks), (fact.Text, fact.Value));
    }

    [Theory]
    [InlineData("Pregnant", true)]
    [InlineData("Not pregnant", false)]
    [InlineData("Pregnancy excluded", false)]
    [InlineData("Pregnancy unlikely", false)]
    [InlineData("Pregnancy confirmed", true)]
    public void Pregnancy_status_by_its_words(string status, bool pregnant)
    {
        var result = new ResultRecord { Reference = "Observation/1", Source = ResultSource.Observation, Code = new Concept([new Code("http://loinc.org", "82810-3")], "Pregnancy status"), Status = "final", Effective = Date("2026-03-01"), Value = new ResultValue.Coded(new Concept([], status)) };
        Assert.Equal(pregnant, Read(new Chart { Person = new Person("Patient/1", null, Sex.Female), Results = [result] }).Has("pregnancy"));
    }

    [Theory]
    [InlineData("CHA2DS2-VASc score", "4", "cha2ds2-vasc")]
    [InlineData("CHA₂DS₂-VASc", "9", "cha2ds2-vasc")]
    [InlineData("CHADS-VASc", "4", "cha2ds2-vasc")]
    [InlineData("CHADS2 score", "3", "chads2")]
    [InlineData("CHA2DS2-VASc score", "0", "cha2ds2-vasc")] // nothing adds to it: still a score
    [InlineData("CHADS2 score", "0", "chads2")]
    [InlineData("CHADS2 score", "6", "chads2")]
    [InlineData("CHADS2 score", "7", null)] // no such score: six points at most
    [InlineData("CHA2DS2-VASc score", "10", null)]
    [InlineData("CHA2DS2-VASc score", "-1", null)]
    [InlineData("CHA2DS2-VASc score", "12", null)]
    [InlineData("HAS-BLED", "3", null)]
    public void Recorded_scores(string name, string value, string? kind) =>
        Assert.Equal(kind, Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Results = [Score(name, decimal.Parse(value))] }).Problems.FirstOrDefault()?.Kind);

    [Fact]
    public void The_newest_score_counts()
    {
        var history = Read(new Chart { Person = new Person("Patient/1", null, Sex.Male), Results = [Score("CHA2DS2-VASc", 7, "2020-01-01"), Score("CHA2DS2-VASc", 4, "2025-01-01")] });
        Assert.Equal(4, Cha2ds2Vasc.Of(history, new Person("Patient/1", null, Sex.Male), 60).Score);
    }

    [Fact]
    public void A_site_may_leave_out_SNOMED_and_words_still_speak()
    {
        var files = new KnowledgeFiles(Knowledge.Files.ByName.Remove("snomed-conditions.tsv"));
        var policy = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(files)).Policies.ById["P1"];
        var chart = new Chart { Person = new Person("Patient/1", null, Sex.Male), Conditions = [Condition("Pulmonary embolism (disorder)", codes: new Code("http://snomed.info/sct", "59282003"))] };
        Assert.True(ReadHistory.From(Patients.Snapshot() with { Chart = chart }, policy).Has("vte"));
    }

    [Theory]
    [InlineData("problems.json", "\"unless\": [\"other-stent\"]", "\"unless\": [\"nothing\"]", "nothing")]
    [InlineData("conditions.tsv", "vte\thttp://hl7.org/fhir/sid/icd-10-cm\tI26.01", "clot\thttp://hl7.org/fhir/sid/icd-10-cm\tI26.01", "'clot'")]
    [InlineData("conditions.tsv", "\tI26.02\t", "\tI26.01\t", "stands twice")]
    public void Faults_of_the_files_are_named(string file, string old, string @new, string said)
    {
        var text = Knowledge.Text(file);
        Assert.Contains(old, text);
        var refused = Assert.IsType<PolicyRead.Refused>(PolicySet.Read(Knowledge.With(file, text.Replace(old, @new, StringComparison.Ordinal))));
        Assert.Contains(refused.Faults, f => f.Contains(said, StringComparison.Ordinal) && f.StartsWith(file, StringComparison.Ordinal));
    }

    /// <summary>Every code row names a problem of its kind when its own display is all there is: code and words tell the same.</summary>
    [Fact]
    public void The_words_of_a_code_do_not_contradict_it()
    {
        var wrong = new List<string>();
        foreach (var row in KnowledgeTable.Read(Knowledge.Files, "conditions.tsv", new Faults(), false, "kind", "system", "code", "display", "details"))
        {
            var kinds = Read(Condition(row["display"], codes: new Code(row["system"], row["code"]))).Problems.Select(p => p.Kind).ToHashSet();
            foreach (var kind in row.Several("kind").Select(k => k == "bleeding-disorder-acquired" ? "bleeding-disorder" : k).Where(k => !kinds.Contains(k)))
                wrong.Add($"{row["code"]} {row["display"]}: {kind}");
        }
        Assert.Empty(wrong);
    }
}
