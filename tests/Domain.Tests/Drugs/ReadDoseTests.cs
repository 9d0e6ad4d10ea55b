using static BiopsyFhir.Domain.Tests.Drugs.Entries;

namespace BiopsyFhir.Domain.Tests.Drugs;

public class ReadDoseTests
{
    private static (decimal?, string?, decimal?) Dose(string product, params System.Collections.Immutable.ImmutableArray<Dosage> dosages)
    {
        var one = One(Order(product).Taking(dosages));
        return (one.DosePerTake, one.DoseUnit, one.TakesPerDay);
    }

    [Theory]
    [InlineData("mg", "enoxaparin", 80, 80, "mg")]
    [InlineData("g", "aspirin", 0.5, 500, "mg")]
    [InlineData("ug", "fentanyl", 25, 0.025, "mg")]
    [InlineData("[iU]", "dalteparin", 5000, 5000, "[IU]")]
    [InlineData("U", "heparin", 5000, 5000, "[IU]")]
    [InlineData("units", "heparin", 5000, 5000, "[IU]")]
    [InlineData("mg/kg", "enoxaparin", 1, 1, "mg/kg")]
    [InlineData("{tbl}", "apixaban 5 MG Oral Tablet", 2, 10, "mg")]
    [InlineData("TAB", "apixaban 5 MG Oral Tablet", 1, 5, "mg")]
    [InlineData("1", "apixaban 5 MG Oral Tablet", 1, 5, "mg")]
    [InlineData("mL", "0.8 ML enoxaparin sodium 100 MG/ML Prefilled Syringe", 0.6, 60, "mg")]
    [InlineData("{syringe}", "0.8 ML enoxaparin sodium 100 MG/ML Prefilled Syringe", 1, 80, "mg")]
    [InlineData("mL", "heparin 5000 units/mL", 1, 5000, "[IU]")]
    public void A_structured_dose_comes_in_mg_or_units(string unit, string product, decimal dose, decimal perTake, string perUnit) =>
        Assert.Equal((perTake, perUnit, (decimal?)null), Dose(product, new Dosage { Dose = dose, DoseUnit = unit }));

    [Theory]
    [InlineData("mL", "enoxaparin")]
    [InlineData("furlong", "apixaban 5 mg")]
    [InlineData("{tbl}", "apixaban")]
    public void What_cannot_be_turned_into_mg_stays_open(string unit, string product) =>
        Assert.Equal(((decimal?)null, (string?)null, (decimal?)null), Dose(product, new Dosage { Dose = 1, DoseUnit = unit }));

