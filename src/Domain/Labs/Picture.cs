using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What the work-up rules ask about: the newest valid values, what is derived from them, and whether a trigger is met (evidence 3.4, 3.5).</summary>
public sealed class Picture
{
    private readonly Situation _situation;
    private readonly WorkUpPolicy _policy;
    private readonly LabCatalogue _labs;
    private List<(ConditionRecord, string, string)>? _onRecord;

    public Picture(Situation situation)
    {
        (_situation, _policy, _labs) = (situation, situation.Policy.WorkUp, situation.Policy.Catalogue.Labs);
        if (Value("retic-percent") is { Comparator: null } retic && Value("hematocrit") is { Comparator: null } hematocrit)
            Rpi = new("rpi", _policy.Rpi.Of(retic.Amount, hematocrit.Amount), "", null, retic.Date, null, retic.Reference,
                $"{retic.Say()} and haematocrit {hematocrit.Say()}")
            { Notes = retic.Notes };
    }

    /// <summary>Reticulocyte production index; null when reticulocytes or haematocrit are not known.</summary>
    public LabValue? Rpi { get; }

    /// <summary>The newest final value inside the window that work-up.json gives the analyte, measured or derived.</summary>
    public LabValue? Value(string analyte) => Known(analyte) ?? analyte switch
    {
        "tsat" => Tsat(),
        "retic-percent" => ReticPercent(),
        "bilirubin-indirect" => IndirectBilirubin(),
        // The clearance stands in for an eGFR only where there is none.
        "creatinine-clearance" when Known("egfr") is null && _situation.Clearance is { MlPerMin: { } ml, Creatinine: { } scr } =>
            scr with { Analyte = "creatinine-clearance", Amount = ml, Unit = "mL/min", Low = null, High = null, Converted = false },
        _ => null,
    };

    private LabValue? Known(string analyte) =>
        _situation.Labs.Find(analyte, _situation.D0, _policy.Windows.TryGetValue(analyte, out var days) ? days : _policy.PictureDays) is Reading.Known known ? known.Value : null;

    /// <summary>Iron / TIBC of the same day; TIBC may come from transferrin (x 1.40, evidence 3.7) or from UIBC + iron.</summary>
    private LabValue? Tsat()
    {
        if (Known("iron") is not { Comparator: null } iron) return null;
        var (tibc, how) = SameDay("tibc", iron) is { } measured ? (measured.Amount, measured)
            : SameDay("transferrin", iron) is { } transferrin ? (transferrin.Amount * 1.40m, transferrin)
            : SameDay("uibc", iron) is { } uibc ? (uibc.Amount + iron.Amount, uibc) : (0m, null);
        return how is null || tibc <= 0 ? null : new("tsat", iron.Amount / tibc * 100, "%", null, iron.Date, iron.At, iron.Reference, $"iron {iron.Say()}, {_labs[how.Analyte].NameInside} {how.Say()}") { Notes = iron.Notes };
    }

    private LabValue? SameDay(string analyte, LabValue other) => Known(analyte) is { Comparator: null } value && value.Date == other.Date ? value : null;

    private LabValue? ReticPercent() =>
        Known("retic-absolute") is { Comparator: null } retic && SameDay("rbc", retic) is { Amount: > 0 } rbc
            ? new("retic-percent", retic.Amount / (rbc.Amount * 10), "%", null, retic.Date, retic.At, retic.Reference, $"{retic.Say()} with red cells {rbc.Say()}") { Notes = retic.Notes }
            : null;

    private LabValue? IndirectBilirubin() =>
        Known("bilirubin-total") is { Comparator: null } total && SameDay("bilirubin-direct", total) is { } direct && total.Amount >= direct.Amount
            ? new("bilirubin-indirect", total.Amount - direct.Amount, "mg/dL", null, total.Date, total.At, total.Reference, $"total {total.Say()}, direct {direct.Say()}")
            : null;

    /// <summary>Null when it does not speak; else the facts and sentences of the first alternative that is met.</summary>
    public Met? Meets(When when)
    {
        foreach (var all in when.AnyOfAll)
        {
            var met = new Met([], []);
            foreach (var trigger in all)
            {
                if (Meets(trigger) is not { } one)
                {
                    met = null;
                    break;
                }
                met = new(met!.Facts.AddRange(one.Facts), trigger.Silent ? met.Words : met.Words.AddRange(one.Words)) { Notes = met.Notes.AddRange(one.Notes) };
            }
            if (met is not null) return met;
        }
        return null;
    }

    private Met? Meets(Trigger trigger)
    {
        if (trigger.Analyte is { } analyte) return Value(analyte) is { } value && Within(trigger, value) ? Of(value, trigger) : null;
        if (trigger.RpiFrom is { } from) return Rpi is { } rpi && rpi.Amount >= from ? OfRpi() : null;
        if (trigger.RpiAbove is { } above) return Rpi is { } rpi && rpi.Amount > above ? OfRpi() : null;
        if (trigger.Cytopenias is { } many) return Cytopenias() is var low && low.Count >= many ? new([.. low], [trigger.Says]) : null;
        if (trigger.AgeFrom is { } age) return _situation.AgeYears >= age ? new([], [trigger.Says]) : null;
        if (trigger.AgeBelow is { } young) return _situation.AgeYears < young ? new([], [trigger.Says]) : null;
        if (trigger.Problem is { } kind) return _situation.History.Of(kind).FirstOrDefault(p => p.Active) is { } problem ? new([problem.Fact], [$"{trigger.Says} ({problem.Words})"]) : null;
        if (trigger.Indication is { } indication) return _situation.Snapshot.Biopsy.Indication == indication ? new([new(_situation.Snapshot.Biopsy.Order, trigger.Says)], [trigger.Says]) : null;
        if (!trigger.Film.IsEmpty) return Film(trigger);
        if (!trigger.Words.IsEmpty) return OnRecord(trigger);
        foreach (var other in trigger.AnyOf)
            if (Meets(_policy.Triggers[other]) is { } met) return met;
        return null;
    }

