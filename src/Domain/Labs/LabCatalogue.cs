using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>A LOINC code of ours. Codes that are only recognised are never written or asked for.</summary>
/// <param name="Analyte">Null: known to be none of ours.</param>
public sealed record LoincCode(string Code, Analyte? Analyte, UnitProperty Property, string Name)
{
    /// <summary>The analyte as a list of one: made once, not with every result.</summary>
    public ImmutableArray<Analyte> Analytes { get; } = Analyte is null ? [] : [Analyte];

    /// <summary>The name says capillary blood: a point-of-care result.</summary>
    public bool IsCapillary { get; } = Name.Contains("Capillary", StringComparison.OrdinalIgnoreCase);
}

/// <summary>LOINC codes and names to analytes; units and plausible ranges (evidence 3.7, 3.8).</summary>
public sealed record LabCatalogue(
    FrozenDictionary<string, Analyte> Analytes,
    FrozenDictionary<string, LoincCode> ByLoinc,
    FrozenDictionary<string, ImmutableArray<(Analyte Analyte, UnitProperty Property)>> ByName)
{
    /// <summary>What shared concepts measure when no specimen is told; kept as long as the catalogue.</summary>
    internal Remembered<RecognisedLab?> Recognised { get; } = new();

    public Analyte this[string key] => Analytes[key];

    /// <summary>"Haemoglobin"; the key itself for subjects that are no analyte.</summary>
    public string NameOf(string key) => Analytes.TryGetValue(key, out var analyte) ? analyte.Name : key;

    /// <summary>Reads analytes.json, units.json, loinc.tsv and lab-names.tsv.</summary>
    public static LabCatalogue Read(KnowledgeFiles files, Faults faults)
    {
        var analytes = ReadAnalytes.From(files, faults);
        var codes = new Dictionary<string, LoincCode>(StringComparer.Ordinal);
        var names = new Dictionary<string, List<(Analyte, UnitProperty)>>(StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);

        void AddName(string where, string name, Analyte analyte, UnitProperty property)
        {
            var key = LabNames.Key(name);
            if (key.Length == 0) faults.Add(where, "no name");
            else if (!names.TryGetValue(key, out var same)) names[key] = [(analyte, property)];
            else if (!same.Contains((analyte, property))) same.Add((analyte, property));
        }

        foreach (var (where, cells) in Rows(files, "loinc.tsv", ["analyte", "code", "property", "use", "name"], faults))
        {
            Analyte? analyte = null;
            if (cells[0] != "none" && !analytes.TryGetValue(cells[0], out analyte)) faults.Add(where, $"'{cells[0]}' is not in analytes.json");
            var property = cells[2] switch { "mass" => UnitProperty.Mass, "moles" => UnitProperty.Moles, "any" or "" => UnitProperty.Open, _ => Unknown(where, cells[2]) };
            if (cells[3] is not ("write" or "read")) faults.Add(where, $"use '{cells[3]}' is neither write nor read");
            if (!codes.TryAdd(cells[1], new(cells[1], analyte, property, cells[4]))) faults.Add(where, $"code {cells[1]} stands twice");
            if (analyte is null) continue;
            AddName(where, cells[4], analyte, property);
            if (cells[3] == "write") written.Add(cells[1]);
        }
        foreach (var (where, cells) in Rows(files, "lab-names.tsv", ["analyte", "language", "name"], faults))
        {
            if (!analytes.TryGetValue(cells[0], out var analyte)) faults.Add(where, $"'{cells[0]}' is not in analytes.json");
            else AddName(where, cells[2], analyte, UnitProperty.Open);
        }
        var byAnalyte = codes.Values.Where(c => c.Analyte is not null).ToLookup(c => c.Analyte!.Key, c => c.Code);
        var withCodes = analytes.Values.Select(a => a with
        {
            Codes = [.. byAnalyte[a.Key].Where(written.Contains)],
            LookedFor = [.. byAnalyte[a.Key].Where(written.Contains), .. byAnalyte[a.Key].Where(c => !written.Contains(c))],
        }).ToFrozenDictionary(a => a.Key, StringComparer.Ordinal);
        return new(withCodes,
            codes.Values.Select(c => c.Analyte is null ? c : new LoincCode(c.Code, withCodes[c.Analyte.Key], c.Property, c.Name)).ToFrozenDictionary(c => c.Code, StringComparer.Ordinal),
            names.ToFrozenDictionary(n => n.Key, n => n.Value.Select(v => (withCodes[v.Item1.Key], v.Item2)).ToImmutableArray(), StringComparer.Ordinal));

        UnitProperty Unknown(string where, string word)
        {
            faults.Add(where, $"property '{word}' is none of mass, moles, any");
            return UnitProperty.Open;
        }
    }

    private static IEnumerable<(string Where, string[] Cells)> Rows(KnowledgeFiles files, string name, string[] columns, Faults faults)
    {
        if (!files.ByName.TryGetValue(name, out var bytes))
        {
            faults.Add(name, "file is missing");
            yield break;
        }
        var (line, header) = (0, false);
        foreach (var text in Encoding.UTF8.GetString(bytes.Span).Split('\n'))
        {
            line++;
            if (text.Length == 0 || text[0] == '#') continue;
            var cells = text.TrimEnd('\r').Split('\t');
            if (!header)
            {
                header = true;
                if (!cells.SequenceEqual(columns)) faults.Add($"{name}:{line}", $"the columns {string.Join(", ", columns)} are expected");
            }
            else if (cells.Length != columns.Length) faults.Add($"{name}:{line}", $"{columns.Length} columns are expected");
            else yield return ($"{name}:{line}", cells);
        }
    }
}
