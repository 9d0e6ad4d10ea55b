using System.Collections.Frozen;

namespace BiopsyFhir.Domain;

/// <summary>analytes.json and units.json -> analytes with every spelling of their units.</summary>
internal static class ReadAnalytes
{
    public static Dictionary<string, Analyte> From(KnowledgeFiles files, Faults faults)
    {
        var spellings = PolicySet.Parse(files, "units.json", faults);
        var spelt = new PolicySection(spellings, "units.json", faults, []);
        var analytes = new Dictionary<string, Analyte>(StringComparer.Ordinal);
        var meant = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, row) in new PolicySection(PolicySet.Parse(files, "analytes.json", faults), "analytes.json", faults, []).Rows())
        {
            var kind = row.Has("kind") ? row.Choice<AnalyteKind>("kind") : AnalyteKind.Number;
            var numeric = kind is AnalyteKind.Number or AnalyteKind.Either;
            var unit = numeric ? row.Text("unit") : "";
            analytes[key] = new Analyte
            {
                Key = key,
                Name = row.Text("name"),
                Kind = kind,
                Unit = unit,
                Units = numeric ? Units(row, unit, spelt, meant) : FrozenDictionary<string, UnitFactor>.Empty,
                Plausible = [.. row.Items("plausible").Select(p => new Plausible(p.OptionalWhole("fromAgeYears") ?? 0, p.Number("from"), p.Number("to")))],
                UsualRange = row.OptionalSection("usualRange") is { } usual ? (usual.Number("from"), usual.Number("to")) : null,
                LessSafe = row.Has("lessSafe") ? row.Choice<LessSafe>("lessSafe") : LessSafe.Neither,
                UnitMayBeAbsent = row.Flag("unitMayBeAbsent"),
                HaemolysisSpoils = row.Flag("haemolysisSpoils"),
                Outside = row.OptionalText("outside"),
                Holds = row.Texts("holds"),
            };
            if (numeric && analytes[key].Plausible.IsEmpty) faults.Add($"{row.Path}/plausible", "is missing");
        }
        foreach (var analyte in analytes.Values)
            foreach (var held in analyte.Holds.Where(h => !analytes.ContainsKey(h))) faults.Add($"analytes.json/{analyte.Key}/holds", $"'{held}' is no analyte");
        foreach (var (unit, _) in spellings)
            if (!unit.StartsWith('$') && !meant.Contains(unit)) faults.Add($"units.json/{unit}", "no analyte has this unit");
        return analytes;
    }

    private static FrozenDictionary<string, UnitFactor> Units(PolicySection row, string unit, PolicySection spelt, HashSet<string> meant)
    {
        var units = new Dictionary<string, UnitFactor>(StringComparer.OrdinalIgnoreCase);
        var rows = row.Section("units").Rows().ToDictionary(r => r.Key, r => r.Row);
        if (!rows.ContainsKey(unit)) row.Faults.Add($"{row.Path}/units", $"its own unit '{unit}' is missing");
        foreach (var (name, conversion) in rows)
        {
            meant.Add(name);
            var factor = new UnitFactor(name, conversion.OptionalNumber("multiplyBy") ?? 1, conversion.OptionalNumber("divideBy") ?? 1,
                conversion.OptionalNumber("from"), conversion.OptionalNumber("below"), conversion.OptionalText("why"));
            if (factor.MultiplyBy <= 0 || factor.DivideBy <= 0) row.Faults.Add(conversion.Path, "a factor above 0 is expected");
            foreach (var spelling in spelt.Texts(name).Prepend(name))
                foreach (var key in (string[])[spelling, UnitSpelling.Key(spelling)])
                    if (!units.TryAdd(key, factor) && !units[key].SameAs(factor))
                        row.Faults.Add(conversion.Path, $"'{spelling}' would mean both {name} and {units[key].Unit}");
        }
        return units.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
