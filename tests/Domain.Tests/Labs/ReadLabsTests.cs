namespace BiopsyFhir.Domain.Tests.Labs;

public class ReadLabsTests
{
    [Theory]
    [InlineData("final", true, false)]
    [InlineData("amended", true, false)]
    [InlineData("corrected", true, false)]
    [InlineData("preliminary", false, true)]
    [InlineData("registered", false, true)]
    [InlineData("entered-in-error", false, false)]
    [InlineData("cancelled", false, false)]
    [InlineData("unknown", false, false)]
    public void Status_decides_what_a_result_counts_for(string status, bool final, bool preliminary)
    {
        var sheet = Lab.Read(Lab.Result("777-3", 210, "10*3/uL", status: status));
        Assert.Equal((final, preliminary), (!sheet.Of("platelets").IsEmpty, sheet.NotFinal.ContainsKey("platelets")));
        Assert.Empty(sheet.Unreadable);
    }

    [Theory]
    [InlineData(null, "no status")]
    [InlineData("verified", "status 'verified' is not known")]
    public void A_missing_or_foreign_status_is_not_taken_for_final(string? status, string why)
    {
        var sheet = Lab.Read(Lab.Result("777-3", 210, "10*3/uL", status: status));
        Assert.Empty(sheet.Values);
        Assert.Contains(why, Assert.Single(sheet.Unreadable).Why);
        Assert.Single(sheet.NotJudged);
    }

    [Fact]
    public void A_correction_replaces_the_first_version()
    {
        var sheet = Lab.Read(
            Lab.Result("777-3", 210, "10*3/uL", "2026-03-11T07:30:00-04:00", issued: "2026-03-11T09:00:00-04:00"),
            Lab.Result("777-3", 21, "10*3/uL", "2026-03-11T07:30:00-04:00", status: "corrected", issued: "2026-03-11T11:00:00-04:00"));
        Assert.Equal(21, Assert.Single(sheet.Of("platelets")).Amount);
        Assert.Empty(sheet.DataQuality);
    }

    [Fact]
    public void A_correction_is_not_undone_by_an_issue_time_that_is_missing()
    {
        var sheet = Lab.Read(
            Lab.Result("777-3", 210, "10*3/uL", "2026-03-11T07:30:00-04:00", issued: "2026-03-11T09:00:00-04:00"),
            Lab.Result("777-3", 21, "10*3/uL", "2026-03-11T07:30:00-04:00", status: "amended"));
        Assert.Equal(21, Assert.Single(sheet.Of("platelets")).Amount);
    }

    /// <summary>Laboratory systems issue a correction under the time of the report it replaces.</summary>
    [Fact]
    public void A_correction_issued_at_the_same_instant_replaces_the_first_version()
    {
        var sheet = Lab.Read(
            Lab.Result("777-3", 210, "10*3/uL", "2026-03-11T07:30:00-04:00", issued: "2026-03-11T09:00:00-04:00"),
            Lab.Result("777-3", 21, "10*3/uL", "2026-03-11T07:30:00-04:00", status: "corrected", issued: "2026-03-11T09:00:00-04:00"));
        Assert.Equal(21, Assert.Single(sheet.Of("platelets")).Amount);
        Assert.Empty(sheet.DataQuality);
    }

