using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One entry and one ingredient that it names.</summary>
internal sealed record MedicineSource(MedicationRecord Record, RecognisedDrug Found, UseOfEntry Use, Exposure Exposure, Dose Dose, AspirinUse AspirinUse, ImmutableArray<string> CombinedWith, ImmutableArray<string> StopRemarks)
{
    public DateOnly? Date => Record.Authored?.Last ?? Record.Started?.Last;
}

/// <summary>Medication entries -> medicines of the catalogue, one per ingredient (evidence 2.8 and 7.1 rule 4).</summary>
public static class ReadMedicines
{
    private sealed record Entry(MedicationRecord Record, DrugReading Reading, UseOfEntry Use, ImmutableArray<MedicineSource> Sources);

    public static MedicineList From(Snapshot snapshot, Policy policy)
    {
        var (drugs, asOf) = (policy.Catalogue.Drugs.ForOneChart(), snapshot.AsOf.Last);
        var entries = new List<Entry>(snapshot.Chart.Medications.Length);
        foreach (var record in snapshot.Chart.Medications) entries.Add(Read(record, drugs, asOf));
        var rows = ImmutableArray.CreateBuilder<MedicationRow>(entries.Count);
        var notJudged = new List<NotJudged>();
        foreach (var entry in entries)
        {
            AddRows(rows, entry, drugs);
            if (IsQuestioned(entry)) notJudged.AddRange(NotJudged(entry, drugs, asOf));
        }
        var medicines = entries.SelectMany(e => e.Sources)
            .GroupBy(s => (s.Found.Drug.Ingredient, s.Exposure.Systemic))
            .SelectMany(SplitByUse)
            .Select(OneMedicine.Of)
            .OrderBy(m => m.Ingredient, StringComparer.Ordinal).ThenByDescending(m => m.Systemic).ThenBy(m => m.AnalgesicAspirin)
            .ToImmutableArray();
        return new(medicines, rows.ToImmutable(), [.. notJudged.Concat(OneMedicine.Disagreements(entries.SelectMany(e => e.Sources))).Distinct()]);
    }

    private static Entry Read(MedicationRecord record, DrugCatalogue drugs, DateOnly asOf)
    {
        var reading = RecogniseDrug.From(record, drugs);
        var doses = new Dose[reading.Drugs.Length];
        for (var i = 0; i < doses.Length; i++) doses[i] = ReadDose.Of(record, reading.Drugs[i], reading, drugs);
        var asNeeded = doses.Length > 0 && Array.TrueForAll(doses, d => d.AsNeeded);
        var use = UseOfEntry.Of(record, asNeeded, asOf, drugs.Limits.RecentDays);
        // What must not be interpreted gives no medicine; it is a row and a question.
        if (record.CannotInterpret is not null) return new(record, reading, new(UseState.NotInUse, null, "not interpreted"), []);
        if (reading.Drugs.IsEmpty) return new(record, reading, use, []);
        var stops = StopWords.In(record);
        var sources = ImmutableArray.CreateBuilder<MedicineSource>(doses.Length);
        for (var i = 0; i < doses.Length; i++)
        {
            var found = reading.Drugs[i];
            sources.Add(new(record, found, use, Exposure.Of(record, found, reading, doses[i], drugs), doses[i],
                found.Drug.Is("aspirin") ? AspirinUses.Of(reading, doses[i], asNeeded, drugs.Limits) : AspirinUse.Unknown,
                doses.Length == 1 ? [] : OthersOf(reading.Drugs, found), stops));
        }
        return new(record, reading, use, sources.MoveToImmutable());
    }

    private static ImmutableArray<string> OthersOf(ImmutableArray<RecognisedDrug> drugs, RecognisedDrug found) => [.. drugs.Where(o => o != found).Select(o => o.Drug.Ingredient)];

