using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Transfusions, intravenous iron and replacement on record -> notes on the results they change (evidence 3.9).</summary>
public sealed record LabCaveats(ImmutableArray<(Caveat Caveat, DateOnly? From, DateOnly? Until)> Events)
{
    public static LabCaveats From(Chart chart, LabPolicy policy)
    {
        var events = ImmutableArray.CreateBuilder<(Caveat, DateOnly?, DateOnly?)>();
        foreach (var procedure in chart.Procedures)
        {
            if (procedure.IsDevice || procedure.CannotInterpret is not null || NotDone(procedure.Status) || procedure.Performed is not { } day) continue;
            foreach (var caveat in Named(procedure.Code, policy)) events.Add((caveat, day.First, day.Last));
        }
        foreach (var entry in chart.Medications)
        {
            if (entry.CannotInterpret is not null || entry.DoNotPerform || entry.Source == MedicationSource.Draft || NotDone(entry.Status) || entry.Intent is "proposal" or "plan" or "option") continue;
            var (from, until) = Exposure(entry);
            var named = Named(entry.Product, policy);
            if (!entry.Ingredients.IsEmpty) named = [.. named.Concat(entry.Ingredients.SelectMany(c => Named(c, policy))).Distinct()];
            foreach (var caveat in named) events.Add((caveat, from, until));
        }
        return new(events.ToImmutable());
    }

    public ImmutableArray<string> NotesOn(string analyte, DateOnly date)
    {
        if (Events.IsEmpty) return [];
        ImmutableArray<string> notes = [];
        foreach (var (caveat, from, until) in Events)
            if (Covers(caveat, from, until, analyte, date) && !notes.Contains(caveat.Note))
                notes = notes.Add(caveat.Note);
        return notes;
    }

    /// <summary>Why a result of this day must not be used at all; null when it may.</summary>
    public string? Forbids(string analyte, DateOnly date)
    {
        foreach (var (caveat, from, until) in Events)
            if (caveat.DoesNotCount && Covers(caveat, from, until, analyte, date)) return caveat.Note;
        return null;
    }

    private static bool Covers(Caveat caveat, DateOnly? from, DateOnly? until, string analyte, DateOnly date) =>
        caveat.Analytes.Contains(analyte) && (from is null || from <= date) && (until is not { } end || end.AddDays(caveat.Days) >= date);

    private static ImmutableArray<Caveat> Named(Concept concept, LabPolicy policy) => policy.CaveatsNamed.Of(concept, policy, static (concept, policy) =>
    {
        var keys = concept.AllWords.Select(LabNames.Key).ToList();
        return [.. policy.Caveats.Where(c => keys.Any(k => c.Words.Any(w => k.Contains(w, StringComparison.Ordinal))))];
    });

    /// <summary>One administration is a day; an order or statement runs until its end, or still.</summary>
    private static (DateOnly? From, DateOnly? Until) Exposure(MedicationRecord entry)
    {
        if (entry.Source is MedicationSource.Administration or MedicationSource.Dispense) return (entry.Authored?.First ?? entry.Started?.First, (entry.Ended ?? entry.Started ?? entry.Authored)?.Last);
        var from = entry.Started?.First ?? entry.Authored?.First;
        if (entry.Ended is { } ended) return (from, ended.Last);
        return (from, entry.Status is "stopped" or "completed" or "ended" ? (entry.Started ?? entry.Authored)?.Last : null);
    }

    private static bool NotDone(string? status) => status is "entered-in-error" or "cancelled" or "not-done" or "not-taken" or "draft" or "preparation" or "declined" or "in-error";
}