    /// <summary>The last scheduled dose of a heparin is worked out from these: noon and midnight are not each other, and 20:60 is no time.</summary>
    [Theory]
    [InlineData("40 mg at 12 am", "00:00")]
    [InlineData("40 mg at 12 pm", "12:00")]
    [InlineData("40 mg at 8 am and 8 pm", "08:00 20:00")]
    [InlineData("40 mg at 8 pm 08:30", "08:30 20:00")]
    [InlineData("40 mg at 20:59 8 am", "08:00 20:59")]
    [InlineData("40 mg at 20:60", "")]
    public void Times_of_the_day_are_read_from_the_instruction(string text, string times) =>
        Assert.Equal(times, string.Join(' ', One(Order("enoxaparin 40 mg").Taking(new Dosage { Text = text })).TimesOfDay.Select(t => t.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture))));

    [Theory]
    [InlineData("Take 1 tablet (5 mg) by mouth 2 times daily", 5d, 2d)]
    [InlineData("5 mg bid", 5d, 2d)]
    [InlineData("5 mg b.i.d.", 5d, 2d)]
    [InlineData("one tablet twice a day", 5d, 2d)]
    [InlineData("two tablets every morning", 10d, 1d)]
    [InlineData("half a tablet daily", 2.5d, 1d)]
    [InlineData("1/2 tablet daily", 2.5d, 1d)]
    [InlineData("½ tab qd", 2.5d, 1d)]
    [InlineData("1-2 tablets q12h", 10d, 2d)]
    [InlineData("5 mg every 12 hours", 5d, 2d)]
    [InlineData("5mg q 4-6 h", 5d, 6d)]
    [InlineData("5 mg in the morning and at bedtime", 5d, 2d)]
    [InlineData("5 mg every other day", 5d, 0.5d)]
    [InlineData("5 mg daily, INR target 2.5 to 3.5", 5d, 1d)]
    [InlineData("1 comprimido cada 12 horas", 5d, 2d)]
    [InlineData("5 mg dos veces al día", 5d, 2d)]
    [InlineData("1 comp c/12h", 5d, 2d)]
    [InlineData("5 mg desayuno", 5d, null)]
    [InlineData("2x1", 5d, 2d)]
    [InlineData("günde 2 kez 5 mg", 5d, 2d)]
    [InlineData("günde iki kere 1 tablet", 5d, 2d)]
    [InlineData("günde 5 mg", 5d, 1d)]
    [InlineData("12 saatte bir", 5d, 2d)]
    [InlineData("sabah akşam 1 tablet", 5d, 2d)]
    [InlineData("1-0-1", 5d, 2d)]
    [InlineData("1-0-1-0 Tabl.", 5d, 2d)]
    [InlineData("2 x täglich 1 Tablette", 5d, 2d)]
    [InlineData("1 comprimé matin et soir", 5d, 2d)]
    [InlineData("take with food", 5d, null)]
    [InlineData("dispense 30 x 5 mg", 5d, null)]
    public void An_instruction_in_words_is_read_in_the_languages_of_the_catalogue(string text, double perTake, double? takes) =>
        Assert.Equal(((decimal?)perTake, "mg", (decimal?)takes), Dose("apixaban 5 mg tablet", new Dosage { Text = text }));

    [Theory]
    [InlineData("Clexane 4.000 IE", 4000d, "[IU]")]
    [InlineData("Clexane 4,000 IU", 4000d, "[IU]")]
    [InlineData("Clexane 40 mg/0,4 ml", 40d, "mg")]
    [InlineData("Oksapar 6000 anti-Xa IU/0.6 mL", 6000d, "[IU]")]
    [InlineData("enoxaparin 1 mg/kg subq q12h", null, null)]
    public void A_line_without_dosage_tells_its_strength(string text, double? perTake, string? unit)
    {
        var one = One(Statement(text));
        Assert.Equal(((decimal?)perTake, unit), (one.DosePerTake, one.DoseUnit));
    }

    [Theory]
    [InlineData(2, 1, "d", 2d)]
    [InlineData(1, 8, "h", 3d)]
    [InlineData(1, 12, "h", 2d)]
    [InlineData(null, 6, "h", 4d)]
    [InlineData(3, 1, "wk", 0.428571d)]
    [InlineData(1, 2, "d", 0.5d)]
    [InlineData(1, 1, "fortnight", null)]
    [InlineData(2, null, null, null)]
    public void Frequency_per_period_gives_takes_a_day(int? frequency, int? period, string? unit, double? takes)
    {
        var read = One(Order().Taking(new Dosage { Frequency = frequency, Period = period, PeriodUnit = unit })).TakesPerDay;
        Assert.Equal((decimal?)takes, read is { } r ? decimal.Round(r, 6) : null);
    }

    [Fact]
    public void Times_and_events_of_the_day_are_counted()
    {
        Assert.Equal(2, One(Order().Taking(new Dosage { When = ["MORN", "EVE"] })).TakesPerDay);
        Assert.Equal(3, One(Order().Taking(new Dosage { When = ["PC"] })).TakesPerDay);
        var timed = One(Order("enoxaparin 40 mg").Taking(new Dosage { Dose = 40, DoseUnit = "mg", TimesOfDay = [new(20, 0)] }));
        Assert.Equal((1m, new TimeOnly(20, 0)), (timed.TakesPerDay, timed.TimesOfDay.Single()));
        Assert.Equal(new TimeOnly(20, 0), One(Order("enoxaparin 40 mg").Taking(new Dosage { Text = "40 mg daily at 20:00" })).TimesOfDay.Single());
        Assert.Equal<TimeOnly>([new(8, 0), new(20, 0)], One(Order("enoxaparin 40 mg").Taking(new Dosage { Text = "40 mg at 8 am and 8 pm" })).TimesOfDay);
    }

    [Fact]
    public void Instructions_for_different_times_add_up_and_the_largest_dose_counts()
    {
        Assert.Equal((6m, "mg", (decimal?)2), Dose("warfarin",
            new Dosage { Dose = 4, DoseUnit = "mg", When = ["MORN"] }, new Dosage { Dose = 6, DoseUnit = "mg", When = ["EVE"] }));
        Assert.Equal((15m, "mg", (decimal?)2), Dose("rivaroxaban",
            new Dosage { Dose = 15, DoseUnit = "mg", Frequency = 2, Period = 1, PeriodUnit = "d" }, new Dosage { Dose = 20, DoseUnit = "mg", Frequency = 1, Period = 1, PeriodUnit = "d" } with { Dose = 15 }));
    }

    [Theory]
    [InlineData("amlodipine 5 MG / celecoxib 200 MG Oral Tablet", "celecoxib", 200)]
    [InlineData("aspirin 25 MG / dipyridamole 200 MG", "aspirin", 25)]
    [InlineData("aspirin 25 MG / dipyridamole 200 MG", "dipyridamole", 200)]
    [InlineData("325 mg aspirin / 5 mg oxycodone", "aspirin", 325)]
    public void In_a_combination_each_ingredient_has_its_own_strength(string text, string ingredient, decimal strength) =>
        Assert.Equal(strength, Read(Statement(text)).Medicines.Single(m => m.Ingredient == ingredient).DosePerTake);
}
