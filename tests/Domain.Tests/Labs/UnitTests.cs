namespace BiopsyFhir.Domain.Tests.Labs;

public class UnitTests
{
    /// <summary>Evidence 3.7: conventional value, and the same in the other unit.</summary>
    [Theory]
    [InlineData("718-7", "g/dL", 12, "g/L", 120)]
    [InlineData("777-3", "10*3/uL", 250, "10*9/L", 250)]
    [InlineData("777-3", "10*3/uL", 250, "/uL", 250000)]
    [InlineData("777-3", "10*3/uL", 250, "10*4/uL", 25)]
    [InlineData("6690-2", "10*3/uL", 5.6, "10*6/L", 5600)]
    [InlineData("789-8", "10*6/uL", 4.5, "10*12/L", 4.5)]
    [InlineData("2498-4", "ug/dL", 84, "ug/L", 840)]
    [InlineData("3034-6", "mg/dL", 250, "g/L", 2.5)]
    [InlineData("2276-4", "ng/mL", 45, "ug/L", 45)]
    [InlineData("2132-9", "pg/mL", 200, "ng/L", 200)]
    [InlineData("2284-8", "ng/mL", 3, "ug/L", 3)]
    [InlineData("4542-7", "mg/dL", 25, "g/L", 0.25)]
    [InlineData("1988-5", "mg/L", 30, "mg/dL", 3)]
    [InlineData("3255-7", "mg/dL", 90, "g/L", 0.9)]
    [InlineData("3016-3", "m[IU]/L", 2, "u[IU]/mL", 2)]
    [InlineData("15061-5", "m[IU]/mL", 12, "[IU]/L", 12)]
    [InlineData("4544-3", "%", 41, "L/L", 0.41)]
    [InlineData("17849-1", "%", 2, "1", 0.02)]
    [InlineData("17849-1", "%", 0.9, "10*-3", 9)]
    [InlineData("29463-7", "kg", 70, "g", 70000)]
    [InlineData("8302-2", "cm", 170, "m", 1.7)]
    [InlineData("8302-2", "cm", 167.64, "[in_i]", 66)]
    public void The_same_value_in_another_unit_reads_the_same(string loinc, string unit, double amount, string otherUnit, double otherAmount)
    {
        var (first, second) = (Amount(loinc, amount, unit), Amount(loinc, otherAmount, otherUnit));
        Assert.Equal(first, second);
        Assert.Equal((decimal)amount, first);
    }

    /// <summary>Mass and mole codes are different codes; the factor is applied exactly.</summary>
    [Theory]
    [InlineData("2160-0", "mg/dL", 1.5, "14682-9", "umol/L", 132.6)]
    [InlineData("1975-2", "mg/dL", 2, "14631-6", "umol/L", 34.2)]
    [InlineData("2498-4", "ug/dL", 100, "14798-3", "umol/L", 17.91)]
    [InlineData("2500-7", "ug/dL", 300, "14800-7", "umol/L", 53.73)]
    [InlineData("2132-9", "pg/mL", 200, "14685-2", "pmol/L", 147.56)]
    [InlineData("2284-8", "ng/mL", 3, "14732-2", "nmol/L", 6.798)]
    [InlineData("2276-4", "ng/mL", 40, "14723-1", "pmol/L", 89.88)]
    [InlineData("718-7", "g/dL", 10, "59260-0", "mmol/L", 6.206)]
    [InlineData("3094-0", "mg/dL", 20, "35209-6", null, 0)]
    public void Moles_and_mass_codes_convert_to_one_value(string massCode, string massUnit, double mass, string molesCode, string? molesUnit, double moles)
    {
        if (molesUnit is not null) Assert.Equal(Amount(massCode, mass, massUnit), Amount(molesCode, moles, molesUnit));
        Assert.Equal((decimal)mass, Amount(massCode, mass, massUnit));
    }

    [Theory]
    [InlineData("29463-7", "[lb_av]", 150, 68.0388555)]
    [InlineData("13964-2", "umol/L", 0.4, 400)]
    [InlineData("2532-0", "ukat/L", 3.334, 200)]
    [InlineData("22674-6", "umol/L", 25, 199)]
    public void Single_conversions(string loinc, string unit, double amount, double own) => Assert.Equal((decimal)own, Amount(loinc, amount, unit));

    [Theory]
    [InlineData("K/uL")]
    [InlineData("K/ul")]
    [InlineData("10^3/uL")]
    [InlineData("x10E3/uL")]
    [InlineData("x10E3/µL")]
    [InlineData("10³/μL")]
    [InlineData("×10³/µL")]
    [InlineData("thou/mm3")]
    [InlineData("10*3/mm3")]
    [InlineData("10*9/L")]
    [InlineData("x10^9/L")]
    [InlineData("10⁹/L")]
    [InlineData("G/L")]
    [InlineData("10*3/uL{cells}")]
    [InlineData(" 10*3 / uL ")]
    [InlineData("bin/mm3")]
    [InlineData("/nL")]
    [InlineData("Gpt/L")]
    public void Platelet_units_that_laboratories_send(string unit) => Assert.Equal(210m, Assert.Single(Lab.Read(Lab.Result("777-3", 210, unit)).Of("platelets")).Amount);

