using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Whether an entry carries an ingredient through the whole body, and whether by vein (R-ROUTE). What is not said is systemic.</summary>
/// <param name="Why">Why it is not systemic, in words.</param>
public sealed record Exposure(bool Systemic, string? Why, bool Intravenous)
{
    public static Exposure Of(MedicationRecord record, RecognisedDrug found, DrugReading reading, Dose dose, DrugCatalogue drugs)
    {
        var said = Said(record, reading, drugs);
        // Most entries say nothing of it, or what every tablet says.
        if (found.Routes.IsEmpty && !KeepsLineOpen(found.Drug, found.Strength, drugs) && said.All(r => r.Reach == Reach.Systemic))
            return new(true, null, said.Any(r => r.Key is "intravenous" or "infusion"));
        return Weighed(said, found, reading, dose, drugs);
    }

    private static Exposure Weighed(ImmutableArray<DrugRoute> said, RecognisedDrug found, DrugReading reading, Dose dose, DrugCatalogue drugs)
    {
        var strength = found.Strength;
        // A form that two ingredients of the entry's text could have ("ibuprofen, diclofenac gel") is taken from neither.
        var own = said.Where(r => reading.Drugs.Count(d => r.Fits(d.Drug)) == 1 || r.Reach == Reach.Systemic);
        var routes = found.Routes.Concat(own).Where(r => r.Fits(found.Drug)).Distinct().ToList();
        if (KeepsLineOpen(found.Drug, strength, drugs)) routes.Add(drugs.Routes["catheter-lock"]);

        var local = routes.Where(r => r.Reach != Reach.Systemic).OrderBy(r => r.Key, StringComparer.Ordinal).ToList();
        var contradicted = routes.Any(r => r.Reach == Reach.Systemic && !local.Any(l => l.NotContradictedBy.Contains(r.Key)))
            || (local.Any(l => l.Reach == Reach.Lock) && TooMuchForALock(found.Drug, strength, dose, drugs));
        var systemic = local.Count == 0 || contradicted;
        return new(systemic, systemic ? null : local[0].Words, routes.Any(r => r.Key is "intravenous" or "infusion"));
    }

    /// <summary>For a row of an entry that names nothing known here.</summary>
    public static bool IsSystemic(MedicationRecord record, DrugReading reading, DrugCatalogue drugs)
    {
        var said = Said(record, reading, drugs);
        return said.IsEmpty || said.Any(r => r.Reach == Reach.Systemic);
    }

    /// <summary>Every route that the entry speaks of, each once.</summary>
    private static ImmutableArray<DrugRoute> Said(MedicationRecord record, DrugReading reading, DrugCatalogue drugs)
    {
        var said = reading.Routes;
        void Add(DrugRoute route)
        {
            if (!said.Contains(route)) said = said.Add(route);
        }
        if (record.Form is { } form)
            foreach (var route in drugs.RoutesIn(form)) Add(route);
        foreach (var dosage in record.Dosages)
        {
            if (dosage.HasRate) Add(drugs.Routes["infusion"]);
            if (dosage.Route is { } stated)
                foreach (var route in drugs.RoutesBy(stated)) Add(route);
            // An instruction may speak of flushing the line around a real dose, so it cannot make a lock of it.
            foreach (var route in NamesInText.Read(dosage.Text, drugs).Routes)
                if (route.Reach != Reach.Lock) Add(route);
        }
        return said;
    }

    private static bool KeepsLineOpen(Drug drug, Strength? strength, DrugCatalogue drugs) =>
        drug.Is("ufh") && strength is { Unit: "IU", PerMl: { } units } && units <= drugs.Limits.FlushUnitsPerMl;

    /// <summary>Heparin above lock strength, or more alteplase than clears a catheter, may reach the patient whatever it is called.</summary>
    private static bool TooMuchForALock(Drug drug, Strength? strength, Dose dose, DrugCatalogue drugs) =>
        drug.Is("ufh") && strength is { Unit: "IU", PerMl: { } units } ? units > drugs.Limits.LockUnitsPerMl
        : drug.Is("ufh") ? dose is { Unit: "[IU]", PerTake: { } taken } && taken > drugs.Limits.LockUnits
        : drug.Is("thrombolytic") && dose is { Unit: "mg", PerTake: { } mg } && mg > drugs.Limits.LockAlteplaseMg;
}