    /// <summary>
    /// Aspirin for prevention and aspirin for pain are two medicines: one is continued, the other avoided. An entry that
    /// does not tell joins prevention, so that no one is told to stop a protective dose.
    /// </summary>
    private static IEnumerable<ImmutableArray<MedicineSource>> SplitByUse(IGrouping<(string, bool), MedicineSource> sources)
    {
        var pain = sources.Where(s => s.AspirinUse == AspirinUse.Pain).ToImmutableArray();
        var rest = Others(sources);
        if (pain.IsEmpty) return [rest];
        // A dispense that does not tell belongs to the order that does.
        var onlySupply = rest.All(s => s.AspirinUse == AspirinUse.Unknown && s.Record.Source is MedicationSource.Dispense or MedicationSource.Administration);
        return onlySupply ? [[.. sources]] : new[] { rest, pain }.Where(s => !s.IsEmpty);
    }

    /// <summary>Those that are not for pain; what stands twice counts once.</summary>
    private static ImmutableArray<MedicineSource> Others(IEnumerable<MedicineSource> sources)
    {
        var others = ImmutableArray.CreateBuilder<MedicineSource>();
        foreach (var source in sources)
            if (source.AspirinUse != AspirinUse.Pain && !others.Contains(source)) others.Add(source);
        return others.ToImmutable();
    }

    private static void AddRows(ImmutableArray<MedicationRow>.Builder rows, Entry entry, DrugCatalogue drugs)
    {
        var record = entry.Record;
        var inUse = entry.Use.State is UseState.InUse or UseState.OnHold or UseState.AsNeeded or UseState.Draft or UseState.SupportingOnly;
        if (entry.Sources.IsEmpty)
            rows.Add(new(record.Reference, Words(record), null, entry.Reading.ClassOnly?.Name, entry.Reading.ClassBy, inUse && record.CannotInterpret is null,
                Exposure.IsSystemic(record, entry.Reading, drugs)));
        foreach (var source in entry.Sources)
            rows.Add(new(record.Reference, Words(record), source.Found.Drug.Ingredient, source.Found.Drug.Class.Name, source.Found.By, inUse, source.Exposure.Systemic));
    }

    /// <summary>Of most entries there is nothing to ask.</summary>
    private static bool IsQuestioned(Entry entry)
    {
        if (entry.Record.CannotInterpret is not null || !entry.Reading.Doubts.IsEmpty || entry.Use.Doubt is not null) return true;
        foreach (var source in entry.Sources)
            if (source.Found.Drug.Rule == DrugRule.None) return true;
        return false;
    }

    private static IEnumerable<NotJudged> NotJudged(Entry entry, DrugCatalogue drugs, DateOnly asOf)
    {
        var (record, reading, use) = (entry.Record, entry.Reading, entry.Use);
        var what = Words(record) is { Length: > 0 } words ? $"\"{words}\" ({record.Reference})" : $"A medication entry without a name ({record.Reference})";
        var hides = reading.Drugs.Select(d => d.Drug.Class.Hides).Append(reading.ClassOnly?.Hides ?? MightHide.Nothing).Concat(reading.Doubts.Select(d => d.Hides));
        if (record.CannotInterpret is { } why)
        {
            yield return new(what, why, hides.Contains(MightHide.Antithrombotic) ? MightHide.Antithrombotic : MightHide.Other);
            yield break;
        }
        var mayCount = use.State is not (UseState.NotInUse or UseState.Ended)
            || (use is { State: UseState.Ended, End: { } end } && asOf.DayNumber - end.DayNumber <= drugs.Limits.RecentDays);
        if (!mayCount) yield break;
        foreach (var doubt in reading.Doubts) yield return new(what, doubt.Why, doubt.Hides);
        if (use.Doubt is { } doubtful && hides.Any(h => h is MightHide.Antithrombotic or MightHide.Other))
            yield return new(what, doubtful, hides.Contains(MightHide.Antithrombotic) ? MightHide.Antithrombotic : MightHide.Other);
        foreach (var source in entry.Sources.Where(s => s.Found.Drug.Rule == DrugRule.None && s.Exposure.Systemic))
            yield return new(what, $"No hold rule covers {source.Found.Drug.Ingredient} ({source.Found.Drug.Class.Words}). Ask the pharmacist or the prescriber.", source.Found.Drug.Class.Hides);
    }

    /// <summary>As received.</summary>
    private static string Words(MedicationRecord record) => record.Product.Words is { Length: > 0 } words ? words
        : string.Join(" + ", record.Ingredients.Select(i => i.Words).Where(w => w.Length > 0));
}