    [Theory]
    [InlineData("10¹²/L")]
    [InlineData("T/L")]
    [InlineData("M/uL")]
    [InlineData("mill/mm³")]
    public void Red_cell_units(string unit) => Assert.Equal(4.5m, Assert.Single(Lab.Read(Lab.Result("789-8", 4.5m, unit)).Of("rbc")).Amount);

    [Theory]
    [InlineData("ug/L")]
    [InlineData("µg/L")]
    [InlineData("μg/L")]
    [InlineData("UG/L")]
    [InlineData("mcg/L")]
    [InlineData("ng/ml")]
    public void Ferritin_with_either_micro_sign(string unit) => Assert.Equal(9m, Assert.Single(Lab.Read(Lab.Result("2276-4", 9, unit)).Of("ferritin")).Amount);

    [Theory]
    [InlineData("g/dl", 12)]
    [InlineData("G/DL", 12)]
    [InlineData("gram per deciliter", 12)]
    [InlineData("G/L", 120)]
    public void Haemoglobin_spellings(string unit, double amount) =>
        Assert.Equal(12m, Assert.Single(Lab.Read(Lab.Result("718-7", (decimal)amount, unit)).Of("hemoglobin")).Amount);

    [Theory]
    [InlineData("777-3", "uL", "the unit 'uL' is not known")]
    [InlineData("777-3", "g/dL", "not known")]
    [InlineData("777-3", null, "no unit")]
    [InlineData("718-7", "mg", "not known")]
    [InlineData("2160-0", "ng/mL", "not known")]
    [InlineData("6301-6", "s", "the unit 's' is not known for INR")]
    [InlineData("6301-6", "min", "not known")]
    [InlineData("6301-6", "0", "not known")]
    [InlineData("6301-6", "%", "not known")]
    public void An_unknown_unit_is_never_guessed(string loinc, string? unit, string why)
    {
        var sheet = Lab.Read(Lab.Result(loinc, 12, unit));
        Assert.Empty(sheet.Values);
        Assert.Contains(why, Assert.Single(sheet.Unreadable).Why);
        Assert.Single(sheet.DataQuality, f => f is { Rule: "D-QUAL", Severity: Severity.Info });
        Assert.Single(sheet.NotJudged, n => n.Hides == MightHide.SafetyLab);
    }

    [Theory]
    [InlineData("718-7", 7.4, "mmol/L", "the code is for mass, the unit mmol/L for moles")]
    [InlineData("14682-9", 1.1, "mg/dL", "the code is for moles, the unit mg/dL for mass")]
    [InlineData("2160-0", 97, "umol/L", "the code is for mass")]
    [InlineData("59260-0", 4.09, "mmol/L", "tetramer")]
    [InlineData("2160-0", 26, "mg/dL", "almost surely umol/L")]
    [InlineData("17849-1", 0.2, "1", "fraction or a per cent")]
    [InlineData("718-7", 26, "g/dL", "outside what is plausible")]
    [InlineData("718-7", 1.4, "g/dL", "outside what is plausible (1.5 to 25 g/dL)")]
    [InlineData("6301-6", 100, "{INR}", "outside")]
    [InlineData("777-3", 5001, "10*3/uL", "outside")]
    [InlineData("777-3", -1, "10*3/uL", "outside")]
    [InlineData("4544-3", 0.41, "%", "outside")]
    [InlineData("29463-7", 19.9, "kg", "outside")]
    [InlineData("29463-7", 401, "kg", "outside")]
    public void A_trap_is_refused_and_said(string loinc, double amount, string unit, string why)
    {
        var sheet = Lab.Read(Lab.Result(loinc, (decimal)amount, unit));
        Assert.Empty(sheet.Values);
        Assert.Contains(why, Assert.Single(sheet.Unreadable).Why);
    }

    [Theory]
    [InlineData("718-7", 25, "g/dL")]
    [InlineData("718-7", 1.5, "g/dL")]
    [InlineData("2160-0", 25, "mg/dL")]
    [InlineData("59260-0", 4.1, "mmol/L")]
    [InlineData("17849-1", 0.199, "1")]
    [InlineData("6301-6", 0.5, null)]
    [InlineData("6301-6", 20, "1")]
    [InlineData("777-3", 0, "10*3/uL")]
    [InlineData("29463-7", 20, "kg")]
    [InlineData("35209-6", 89.88, "pmol/L")]
    public void The_edge_itself_is_read(string loinc, double amount, string? unit) => Assert.Empty(Lab.Read(Lab.Result(loinc, (decimal)amount, unit)).Unreadable);

    [Fact]
    public void An_absurd_number_is_refused_not_overflowed() =>
        Assert.Contains("absurd", Assert.Single(Lab.Read(Lab.Result("777-3", 79228162514264337593543950335m, "10*4/uL")).Unreadable).Why);

