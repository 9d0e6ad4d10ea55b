using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>The records of a chart while they are collected.</summary>
/// <param name="entries">How many there are: most of them are results.</param>
internal sealed class Records(int entries)
{
    private readonly SortedDictionary<string, int> _notRead = new(StringComparer.Ordinal);

    public List<MedicationRecord> Medications { get; } = [];
    public List<ResultRecord> Results { get; } = new(entries);
    public List<ConditionRecord> Conditions { get; } = [];
    public List<AllergyRecord> Allergies { get; } = [];
    public List<ProcedureRecord> Procedures { get; } = [];
    public List<OrderRecord> Orders { get; } = [];
    public List<AppointmentRecord> Appointments { get; } = [];
    public Dictionary<RecordKind, int> Counts { get; } = Enum.GetValues<RecordKind>().ToDictionary(k => k, _ => 0);

    public void Count(RecordKind kind) => Counts[kind]++;

    /// <summary>An entry of a type that the rules do not read.</summary>
    public void NotRead(Entry entry, Reader reader)
    {
        if (RecordKinds.IsContext(entry.Type)) return;
        if (entry.Type == "OperationOutcome")
            foreach (var said in Outcomes.Read(entry.Resource, entry.Where)) reader.CouldNotRead(said.What, said.Why, said.Hides);
        else if (entry.Type is null)
            reader.CouldNotRead($"Entry at {entry.Where}", "It does not say what kind of record it is.", MightHide.Antithrombotic);
        else
            _notRead[entry.Type] = _notRead.GetValueOrDefault(entry.Type) + 1;
    }

    /// <summary>One line for what is known to be beside the point, one for what may tell more, one for each unknown type.</summary>
    public void SayWhatWasNotRead(Reader reader)
    {
        string Line(IEnumerable<KeyValuePair<string, int>> types) => string.Join(", ", types.Select(t => $"{t.Value} {t.Key}"));
        var administrative = _notRead.Where(t => RecordKinds.IsAdministrative(t.Key)).ToList();
        var telling = _notRead.Where(t => RecordKinds.MightTell(t.Key)).ToList();
        if (administrative.Count > 0) reader.CouldNotRead($"Other records ({Line(administrative)})", "Records of these kinds are not read.", MightHide.Nothing);
        if (telling.Count > 0) reader.CouldNotRead($"Other records ({Line(telling)})", "Records of these kinds are not read; they may tell more.", MightHide.Other);
        foreach (var (type, count) in _notRead.Where(t => !RecordKinds.IsAdministrative(t.Key) && !RecordKinds.MightTell(t.Key)))
            reader.CouldNotRead($"{count} {type}", "This kind of record is not known.", MightHide.Antithrombotic);
    }

    public Chart Chart(Person person, ImmutableArray<Domain.Source> sources) => new()
    {
        Person = person,
        Medications = Sorted(Medications, m => m.Reference),
        Results = Sorted(Results, r => r.Reference),
        Conditions = Sorted(Conditions, c => c.Reference),
        Allergies = Sorted(Allergies, a => a.Reference),
        Procedures = Sorted(Procedures, p => p.Reference),
        Orders = Sorted(Orders, o => o.Reference),
        Appointments = Sorted(Appointments, a => a.Reference),
        Sources = sources,
    };

    /// <summary>By reference, so that the order in which a server sends them cannot change an answer; those with the same reference stay as they are.</summary>
    private static ImmutableArray<T> Sorted<T>(List<T> records, Func<T, string> reference)
    {
        if (records.Count == 0) return [];
        var places = ArrayPool<(string Reference, int Place)>.Shared.Rent(records.Count);
        var order = places.AsSpan(0, records.Count);
        for (var i = 0; i < order.Length; i++) order[i] = (reference(records[i]), i);
        order.Sort(static (one, other) => string.CompareOrdinal(one.Reference, other.Reference) is not 0 and var by ? by : one.Place.CompareTo(other.Place));
        var sorted = new T[order.Length];
        for (var i = 0; i < order.Length; i++) sorted[i] = records[order[i].Place];
        ArrayPool<(string, int)>.Shared.Return(places, clearArray: true);
        return ImmutableCollectionsMarshal.AsImmutableArray(sorted);
    }
}
