using System.Collections.Immutable;
using System.Globalization;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>One Dosage (R4 section 2.24.0.10, the shapes of STU3 and R5 beside it), or the dosage of a MedicationAdministration.</summary>
internal readonly struct DosageLens(FhirElement json, Reader reader)
{
    public Dosage Read()
    {
        var (dose, unit) = Dose();
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
            TimesOfDay = repeat.Has("timeOfDay") ? [.. repeat.Items("timeOfDay").Select(AsTime).OfType<TimeOnly>().Order()] : [],
            When = repeat.Has("when") ? [.. repeat.Items("when").Select(w => w.AsText()?.Trim()).OfType<string>()] : [],
            AsNeeded = json.Flag("asNeededBoolean") == true || json.Flag("asNeeded") == true || json.Has("asNeededCodeableConcept") || json.Has("asNeededFor"),
            Route = reader.OptionalConcept(json, "route"),
            HasRate = HasRate(),
        };
    }

    private string? Words()
    {
        var text = json.Text("text");
        if (!json.Has("patientInstruction") && !json.Has("additionalInstruction")) return text;
        var instructions = json.ConceptList("additionalInstruction").Select(c => c.Words).Where(w => w.Length > 0);
        string?[] all = [text, json.Text("patientInstruction"), .. instructions];
        var words = string.Join("; ", all.OfType<string>().Distinct());
        return words.Length == 0 ? null : words;
    }

    /// <summary>The largest single dose: the upper end of a range, the largest of several.</summary>
    private (decimal?, string?) Dose()
    {
        (decimal? Amount, string? Unit) largest = default;
        foreach (var rate in json.Items("doseAndRate")) Larger(rate, ref largest);
        Larger(json, ref largest);
        return largest;
    }

    private static void Larger(FhirElement place, ref (decimal? Amount, string? Unit) largest)
    {
        foreach (var quantity in (ReadOnlySpan<FhirElement>)[place.Member("doseQuantity"), place.Member("doseRange").FirstOf("high", "low"), place.Member("doseSimpleQuantity"), place.Member("dose")])
            if (quantity.Number("value") is { } amount && (largest.Amount is null || amount > largest.Amount))
                largest = (amount, quantity.CodeText("code") ?? quantity.CommonText("unit"));
    }

    private bool HasRate()
    {
        foreach (var rate in json.Items("doseAndRate"))
            if (IsRate(rate)) return true;
        return IsRate(json);
    }

    private static bool IsRate(FhirElement place) => place.Has("rateQuantity") || place.Has("rateRatio") || place.Has("rateRange") || place.Has("rateSimpleQuantity");

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
