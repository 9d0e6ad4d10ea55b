using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Values of one kind (final or not) on their way into the sheet: newest version of each, newest first.</summary>
internal sealed class LabPile
{
    private readonly record struct Entry(LabValue Value, ResultRecord Record)
    {
        public DateTimeOffset? Issued => Record.Issued;

        public bool Corrected => Record.Status is "corrected" or "amended";

        /// <summary>Within a day the newest issued decides (evidence 3.9); the time of the specimen stands in where that is missing.</summary>
        public DateTimeOffset Order => Issued ?? Value.At ?? DateTimeOffset.MinValue;
    }

    private readonly Dictionary<string, List<Entry>> _entries = new(StringComparer.Ordinal);

    public void Add(LabValue value, ResultRecord record)
    {
        if (!_entries.TryGetValue(value.Analyte, out var list)) _entries[value.Analyte] = list = [];
        list.Add(new(value, record));
    }

    /// <summary>Newest first by analyte. A newest value that another one of the same day contradicts carries a note.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<LabValue>> Sorted(LabCatalogue labs, decimal conflictAbovePercent, ICollection<(LabValue Used, LabValue Other)> conflicts)
    {
        var sorted = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<LabValue>>(StringComparer.Ordinal);
        foreach (var (key, entries) in _entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            var lessSafe = labs[key].LessSafe;
            if (entries.Count > 1)
            {
                if (entries.FindAll(e => e.Corrected) is { Count: > 0 } corrected) entries.RemoveAll(e => !e.Corrected && corrected.Exists(c => c.Value.Date == e.Value.Date && c.Value.At == e.Value.At
                    && (c.Issued is null || e.Issued is null || c.Issued >= e.Issued)));
                entries.Sort((a, b) => Compare(a, b, lessSafe));
            }
            var values = ImmutableArray.CreateBuilder<LabValue>(entries.Count);
            foreach (var entry in entries) values.Add(entry.Value);
            for (var i = 1; i < values.Count && values[i].Date == values[0].Date; i++)
            {
                if (!Conflict(values[0], values[i], conflictAbovePercent)) continue;
                values[0] = values[0] with { Notes = values[0].Notes.Add($"another value of the same day is {values[i].Say()}") };
                conflicts.Add((values[0], values[i]));
                break;
            }
            sorted[key] = values.MoveToImmutable();
        }
        return sorted.ToImmutable();
    }

    private static bool Conflict(LabValue used, LabValue other, decimal abovePercent) =>
        !used.ReportOnly && !other.ReportOnly && Math.Abs(used.Amount - other.Amount) * 100 > used.Amount * abovePercent;

    private static int Compare(Entry a, Entry b, LessSafe lessSafe)
    {
        var order = b.Value.Date.CompareTo(a.Value.Date);
        if (order == 0) order = b.Order.CompareTo(a.Order);
        if (order == 0) order = b.Corrected.CompareTo(a.Corrected);
        // Same instant, same issue: the one that is less safe to overlook (evidence 7.1 rule 11).
        if (order == 0 && lessSafe == LessSafe.Low) order = a.Value.Amount.CompareTo(b.Value.Amount);
        if (order == 0 && lessSafe == LessSafe.High) order = b.Value.Amount.CompareTo(a.Value.Amount);
        if (order == 0) order = string.CompareOrdinal(a.Value.Reference, b.Value.Reference);
        return order != 0 ? order : string.CompareOrdinal(a.Value.AsReceived, b.Value.AsReceived);
    }
}
