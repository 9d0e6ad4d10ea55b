using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

public sealed record FindingChange(string Rule, string Subject, string Words);

/// <summary>What two assessments of the same patient say otherwise, finding by finding.</summary>
public static class FindingChanges
{
    /// <summary>Findings are matched by rule and subject; where a rule speaks twice of one subject, in their order.</summary>
    public static IEnumerable<FindingChange> Between(Readiness before, Readiness after)
    {
        var (was, becomes) = (Keyed(before), Keyed(after));
        foreach (var key in was.Keys.Union(becomes.Keys).OrderBy(k => k.Subject, StringComparer.Ordinal).ThenBy(k => k.Rule, StringComparer.Ordinal).ThenBy(k => k.Nth))
        {
            var (old, now) = (was.GetValueOrDefault(key), becomes.GetValueOrDefault(key));
            var words = old is null ? $"Only under {after.Policy.Id}: {Told(now!)}." : now is null ? $"Only under {before.Policy.Id}: {Told(old)}." : Difference(old, now, before.Policy.Id, after.Policy.Id);
            if (words is not null) yield return new(key.Rule, key.Subject, words);
        }
    }

    private static Dictionary<(string Rule, string Subject, int Nth), Finding> Keyed(Readiness readiness) =>
        readiness.Findings.GroupBy(f => (f.Rule, f.Subject)).SelectMany(g => g.Select((f, nth) => (f, nth))).ToDictionary(x => (x.f.Rule, x.f.Subject, x.nth), x => x.f);

    private static string Told(Finding f) => string.Join(", ", new[] { f.Title, Wire.Name(f.Severity) }.Concat(Dates(f).Select(d => $"{d.Name} {d.Value}")));

    private static string? Difference(Finding old, Finding now, string before, string after)
    {
        List<(string Name, string Was, string Becomes)> parts = [("severity", Wire.Name(old.Severity), Wire.Name(now.Severity)), ("asked to", Wire.Name(old.Action), Wire.Name(now.Action))];
        var (was, becomes) = (Dates(old).ToDictionary(d => d.Name, d => d.Value), Dates(now).ToDictionary(d => d.Name, d => d.Value));
        parts.AddRange(was.Keys.Union(becomes.Keys).Select(name => (name, was.GetValueOrDefault(name, "none"), becomes.GetValueOrDefault(name, "none"))));
        var changed = parts.Where(p => p.Was != p.Becomes).Select(p => $"{p.Name} {p.Was} under {before}, {p.Becomes} under {after}").ToList();
        return changed.Count == 0 ? null : $"{now.Title}: {string.Join("; ", changed)}.";
    }

    private static IEnumerable<(string Name, string Value)> Dates(Finding f)
    {
        if (f.LastDoseAt is { } at) yield return ("last dose", at.InFull());
        else if (f.LastDoseDate is { } last) yield return ("last dose", last.InFull());
        if (f.DrugFreeDays is { } days) yield return ("days without", $"{days}");
        if (f.ResumeDate is { } resume) yield return ("restart", resume.InFull());
        if (f.TestDueDate is { } test) yield return ("test due", test.InFull());
        if (f.EarliestProcedureDate is { } earliest) yield return ("earliest biopsy", earliest.InFull());
        if (f.Provisional) yield return ("dates", "provisional");
    }
}
