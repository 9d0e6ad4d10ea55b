using System.Collections.Immutable;
using System.Globalization;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>One Dosage (R4 section 2.24.0.10, the shapes of STU3 and R5 beside it), or the dosage of a MedicationAdministration.</summary>
internal readonly struct DosageLens(FhirElement json)
{
    public Dosage Read()
    {
        var rates = json.Items("doseAndRate").ToList();
        var (dose, unit) = Dose(rates);
        var (frequency, period, periodUnit) = HowOften();
        var repeat = json.Member("timing").Member("repeat");
        return new()
        {
            Text = Words(),
            Dose = dose,
            DoseUnit = unit,
            Frequency = frequency,
            Period = period,
            PeriodUnit = periodUnit,
            TimesOfDay = [.. repeat.Items("timeOfDay").Select(AsTime).OfType<TimeOnly>().Order()],
            When = [.. repeat.Items("when").Select(w => w.AsText()?.Trim()).OfType<string>()],
            AsNeeded = json.Flag("asNeededBoolean") == true || json.Flag("asNeeded") == true || json.Has("asNeededCodeableConcept") || json.Has("asNeededFor"),
            Route = json.OptionalConcept("route"),
            HasRate = rates.Append(json).Any(r => r.Has("rateQuantity") || r.Has("rateRatio") || r.Has("rateRange") || r.Has("rateSimpleQuantity")),
        };
    }

    private string? Words()
    {
        var instructions = json.ConceptList("additionalInstruction").Select(c => c.Words).Where(w => w.Length > 0);
        string?[] all = [json.Text("text"), json.Text("patientInstruction"), .. instructions];
        var words = string.Join("; ", all.OfType<string>().Distinct());
        return words.Length == 0 ? null : words;
    }

    /// <summary>The largest single dose: the upper end of a range, the largest of several.</summary>
    private (decimal?, string?) Dose(List<FhirElement> rates)
    {
        (decimal? Amount, string? Unit) largest = default;
        foreach (var place in rates.Append(json))
            foreach (var quantity in new[] { place.Member("doseQuantity"), place.Member("doseRange").FirstOf("high", "low"), place.Member("doseSimpleQuantity"), place.Member("dose") })
                if (quantity.Number("value") is { } amount && (largest.Amount is null || amount > largest.Amount))
                    largest = (amount, quantity.CodeText("code") ?? quantity.Text("unit"));
        return largest;
    }

    private (int?, decimal?, string?) HowOften()
    {
        var timing = json.Member("timing");
        var repeat = timing.Member("repeat");
        if (repeat.Has("frequency") || repeat.Has("period"))
            return (repeat.Whole("frequencyMax") ?? repeat.Whole("frequency") ?? 1, repeat.Number("period"), repeat.CodeText("periodUnit") ?? repeat.CodeText("periodUnits"));
        var code = timing.OptionalConcept("code");
        foreach (var word in code?.Codes.Select(c => c.Value).Append(code.Text ?? "") ?? [])
            if (s_abbreviations.TryGetValue(word.Trim().ToUpperInvariant(), out var known)) return known;
        return default;
    }

    private static TimeOnly? AsTime(FhirElement time) =>
        TimeOnly.TryParseExact(time.AsText()?.Trim(), ["HH:mm:ss", "HH:mm", "HH:mm:ss.FFFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : null;

    /// <summary>Timing abbreviations of HL7 (v3 GTSAbbreviation, the value set of <c>Timing.code</c>).</summary>
    private static readonly ImmutableDictionary<string, (int?, decimal?, string?)> s_abbreviations = new Dictionary<string, (int?, decimal?, string?)>
    {
        ["QD"] = (1, 1, "d"),
        ["BID"] = (2, 1, "d"),
        ["TID"] = (3, 1, "d"),
        ["QID"] = (4, 1, "d"),
        ["QOD"] = (1, 2, "d"),
        ["AM"] = (1, 1, "d"),
        ["PM"] = (1, 1, "d"),
        ["BED"] = (1, 1, "d"),
        ["WK"] = (1, 1, "wk"),
        ["MO"] = (1, 1, "mo"),
        ["Q1H"] = (1, 1, "h"),
        ["Q2H"] = (1, 2, "h"),
        ["Q3H"] = (1, 3, "h"),
        ["Q4H"] = (1, 4, "h"),
        ["Q6H"] = (1, 6, "h"),
        ["Q8H"] = (1, 8, "h"),
        ["Q12H"] = (1, 12, "h"),
    }.ToImmutableDictionary();
}