    [Fact]
    public void A_unit_code_and_text_that_disagree_are_refused()
    {
        var result = Lab.Result("718-7", 12, "g/dL") with { Value = new ResultValue.Quantity(12, null, "g/L", "g/dL", Lab.Ucum) };
        Assert.Contains("disagree", Assert.Single(Lab.Read(result).Unreadable).Why);
    }

    [Theory]
    [InlineData("g/dL", "gram per dl of blood", Lab.Ucum, true)]
    [InlineData("258795003", "g/dL", "http://snomed.info/sct", true)]
    [InlineData("xyz", "g/dL", Lab.Ucum, false)]
    public void Code_before_text_and_a_UCUM_code_that_is_unknown_is_not_explained_away(string code, string text, string system, bool read)
    {
        var result = Lab.Result("718-7", 12, "g/dL") with { Value = new ResultValue.Quantity(12, null, text, code, system) };
        Assert.Equal(read ? 1 : 0, Lab.Read(result).Of("hemoglobin").Length);
    }

    [Theory]
    [InlineData("718-7", 10.4, 12, 16, 10.4)]
    [InlineData("718-7", 104, 120, 160, 10.4)]
    [InlineData("777-3", 14, 150, 400, 14)]
    [InlineData("777-3", 14000, 150000, 400000, 14)]
    [InlineData("777-3", 1.4, 15, 40, 14)]
    [InlineData("14682-9", 132.6, 60, 110, 1.5)]
    public void Without_a_unit_the_laboratory_s_own_range_shows_the_scale(string loinc, double amount, double low, double high, double own)
    {
        var value = Assert.Single(Lab.Read(Lab.Result(loinc, (decimal)amount, null) with { Ranges = [new((decimal)low, (decimal)high, null, null, null)] }).Values).Value[0];
        Assert.Equal((decimal)own, value.Amount);
        Assert.Contains(value.Notes, n => n.Contains("range"));
    }

    [Theory]
    [InlineData("718-7", 10.4, 1, 30)]
    [InlineData("2276-4", 10.4, 15, 150)]
    public void A_range_that_shows_nothing_leaves_it_unread(string loinc, double amount, double low, double high) =>
        Assert.Equal("no unit", Assert.Single(Lab.Read(Lab.Result(loinc, (decimal)amount, null) with { Ranges = [new((decimal)low, (decimal)high, null, null, null)] }).Unreadable).Why);

    [Fact]
    public void A_range_with_a_unit_lends_it() =>
        Assert.Equal(10.4m, Assert.Single(Lab.Read(Lab.Result("718-7", 104, null) with { Ranges = [new(120, 160, "g/L", "g/L", null)] }).Of("hemoglobin")).Amount);

    [Fact]
    public void Without_a_code_a_range_does_not_make_up_for_a_missing_unit() =>
        Assert.Equal("no unit", Assert.Single(Lab.Read(Lab.Named("Hemoglobin", 10.4m, null) with { Ranges = [new(12, 16, null, null, null)] }).Unreadable).Why);

    [Fact]
    public void Limits_are_converted_with_the_value()
    {
        var value = Assert.Single(Lab.Read(Lab.Result("718-7", 104, "g/L") with { Ranges = [new(120, 160, null, null, null)] }).Of("hemoglobin"));
        Assert.Equal((12m, 16m), (value.Low, value.High));
    }

    [Fact]
    public void Which_of_several_ranges_is_the_normal_one_is_not_guessed() =>
        Assert.Null(Lab.Read(Lab.Result("718-7", 104, "g/L") with { Ranges = [new(120, 160, null, null, null), new(70, 200, null, null, "critical")] }).Of("hemoglobin")[0].Low);

    [Theory]
    [InlineData("2024-06-01", 19, true)]
    [InlineData("2024-06-01", 21, false)]
    [InlineData("2020-06-01", 19, true)]
    [InlineData("1960-06-01", 19, false)]
    public void Plausible_weight_depends_on_age(string birth, double kg, bool read) =>
        Assert.Equal(read ? 1 : 0, ReadLabs.From(Patients.Snapshot(birth: birth).With(Lab.Result("29463-7", (decimal)kg, "kg")), Knowledge.P1).Of("body-weight").Length);

    [Fact]
    public void Every_unit_of_every_analyte_converts_there_and_back()
    {
        foreach (var analyte in Lab.Catalogue.Analytes.Values)
            foreach (var factor in analyte.Units.Values)
                Assert.Equal(1m, decimal.Round(factor.Convert(factor.DivideBy / factor.MultiplyBy), 12));
    }

    private static decimal Amount(string loinc, double amount, string unit)
    {
        var sheet = Lab.Read(Lab.Result(loinc, (decimal)amount, unit));
        Assert.Empty(sheet.Unreadable);
        return Assert.Single(Assert.Single(sheet.Values).Value).Amount;
    }
}