    private bool Within(Trigger t, LabValue value)
    {
        var interval = Interval.Of(value);
        if (t.OwnRangeForChildren && _situation.IsChild)
            return (t.Below is null || (value.Low is { } low && interval.SurelyBelow(low)))
                && (t.Above is null || (value.High is { } high && interval.SurelyAbove(high)))
                && (t.From is null || (value.Low is { } from && value.High is { } to && !interval.MaybeBelow(from) && !interval.MaybeAbove(to)));
        return (t.Below is not { } below || interval.SurelyBelow(below))
            && (t.From is not { } least || !interval.MaybeBelow(least))
            && (t.To is not { } most || !interval.MaybeAbove(most))
            && (t.Above is not { } above || interval.SurelyAbove(above))
            && (t.BelowOr is not { } belowOr || interval.SurelyBelow(value.Low ?? belowOr))
            && (t.FromOr is not { } fromOr || !interval.MaybeBelow(value.Low ?? fromOr))
            && (t.AboveOr is not { } aboveOr || interval.SurelyAbove(value.High ?? aboveOr))
            && (!t.BelowOwnRange || (value.Low is { } own && interval.SurelyBelow(own)));
    }

    private Met Of(LabValue value, Trigger trigger)
    {
        var range = (trigger.BelowOr ?? trigger.FromOr) is not null && value.Low is { } low ? $", laboratory's lower limit {LabWords.Amount(low, value.Unit)}"
            : trigger.AboveOr is not null && value.High is { } high ? $", laboratory's upper limit {LabWords.Amount(high, value.Unit)}" : "";
        return new([value.AsFact(_labs)], [$"{_labs[value.Analyte].NameInside} {value.Say()}{range} on {value.Date.InFull()}"]) { Notes = value.Notes };
    }

    private Met OfRpi()
    {
        var words = $"reticulocyte production index {decimal.Round(Rpi!.Amount, 2).Plain()} ({Rpi.AsReceived}; table used: {_policy.Rpi.Table})";
        return new([new(Rpi.Reference, words, decimal.Round(Rpi.Amount, 2), null, Rpi.Date)], [words]) { Notes = Rpi.Notes };
    }

    /// <summary>Haemoglobin below its cut-off, neutrophils and platelets below the limits of their triggers.</summary>
    private List<Fact> Cytopenias()
    {
        var low = new List<Fact>();
        if (_situation.Anaemia is { Anaemic: true, Haemoglobin: { } hb }) low.Add(hb.AsFact(_labs));
        foreach (var key in (string[])["neutropenia", "thrombocytopenia"])
            if (_policy.Triggers.TryGetValue(key, out var trigger) && Meets(trigger) is { } met) low.AddRange(met.Facts);
        return low;
    }

    private Met? Film(Trigger trigger)
    {
        if (Value("smear-review") is null) return null;
        foreach (var film in _situation.Labs.Of("smear-review"))
        {
            if (_situation.D0.DayNumber - film.Date.DayNumber > (_policy.Windows.GetValueOrDefault("smear-review") ?? _policy.PictureDays)) break;
            if (Mentions.Affirms(film.Text, trigger.Film.AsSpan())) return new([film.AsFact(_labs)], [$"{trigger.Says}: \"{film.Text}\" ({film.Date.InFull()})"]);
        }
        return null;
    }

    private Met? OnRecord(Trigger trigger)
    {
        foreach (var (condition, words, key) in _onRecord ??= OnRecord(_situation.Snapshot.Chart))
            foreach (var beginning in trigger.Words)
                if (HasWord(key, beginning)) return new([new(condition.Reference, words, Date: condition.Onset?.Last)], [$"{trigger.Says} ({words})"]);
        return null;
    }

    /// <summary>Words of the problems that hold, and the same as <see cref="LabNames.Key"/> writes them: made once for all triggers.</summary>
    private static List<(ConditionRecord, string, string)> OnRecord(Chart chart)
    {
        var all = new List<(ConditionRecord, string, string)>();
        foreach (var condition in chart.Conditions)
        {
            if (condition.CannotInterpret is not null || condition.VerificationStatus is "refuted" or "entered-in-error" || condition.ClinicalStatus is "inactive" or "resolved" or "remission") continue;
            foreach (var words in condition.Code.AllWords)
                if (LabNames.Key(words) is var key && !key.Contains("family history", StringComparison.Ordinal)) all.Add((condition, words, key));
        }
        return all;
    }

    private static bool HasWord(string key, string beginning)
    {
        for (var at = key.IndexOf(beginning, StringComparison.Ordinal); at >= 0; at = key.IndexOf(beginning, at + 1, StringComparison.Ordinal))
            if (at == 0 || key[at - 1] == ' ') return true;
        return false;
    }
}

/// <summary>A question that was answered yes: the facts behind it, and in words.</summary>
public sealed record Met(ImmutableArray<Fact> Facts, ImmutableArray<string> Words)
{
    /// <summary>Treatment and interference on the values.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}