    [Fact]
    public void A_value_that_another_one_of_its_day_contradicts_keeps_its_own_notes()
    {
        var finger = Lab.Result("777-3", 40, "10*3/uL", "2026-03-11T09:00:00-04:00") with { Specimen = new Concept([], "Capillary blood") };
        var used = Lab.Read(Lab.Result("777-3", 210, "10*3/uL", "2026-03-11T07:00:00-04:00"), finger).Of("platelets")[0];
        Assert.Equal((40, 2), (used.Amount, used.Notes.Length));
        Assert.Contains(used.Notes, n => n.Contains("capillary", StringComparison.Ordinal));
        Assert.Contains(used.Notes, n => n.Contains("another value of the same day is 210", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2026-03-10", "2026-03-11")]
    [InlineData("2026-03-11T07:00:00-04:00", "2026-03-11T09:00:00-04:00")]
    public void Of_several_results_that_cannot_be_read_the_newest_is_named(string older, string newer)
    {
        ResultRecord[] records = [Lab.Result("2276-4", 180, "uL", older, reference: "Observation/1"), Lab.Result("2276-4", 180, "uL", newer, reference: "Observation/2")];
        foreach (var order in (ResultRecord[][])[records, [.. records.Reverse()]])
            Assert.Equal("Observation/2", Assert.IsType<Reading.Unreadable>(Lab.Read(order).Find("ferritin", new DateOnly(2026, 3, 18), 90)).Reference);
    }

    [Theory]
    [InlineData(100, 120, false)]
    [InlineData(100, 121, true)]
    [InlineData(100, 80, false)]
    [InlineData(100, 79.9, true)]
    public void Of_one_day_the_newest_issued_counts_and_a_conflict_above_20_percent_is_said(double later, double earlier, bool conflict)
    {
        var sheet = Lab.Read(
            Lab.Result("777-3", (decimal)earlier, "10*3/uL", "2026-03-11T06:00:00-04:00", issued: "2026-03-11T08:00:00-04:00"),
            Lab.Result("777-3", (decimal)later, "10*3/uL", "2026-03-11T05:00:00-04:00", issued: "2026-03-11T09:00:00-04:00"));
        Assert.Equal((decimal)later, sheet.Of("platelets")[0].Amount);
        Assert.Equal(conflict, sheet.DataQuality.Any(f => f is { Rule: "D-QUAL", Subject: "platelets" }));
        Assert.Equal(conflict, !sheet.Of("platelets")[0].Notes.IsEmpty);
    }

    [Theory]
    [InlineData("777-3", "10*3/uL", 210, 21, 21)]
    [InlineData("6301-6", "{INR}", 1.2, 2.6, 2.6)]
    [InlineData("2160-0", "mg/dL", 2.1, 0.9, 2.1)]
    [InlineData("3255-7", "mg/dL", 300, 90, 90)]
    public void Same_instant_and_same_issue_the_less_safe_value_counts_whatever_the_order(string loinc, string unit, double one, double two, double counts)
    {
        ResultRecord Record(double amount, string reference) => Lab.Result(loinc, (decimal)amount, unit, "2026-03-11T07:30:00-04:00", issued: "2026-03-11T09:00:00-04:00", reference: reference);
        var first = Lab.Read(Record(one, "Observation/a"), Record(two, "Observation/b"));
        var second = Lab.Read(Record(two, "Observation/b"), Record(one, "Observation/a"));
        foreach (var sheet in (LabSheet[])[first, second])
        {
            Assert.Equal((decimal)counts, Assert.Single(sheet.Values).Value[0].Amount);
            Assert.Single(sheet.DataQuality);
        }
    }

    [Theory]
    [InlineData("2026-03-12", "after the day of this assessment")]
    [InlineData("2027", "after the day of this assessment")]
    [InlineData(null, "date of the specimen is not recorded")]
    public void A_future_or_undated_result_is_ignored_and_said(string? date, string why)
    {
        var sheet = Lab.Read(Lab.Result("2276-4", 9, "ng/mL", date));
        Assert.Empty(sheet.Values);
        Assert.Contains(why, Assert.Single(sheet.Unreadable).Why);
        Assert.Contains(why, Assert.Single(sheet.DataQuality, f => f.Subject == "ferritin").Detail);
    }

    [Fact]
    public void A_result_after_the_biopsy_is_ignored_and_said()
    {
        var sheet = ReadLabs.From(Patients.Snapshot(asOf: "2026-03-25").With(Lab.Result("2276-4", 9, "ng/mL", "2026-03-19")), Knowledge.P1);
        Assert.Contains("after the biopsy", Assert.Single(sheet.Unreadable).Why);
    }

    [Fact]
    public void A_month_counts_as_its_first_day() => Assert.Equal(new DateOnly(2026, 2, 1), Lab.Read(Lab.Result("2276-4", 9, "ng/mL", "2026-02")).Of("ferritin")[0].Date);

    [Fact]
    public void An_instant_belongs_to_the_local_day() =>
        Assert.Equal(new DateOnly(2026, 3, 10), Lab.Read(Lab.Result("2276-4", 9, "ng/mL", "2026-03-11T02:00:00Z")).Of("ferritin")[0].Date);

    [Theory]
    [InlineData("see comment")]
    [InlineData("12.1 g/dL")]
    public void Words_instead_of_a_number_are_missing_and_shown(string text)
    {
        var sheet = Lab.Read(Lab.Words("718-7", text));
        Assert.True(Assert.Single(sheet.Unreadable).NoValue);
        Assert.IsType<Reading.Missing>(sheet.Find("hemoglobin", new DateOnly(2026, 3, 18), 30));
        Assert.Contains(text, Assert.Single(sheet.DataQuality).Detail);
        Assert.Contains(text, Assert.Single(sheet.NotJudged).Why);
    }

    [Fact]
    public void A_test_that_was_not_performed_hides_nothing()
    {
        var record = Lab.Result("6301-6", 0, null) with { Value = new ResultValue.None("No value: not-performed.") };
        var sheet = Lab.Read(record);
        Assert.Empty(sheet.NotJudged);
        Assert.Single(sheet.DataQuality);
    }

    [Theory]
    [InlineData("2026-03-11", null, 1)]
    [InlineData("2026-03-11", "2026-03-11", 0)]
    [InlineData("2026-03-11", "2026-03-10", 1)]
    [InlineData("2026-02-15", null, 0)]
    [InlineData("2026-02-16", null, 1)]
    public void An_unreadable_safety_lab_forbids_ready_unless_it_is_old_or_a_readable_one_is_as_new(string date, string? readable, int notJudged)
    {
        var results = new List<ResultRecord> { Lab.Result("777-3", 210, "uL", date) };
        if (readable is not null) results.Add(Lab.Result("777-3", 210, "10*3/uL", readable));
        Assert.Equal(notJudged, Lab.Read([.. results]).NotJudged.Length);
    }

    [Fact]
    public void An_unreadable_ferritin_is_said_and_does_not_forbid_ready()
    {
        var sheet = Lab.Read(Lab.Result("2276-4", 9, "uL"));
        Assert.Empty(sheet.NotJudged);
        Assert.Single(sheet.DataQuality);
    }

    [Fact]
    public void An_entry_that_must_not_be_interpreted_is_not() =>
        Assert.Equal("unknown modifier", Assert.Single(Lab.Read(Lab.Result("777-3", 210, "10*3/uL") with { CannotInterpret = "unknown modifier" }).Unreadable).Why);

    [Theory]
    [InlineData("<", 5)]
    [InlineData(">=", 1000)]
    public void A_comparator_is_kept(string comparator, double amount) =>
        Assert.Equal(comparator, Assert.Single(Lab.Read(Lab.Result("777-3", (decimal)amount, "10*3/uL", comparator: comparator)).Of("platelets")).Comparator);

    [Fact]
    public void An_unknown_comparator_is_refused() => Assert.Contains("comparator 'ad'", Assert.Single(Lab.Read(Lab.Result("777-3", 5, "10*3/uL", comparator: "ad")).Unreadable).Why);

    [Theory]
    [InlineData("2532-0", "U/L", "Specimen hemolyzed", true)]
    [InlineData("4542-7", "mg/dL", "muestra hemolizada", true)]
    [InlineData("2532-0", "U/L", "Lipaemic sample", true)]
    [InlineData("2532-0", "U/L", "No hemolysis", false)]
    [InlineData("2532-0", "U/L", "Hemolysis index 0", false)]
    [InlineData("777-3", "10*3/uL", "Specimen hemolyzed", false)]
    public void A_haemolysed_specimen_spoils_LDH_and_haptoglobin(string loinc, string unit, string note, bool spoilt) =>
        Assert.Equal(spoilt, Lab.Read(Lab.Result(loinc, 200, unit) with { Notes = [note] }).Values.IsEmpty);

    [Fact]
    public void A_capillary_result_is_used_and_labelled()
    {
        Assert.Contains("point-of-care or capillary sample", Assert.Single(Lab.Read(Lab.Result("30352-9", 12, "g/dL")).Of("hemoglobin")).Notes);
        Assert.Contains("point-of-care or capillary sample",
            Assert.Single(Lab.Read(Lab.Result("718-7", 12, "g/dL") with { Specimen = new Concept([], "Capillary blood") }).Of("hemoglobin")).Notes);
    }

    [Theory]
    [InlineData("5909-7", "smear-review")]
    [InlineData("24351-9", "spep")]
    [InlineData("1007-4", "dat")]
    [InlineData("56888-1", "hiv")]
    public void A_report_in_words_is_done(string loinc, string analyte)
    {
        var value = Assert.Single(Lab.Read(Lab.Words(loinc, "No blasts")).Of(analyte));
        Assert.True(value.ReportOnly);
        Assert.Equal("No blasts", value.Text);
    }

    [Fact]
    public void A_smear_as_a_report_without_words_is_done()
    {
        var report = Lab.Words("18314-5", "") with { Source = ResultSource.DiagnosticReport, Value = new ResultValue.None("A report without a machine-readable value.") };
        Assert.True(Assert.Single(Lab.Read(report).Of("smear-review")).ReportOnly);
    }

    [Fact]
    public void A_panel_entry_is_no_result_and_no_problem()
    {
        var panel = Lab.Words("58410-2", "") with { Value = ResultValue.None.Members };
        Assert.Equal((0, 0), (Lab.Read(panel).Unreadable.Length, Lab.Read(panel).Values.Count));
    }

    /// <summary>PT and INR hang under an entry with the code of the INR; a film's findings under the film: that one was done.</summary>
    [Fact]
    public void An_entry_that_only_groups_others_is_no_value_and_a_film_is_done()
    {
        var inr = Lab.Read(Lab.Words("6301-6", "") with { Value = ResultValue.None.Members });
        Assert.Equal((0, 0, 0), (inr.Values.Count, inr.Unreadable.Length, inr.NotJudged.Length));
        Assert.True(Assert.Single(Lab.Read(Lab.Words("5909-7", "") with { Value = ResultValue.None.Members }).Of("smear-review")).ReportOnly);
    }

    [Theory]
    [InlineData("2026-02-16", true)]
    [InlineData("2026-02-15", false)]
    public void A_blood_count_report_of_30_days_ago_may_still_hide_a_count(string date, bool mayHide)
    {
        var report = Lab.Words("58410-2", "", date) with { Source = ResultSource.DiagnosticReport, Value = new ResultValue.None("A report without a machine-readable value.") };
        Assert.Equal(mayHide, Lab.Read(report).Unreadable.Any(u => u.Analyte == "platelets"));
    }

    [Fact]
    public void A_blood_count_report_without_results_may_hide_a_count()
    {
        var report = Lab.Words("58410-2", "") with { Source = ResultSource.DiagnosticReport, Value = new ResultValue.None("A report without a machine-readable value.") };
        Assert.Equal(["hemoglobin", "platelets"], Lab.Read(report).Unreadable.Select(u => u.Analyte));
        var withCount = Lab.Read(report, Lab.Result("777-3", 210, "10*3/uL"), Lab.Result("718-7", 12, "g/dL"));
        Assert.Empty(withCount.Unreadable);
    }

    [Theory]
    [InlineData("PLT (Trombosit)", "10^3/uL", "platelets")]
    [InlineData("Recuento de plaquetas", "10*3/uL", "platelets")]
    [InlineData("HEMOGLOBİN", "g/dL", "hemoglobin")]
    [InlineData("Hemoglobina", "g/dL", "hemoglobin")]
    [InlineData("B12 vitamini", "pg/mL", "b12")]
    [InlineData("Ácido fólico", "ng/mL", "folate-serum")]
    [InlineData("Creatinine [Moles/volume] in Serum, Plasma or Blood", "umol/L", "creatinine")]
    [InlineData("Retikülosit", "%", "retic-percent")]
    [InlineData("Retikülosit", "10*9/L", "retic-absolute")]
    [InlineData("Neutrophils", "10*3/uL", "anc")]
    [InlineData("Neutrophils", "%", "differential")]
    public void A_name_is_read_when_there_is_no_code_and_said(string name, string unit, string analyte)
    {
        var value = Assert.Single(Assert.Single(Lab.Read(Lab.Named(name, 22, unit)).Values, v => v.Key == analyte).Value);
        Assert.Contains(value.Notes, n => n.StartsWith("recognised by its name"));
    }

    /// <summary>A count or a percentage: with a unit of neither it is refused as the percentage, and said.</summary>
    [Fact]
    public void A_name_of_two_tests_with_a_unit_of_neither_is_refused()
    {
        var sheet = Lab.Read(Lab.Named("Retikülosit", 22, "mL"));
        Assert.Empty(sheet.Values);
        Assert.Equal("retic-percent", Assert.Single(sheet.Unreadable).Analyte);
        Assert.Equal("retic-percent", Assert.Single(sheet.DataQuality).Subject);
    }

    [Theory]
    [InlineData("Creatinine, urine")]
    [InlineData("Hemoglobin A1c")]
    [InlineData("Platelet function")]
    [InlineData("Creatinine [Mass/volume] in Urine")]
    [InlineData("Coronary calcium")]
    public void A_longer_name_is_another_test(string name)
    {
        var sheet = Lab.Read(Lab.Named(name, 22, "mg/dL"));
        Assert.Equal((0, 0), (sheet.Values.Count, sheet.Unreadable.Length));
    }

    [Fact]
    public void A_bare_name_beside_a_urine_code_or_specimen_is_not_ours()
    {
        var byDisplay = Lab.Named("Creatinine", 22, "mg/dL") with { Code = new Concept([new Code("http://loinc.org", "2161-8", "Creatinine [Mass/volume] in Urine")], "Creatinine") };
        var bySpecimen = Lab.Named("Creatinine", 2, "mg/dL") with { Specimen = new Concept([], "Urine, 24 hour") };
        Assert.Empty(Lab.Read(byDisplay, bySpecimen).Values);
    }

    [Fact]
    public void A_known_code_is_believed_before_a_name()
    {
        var record = Lab.Result("4548-4", 6, "%") with { Code = new Concept([new Code("http://loinc.org", "4548-4")], "Hemoglobin") };
        Assert.Empty(Lab.Read(record).Values);
    }

    [Fact]
    public void A_coded_result_from_a_urine_specimen_is_not_used() =>
        Assert.Contains("specimen", Assert.Single(Lab.Read(Lab.Result("2160-0", 2, "mg/dL") with { Specimen = new Concept([], "Urine") }).Unreadable).Why);

    [Fact]
    public void Codes_of_two_analytes_on_one_result_are_refused()
    {
        var record = Lab.Result("718-7", 12, "g/dL") with { Code = new Concept([new Code("http://loinc.org", "718-7"), new Code("http://loinc.org", "777-3")], null) };
        Assert.Contains("both", Assert.Single(Lab.Read(record).Unreadable).Why);
    }

    [Fact]
    public void Two_codes_of_one_analyte_are_one()
    {
        var record = Lab.Result("718-7", 120, "g/L") with { Code = new Concept([new Code("http://loinc.org", "718-7"), new Code("http://loinc.org", "20509-6"), new Code("urn:local", "HGB")], null) };
        Assert.Equal(12, Assert.Single(Lab.Read(record).Of("hemoglobin")).Amount);
    }

    /// <summary>By mass and by moles on one result: the unit decides. Both by mass, and the unit is of moles: one of them is wrong.</summary>
    [Theory]
    [InlineData("2160-0", "14682-9", 88.4, "umol/L", true)]
    [InlineData("2160-0", "14682-9", 1, "mg/dL", true)]
    [InlineData("2160-0", "38483-4", 1, "mg/dL", true)]
    [InlineData("2160-0", "38483-4", 88.4, "umol/L", false)]
    public void A_code_by_mass_beside_one_by_moles(string one, string other, double amount, string unit, bool read)
    {
        var sheet = Lab.Read(Lab.Result(one, (decimal)amount, unit) with { Code = new Concept([new Code("http://loinc.org", one), new Code("http://loinc.org", other)], null) });
        Assert.Equal(read ? [1m] : [], sheet.Of("creatinine").Select(v => decimal.Round(v.Amount, 6)));
        Assert.Equal(read ? 0 : 1, sheet.Unreadable.Length);
    }

    [Theory]
    [InlineData("2026-03-11", 30, typeof(Reading.Known))]
    [InlineData("2026-02-16", 30, typeof(Reading.Known))]
    [InlineData("2026-02-15", 30, typeof(Reading.Stale))]
    [InlineData("2020-01-01", null, typeof(Reading.Known))]
    public void A_result_exactly_as_old_as_the_window_is_inside(string date, int? window, Type kind) =>
        Assert.IsType(kind, Lab.Read(Lab.Result("2276-4", 9, "ng/mL", date)).Find("ferritin", new DateOnly(2026, 3, 18), window));

    [Fact]
    public void A_preliminary_result_satisfies_nothing()
    {
        var sheet = Lab.Read(Lab.Result("2276-4", 9, "ng/mL", status: "preliminary"), Lab.Result("2276-4", 12, "ng/mL", "2025-03-11"));
        Assert.IsType<Reading.Preliminary>(sheet.Find("ferritin", new DateOnly(2026, 3, 18), 90));
    }

    [Theory]
    [InlineData("2026-02-25", true)]
    [InlineData("2026-02-24", false)]
    [InlineData("2026-03-12", false)]
    public void A_red_cell_transfusion_is_noted_for_14_days(string transfused, bool noted)
    {
        var snapshot = Patients.Snapshot(Patients.Chart() with
        {
            Procedures = [new ProcedureRecord { Reference = "Procedure/1", Code = new Concept([], "Transfusion of packed red blood cells"), Status = "completed", Performed = Lab.On(transfused) }],
        }).With(Lab.Result("718-7", 9, "g/dL"), Lab.Result("777-3", 90, "10*3/uL"));
        var sheet = ReadLabs.From(snapshot, Knowledge.P1);
        Assert.Equal(noted, sheet.Of("hemoglobin")[0].Notes.Any(n => n.Contains("transfusion")));
        Assert.Empty(sheet.Of("platelets")[0].Notes);
    }

    [Theory]
    [InlineData("Ferric carboxymaltose 50 mg/mL", "2276-4", "ng/mL", "intravenous iron")]
    [InlineData("Hidroxocobalamina 1 mg", "2132-9", "pg/mL", "vitamin B12")]
    [InlineData("Folik asit 5 mg", "2284-8", "ng/mL", "folic acid")]
    [InlineData("Ferrous sulfate 325 MG Oral Tablet", "2276-4", "ng/mL", "iron treatment")]
    public void Running_replacement_is_noted(string medicine, string loinc, string unit, string note)
    {
        MedicationRecord Entry(string status) => new() { Reference = "MedicationRequest/1", Source = MedicationSource.Request, Product = new Concept([], medicine), Status = status, Intent = "order", Authored = Lab.On("2026-01-01") };
        LabValue Value(string status) => Assert.Single(Assert.Single(ReadLabs.From(Patients.Snapshot(Patients.Chart() with { Medications = [Entry(status)] }).With(Lab.Result(loinc, 50, unit)), Knowledge.P1).Values).Value);
        Assert.Contains(Value("active").Notes, n => n.Contains(note));
        Assert.Empty(Value("entered-in-error").Notes);
    }

    [Theory]
    [InlineData("30 % blasts. No platelet clumps.", true)]
    [InlineData("Rare blasts present", true)]
    [InlineData("No dysplasia, blasts 30 %", true)]
    [InlineData("Blastos 5%", true)]
    [InlineData("Blasts: 0.5 %", true)]
    [InlineData("Normocytic red cells, no schistocytes. No blasts, no dysplasia.", false)]
    [InlineData("No schistocytes or blasts seen", false)]
    [InlineData("Blasts not seen", false)]
    [InlineData("blasts: 0 %", false)]
    [InlineData("0 % blasts", false)]
    [InlineData("Blast görülmedi", false)]
    [InlineData("Sin blastos", false)]
    [InlineData("Erythroblasts seen", false)]
    public void Words_of_a_smear_are_affirmed_or_not(string text, bool affirmed) => Assert.Equal(affirmed, Mentions.Affirms(text, "blast"));

    [Fact]
    public void Every_LOINC_code_of_the_catalogue_is_of_one_analyte_and_every_number_has_a_unit()
    {
        Assert.True(Lab.Catalogue.ByLoinc.Count > 250);
        Assert.All(Lab.Catalogue.Analytes.Values.Where(a => a.Kind == AnalyteKind.Number), a => Assert.Contains(a.Unit, a.Units.Keys));
    }
}
