using System.Text;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir.Search;

/// <summary>A search as this server understood it. What it did not understand is left out of <see cref="Understood"/>, and so of the
/// bundle's self link: that is how a client can tell that a filter was ignored (R4, search, "self link").</summary>
internal sealed record SearchQuery(ResourceType Type, IReadOnlyList<Criterion> Criteria)
{
    public List<KeyValuePair<string, string>> Understood { get; } = [];
    public List<(string Type, string Parameter)> Includes { get; } = [];
    public List<(string Type, string Parameter)> RevIncludes { get; } = [];
    public List<(SearchParameter By, bool Descending)> Order { get; } = [];
    public int? Count { get; private set; }
    public bool CountOnly { get; private set; }

    /// <param name="strict"><c>Prefer: handling=strict</c>: what is not understood is refused, not ignored.</param>
    /// <exception cref="FhirFault">400 for an unreadable value, an unsupported modifier, or (strict) an unknown parameter.</exception>
    public static SearchQuery Parse(ResourceType type, IEnumerable<KeyValuePair<string, string>> sent, string fhirBase, bool strict = false)
    {
        var criteria = new List<Criterion>();
        var query = new SearchQuery(type, criteria);
        foreach (var (name, value) in sent)
        {
            if (value == "") continue;
            var understood = name switch
            {
                "_count" => query.SetCount(value),
                "_sort" => query.SetOrder(value),
                "_summary" => query.CountOnly = value == "count",
                "_include" => query.AddInclude(query.Includes, value),
                "_revinclude" => query.AddInclude(query.RevIncludes, value),
                "_format" or "_pretty" or "_total" => true,
                _ => query.AddCriterion(criteria, name, value, fhirBase),
            };
            if (understood) query.Understood.Add(new(name, value));
            else if (strict) throw new FhirFault(400, "not-supported", $"'{name}={value}' is not understood for {type.Name}, and handling=strict was asked for.");
        }
        return query;
    }

    public bool IsMetBy(StoredResource resource) => Criteria.All(c => c.IsMetBy(resource.Body));

    /// <summary>Every match, sorted. An exact identifier is looked up, everything else is walked.</summary>
    public IEnumerable<StoredResource> Run(StoreState state)
    {
        var from = ExactIdentifier() is { } exact ? state.WithIdentifier(Type.Name, exact.System, exact.Value) : state.All(Type.Name);
        var found = from.Where(IsMetBy);
        if (Order is []) return found;
        IOrderedEnumerable<StoredResource>? sorted = null;
        foreach (var (by, descending) in Order)
        {
            IComparable? Key(StoredResource r) => SortKey(by, r, descending);
            sorted = (sorted, descending) switch
            {
                (null, false) => found.OrderBy(r => Key(r) is null).ThenBy(Key),
                (null, true) => found.OrderBy(r => Key(r) is null).ThenByDescending(Key),
                (_, false) => sorted.ThenBy(r => Key(r) is null).ThenBy(Key),
                (_, true) => sorted.ThenBy(r => Key(r) is null).ThenByDescending(Key),
            };
        }
        return sorted!;
    }

    private (string System, string Value)? ExactIdentifier() =>
        Criteria.FirstOrDefault(c => c.Parameter.Name == "identifier")?.AnyOf is [var one] && one.Split('|', 2) is [not "" and var system, not "" and var value]
            ? (system, value) : null;

    private static IComparable? SortKey(SearchParameter by, StoredResource resource, bool descending)
    {
        var values = by.Values(resource.Body);
        if (by.Kind != ParameterKind.Date) return values.Select(v => v.ValueKind == System.Text.Json.JsonValueKind.String ? v.GetString() : null).FirstOrDefault(v => v is not null);
        var dates = values.Select(DateRange.Of).OfType<DateRange>().ToList();
        return dates is [] ? null : descending ? dates.Max(d => d.High) : dates.Min(d => d.Low);
    }

    private bool SetCount(string value)
    {
        if (!int.TryParse(value, out var count) || count < 0) throw FhirFault.Invalid($"_count must be a whole number, not '{value}'.");
        Count = count;
        if (count == 0) CountOnly = true;
        return true;
    }

    private bool SetOrder(string value)
    {
        var wanted = value.Split(',').Select(s => (By: Type.Parameter(s.TrimStart('-')), Descending: s.StartsWith('-'))).ToList();
        if (wanted.Any(w => w.By is null)) return false;
        Order.AddRange(wanted.Select(w => (w.By!, w.Descending)));
        return true;
    }

    private bool AddInclude(List<(string, string)> to, string value)
    {
        if (value.Split(':') is not [var source, var name, ..]) return false;
        if (!ResourceTypes.All.TryGetValue(source, out var type) || type.Parameter(name) is not { Kind: ParameterKind.Reference }) return false;
        if (to == Includes && source != Type.Name) return false;
        to.Add((source, name));
        return true;
    }

    private bool AddCriterion(List<Criterion> criteria, string name, string value, string fhirBase)
    {
        var (bare, modifier) = name.Split(':', 2) is [var b, var m] ? (b, m) : (name, null);
        if (Type.Parameter(bare) is not { } parameter) return false;
        var values = Alternatives(value);
        if (modifier is "not" && parameter.Kind == ParameterKind.Token)
        {
            criteria.Add(new Criterion(parameter, values, fhirBase) { Not = true }.Checked());
            return true;
        }
        if (modifier is not null)
        {
            // Beside category:not=… only subject:Patient=123 is served; R4 wants the others refused, not ignored.
            if (parameter.Kind != ParameterKind.Reference || !ResourceTypes.All.ContainsKey(modifier))
                throw new FhirFault(400, "not-supported", $"The modifier ':{modifier}' is not supported on '{bare}'.");
            values = [.. values.Select(v => v.Contains('/', StringComparison.Ordinal) ? v : $"{modifier}/{v}")];
        }
        criteria.Add(new Criterion(parameter, values, fhirBase).Checked());
        return true;
    }

    /// <summary>Splits at commas; a backslash takes the next character as it is.</summary>
    private static List<string> Alternatives(string value)
    {
        var all = new List<string>();
        var one = new StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length) one.Append(value[++i]);
            else if (value[i] == ',') { all.Add(one.ToString()); one.Clear(); }
            else one.Append(value[i]);
        }
        all.Add(one.ToString());
        return all;
    }
}
