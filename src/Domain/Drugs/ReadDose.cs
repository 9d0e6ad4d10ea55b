using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>How much of an ingredient an entry gives, as far as it can be read. Nothing is guessed: what is not said stays null.</summary>
/// <param name="Unit">mg, [IU], mg/kg or [IU]/kg.</param>
public sealed record Dose(decimal? PerTake, string? Unit, decimal? TakesPerDay, ImmutableArray<TimeOnly> Times, bool AsNeeded)
{
    /// <value>Null also where the product is beyond any number that a dose could be: then it is not known.</value>
    public decimal? PerDay => PerTake is { } each && TakesPerDay is { } times && Math.Abs((double)each * (double)times) < 1e27 ? each * times : null;
    public decimal? MgPerDay => Unit == "mg" ? PerDay : null;
}

/// <summary>Dosage instructions, structured first, then their words, then the product's own name.</summary>
public static class ReadDose
{
    public static Dose Of(MedicationRecord record, RecognisedDrug drug, DrugReading reading, DrugCatalogue drugs)
    {
        var strength = drug.Strength;
        if (record.Dosages.IsEmpty)
        {
            // A list without dosages often says it all in one line: "Eliquis 5 mg bid".
            var lines = reading.Texts.Select(t => t.Dose(drugs)).ToList();
            return new(strength?.Each, UnitOf(strength, strength?.Each), lines.Select(l => l.TakesPerDay).FirstOrDefault(t => t is not null),
                [.. lines.SelectMany(l => l.Times).Distinct().Order()], lines.Any(l => l.AsNeeded));
        }
        if (record.Dosages is [var only] && One(only, strength, drugs) is var one)
            return one with { Unit = one.PerTake is null ? null : one.Unit, Times = one.Times.Length < 2 ? one.Times : [.. one.Times.Distinct().Order()] };
        var read = record.Dosages.Select(d => One(d, strength, drugs)).ToList();
        var largest = read.Where(d => d.PerTake is not null).OrderByDescending(d => d.PerTake).FirstOrDefault();
        return new(largest?.PerTake, largest?.Unit, TakesPerDay(record.Dosages, read),
            [.. read.SelectMany(d => d.Times).Distinct().Order()], read.All(d => d.AsNeeded));
    }

    /// <summary>Instructions for different times of the day add up; otherwise they follow each other or are alternatives, and the most frequent counts.</summary>
    private static decimal? TakesPerDay(ImmutableArray<Dosage> dosages, List<Dose> read) =>
        dosages.Length > 1 && dosages.All(d => !d.When.IsEmpty || !d.TimesOfDay.IsEmpty) && dosages.SelectMany(Moments).Distinct().Count() == dosages.Sum(d => Moments(d).Count())
            ? read.Sum(d => d.TakesPerDay)
            : read.Max(d => d.TakesPerDay);

    private static IEnumerable<string> Moments(Dosage d) => d.When.Concat(d.TimesOfDay.Select(t => t.ToString("HH:mm")));

    private static Dose One(Dosage dosage, Strength? strength, DrugCatalogue drugs)
    {
        var text = NamesInText.Read(dosage.Text, drugs).Dose(drugs);
        var (amount, unit) = Structured(dosage, strength, drugs);
        if (amount is null) (amount, unit) = InWords(text, strength);
        if (amount is null && dosage.Dose is null && text.Amounts.IsEmpty) (amount, unit) = (strength?.Each, UnitOf(strength, strength?.Each));
        return new(amount, unit, TimesADay(dosage) ?? text.TakesPerDay, dosage.TimesOfDay.IsEmpty ? text.Times : dosage.TimesOfDay, dosage.AsNeeded || text.AsNeeded);
    }

    private static (decimal?, string?) Structured(Dosage dosage, Strength? strength, DrugCatalogue drugs)
    {
        if (dosage.Dose is not { } dose) return default;
        // UCUM writes "1" for things that are counted.
        if (dosage.DoseUnit is null or "1") return (dose * strength?.Each, UnitOf(strength, strength?.Each));
        var text = DoseText.Read([new Token("1", dose, '\0'), .. Token.Of(dosage.DoseUnit)], drugs);
        return text.Amounts is [var amount, ..] ? Convert(amount, strength) : default;
    }

    private static (decimal?, string?) InWords(DoseText text, Strength? strength)
    {
        foreach (var amount in text.Amounts)
            if (amount.Unit is "mg" or "IU" && amount.Per is null or "kg") return Convert(amount, strength);
        return text.Amounts is [var counted, ..] ? Convert(counted, strength) : default;
    }

    private static (decimal?, string?) Convert(Amount amount, Strength? strength) => (amount.Unit, amount.Per) switch
    {
        ("mg", null) => (amount.Value, "mg"),
        ("IU", null) => (amount.Value, "[IU]"),
        ("mg", "kg") => (amount.Value, "mg/kg"),
        ("IU", "kg") => (amount.Value, "[IU]/kg"),
        ("mL", null) => (amount.Value * strength?.PerMl, UnitOf(strength, strength?.PerMl)),
        ("each", null) => (amount.Value * strength?.Each, UnitOf(strength, strength?.Each)),
        _ => default,
    };

    private static string? UnitOf(Strength? strength, decimal? value) => value is null ? null : strength?.Unit == "IU" ? "[IU]" : strength?.Unit;

    /// <summary>FHIR Timing.repeat: frequency per period, else the times or events of the day. Meal codes without a meal stand for three.</summary>
    private static decimal? TimesADay(Dosage dosage)
    {
        var moments = dosage.TimesOfDay.Length + (dosage.When.IsEmpty ? 0 : dosage.When.Sum(w => w is "C" or "AC" or "PC" ? 3 : 1));
        var times = moments > 0 ? moments : dosage.Frequency ?? 1;
        return (dosage.Period, dosage.PeriodUnit) switch
        {
            (null, _) => moments > 0 ? moments : null,
            ( > 0 and { } n, "d") => times / n,
            ( > 0 and { } n, "h") => times * 24 / n,
            ( > 0 and { } n, "min") => times * 1440 / n,
            ( > 0 and { } n, "wk") => times / (n * 7),
            ( > 0 and { } n, "mo") => times / (n * 30),
            _ => null,
        };
    }
}
