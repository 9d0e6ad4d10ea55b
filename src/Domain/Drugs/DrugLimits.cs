namespace BiopsyFhir.Domain;

/// <summary>Numbers that reading a medication entry needs; each with its source in drug-limits.tsv.</summary>
public sealed record DrugLimits(int RecentDays, decimal PreventionAspirinMg, decimal LockUnitsPerMl, decimal FlushUnitsPerMl, decimal LockUnits, decimal LockAlteplaseMg)
{
    internal static DrugLimits Read(KnowledgeFiles files, Faults faults)
    {
        var values = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var row in KnowledgeTable.Read(files, "drug-limits.tsv", faults, optional: false, "limit", "value", "unit", "source"))
        {
            if (!decimal.TryParse(row["value"], out var value) || value <= 0) faults.Add(row.Where, $"'{row["value"]}' is no number above zero");
            else if (!values.TryAdd(row["limit"], value)) faults.Add(row.Where, $"{row["limit"]} stands twice");
            if (row["source"].Length == 0) faults.Add(row.Where, "no source");
        }
        decimal Of(string limit)
        {
            if (values.TryGetValue(limit, out var value)) return value;
            if (files.ByName.ContainsKey("drug-limits.tsv")) faults.Add("drug-limits.tsv", $"{limit} is missing");
            return 1;
        }
        return new((int)Of("recent-days"), Of("prevention-aspirin-mg"), Of("lock-units-per-ml"), Of("flush-units-per-ml"), Of("lock-units"), Of("lock-alteplase-mg"));
    }
}
