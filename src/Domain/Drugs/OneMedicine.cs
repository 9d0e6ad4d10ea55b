using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Several entries on the same ingredient to one medicine: the most cautious use, the strongest dose, every source as a fact.</summary>
internal static class OneMedicine
{
    /// <summary>Most cautious first: what counts as in use comes before what does not.</summary>
    private static readonly ImmutableArray<UseState> Cautious =
        [UseState.InUse, UseState.AsNeeded, UseState.SupportingOnly, UseState.Draft, UseState.OnHold, UseState.EndedUnknown, UseState.Ended, UseState.NotInUse];

    public static Medicine Of(ImmutableArray<MedicineSource> sources)
    {
        var (use, end) = Reconcile(sources);
        var ordered = sources.Length == 1 ? sources : sources
            .OrderBy(s => Cautious.IndexOf(s.Use.State)).ThenByDescending(s => s.Dose.PerDay ?? -1).ThenByDescending(s => s.Dose.PerTake ?? -1)
            .ThenBy(s => s.Record.Reference, StringComparer.Ordinal).ThenBy(s => s.Record.Source).ToImmutableArray();
        // The dose of an entry that no longer counts says nothing of what is taken now.
        var telling = ordered.Where(s => Counts(s.Use.State)).DefaultIfEmpty(ordered[0]).ToList();
        var strongest = telling.Where(s => s.Dose.PerTake is not null).OrderByDescending(s => s.Dose.PerDay ?? s.Dose.PerTake).FirstOrDefault() ?? telling[0];
        var drug = sources[0].Found.Drug;
        var medicine = new Medicine
        {
            Ingredient = drug.Ingredient,
            Class = drug.Class.Name,
            Use = use,
            Systemic = sources[0].Exposure.Systemic,
            NonSystemicReason = ordered[0].Exposure.Why,
            Intravenous = telling.Any(s => s.Exposure.Intravenous),
            ExposureEnd = end,
            Possible = sources.All(s => s.Found.Possible),
            AnalgesicAspirin = sources.Any(s => s.AspirinUse == AspirinUse.Pain),
            CombinedWith = sources.All(s => s.CombinedWith.IsEmpty) ? [] : [.. sources.SelectMany(s => s.CombinedWith).Distinct().Order(StringComparer.Ordinal)],
            DosePerTake = strongest.Dose.PerTake,
            DoseUnit = strongest.Dose.Unit,
            TakesPerDay = strongest.Dose.TakesPerDay,
            TimesOfDay = strongest.Dose.Times,
            Summary = "",
            Sources = [.. ordered.Select(AsFact)],
            StopRemarks = ordered.All(s => s.StopRemarks.IsEmpty) ? [] : [.. ordered.SelectMany(s => s.StopRemarks).Distinct()],
            Reasons = [.. ordered.SelectMany(s => s.Record.Reasons)],
        };
        return medicine with { Summary = MedicineWords.Summary(medicine, strongest.Dose, ordered[0].Use.Words) };
    }

    /// <summary>
    /// In doubt: in use. Orders and statements decide together; what was dispensed or given counts where they do not, or
    /// where it came after the end or the hold that they tell of.
    /// </summary>
    private static (UseState Use, DateOnly? End) Reconcile(ImmutableArray<MedicineSource> sources)
    {
        var supply = sources.Where(s => s.Record.Source is MedicationSource.Dispense or MedicationSource.Administration && Counts(s.Use.State)).ToList();
        IReadOnlyList<MedicineSource> orders = supply.Count == 0 ? sources : [.. sources.Except(supply)];
        var use = orders.Select(s => s.Use.State).OrderBy(s => Cautious.IndexOf(s)).DefaultIfEmpty(UseState.NotInUse).First();
        var ended = orders.Where(s => s.Use.State == UseState.Ended).Max(s => s.Use.End);
        // An open end older than a known one is explained by it; one of the same day may be the renewal.
        if (use == UseState.EndedUnknown && ended is { } known && orders.Where(s => s.Use.State == UseState.EndedUnknown).All(s => s.Date < known)) use = UseState.Ended;
        var holds = orders.Where(s => s.Use.State == UseState.OnHold).ToList();
        var end = use switch
        {
            UseState.Ended => ended,
            UseState.OnHold when holds.All(h => h.Use.End is not null) => holds.Max(h => h.Use.End),
            _ => null,
        };
        var supplied = supply.Select(s => s.Use.State).OrderBy(s => Cautious.IndexOf(s)).ToList();
        if (supplied.Count == 0 || use is UseState.InUse or UseState.AsNeeded || (use == UseState.OnHold && end is null)) return (use, end);
        // The last dose is given on the last day; what is dispensed on it may be the supply to take home.
        var explained = use is UseState.Ended or UseState.OnHold && end is { } last && supply.All(s => s.Record.Source == MedicationSource.Administration ? s.Date <= last : s.Date < last);
        return explained ? (use, end) : (supplied[0], null);
    }

    /// <summary>A statement newer than the order, or an order newer than the statement, that says the contrary.</summary>
    public static IEnumerable<NotJudged> Disagreements(IEnumerable<MedicineSource> all)
    {
        if (!all.Any(s => s.Record.Source == MedicationSource.Statement)) yield break; // most charts have orders only
        foreach (var sources in all.Where(s => s.Record.Source is MedicationSource.Request or MedicationSource.Statement).GroupBy(s => (s.Found.Drug.Ingredient, s.Exposure.Systemic)))
            foreach (var taken in sources.Where(s => s.Use.State is UseState.InUse or UseState.AsNeeded))
                foreach (var not in sources.Where(s => s.Record.Source != taken.Record.Source && (s.Use.State == UseState.Ended || s.Record.Status is "not-taken")))
                    if ((not.Use.End ?? not.Date) is { } said && taken.Date is { } since && said >= since)
                        yield return new($"{taken.Found.Drug.Ingredient} ({taken.Record.Reference} and {not.Record.Reference})",
                            $"One entry says {taken.Use.Words}, the other {not.Use.Words}. Counted as in use; confirm.", MightHide.Other);
    }

    private static bool Counts(UseState use) => use is UseState.InUse or UseState.OnHold or UseState.AsNeeded or UseState.Draft or UseState.SupportingOnly;

    private static Fact AsFact(MedicineSource source) =>
        new(source.Record.Reference, source.StopRemarks.IsEmpty ? MedicineWords.Line(source) : MedicineWords.Line(source) + string.Concat(source.StopRemarks.Select(said => $"; the entry says \"{said}\"")), Date: source.Record.Authored is { IsFull: true } day ? day.Last : null);
}
