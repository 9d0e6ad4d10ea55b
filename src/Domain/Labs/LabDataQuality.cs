using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>D-QUAL: what could not be used and why; and whether it may hide a safety lab (evidence 3.9, 7.1 rule 1).</summary>
internal static class LabDataQuality
{
    public static ImmutableArray<Finding> Findings(List<UnreadableResult> unreadable, List<(LabValue Used, LabValue Other)> conflicts, Policy policy)
    {
        var labs = policy.Catalogue.Labs;
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var same in unreadable.GroupBy(u => (u.Analyte, u.Why)))
        {
            var name = labs.NameOf(same.Key.Analyte);
            findings.Add(Say(same.Key.Analyte, $"{name}: a result cannot be used",
                $"{string.Join("; ", same.Select(AsSent))}: {same.Key.Why}. It was not used, and nothing was guessed.",
                same.Select(u => new Fact(u.Reference, $"{name} as sent: {u.AsReceived}", Date: u.Date)), policy));
        }
        foreach (var (used, other) in conflicts)
            findings.Add(Say(used.Analyte, $"{labs.NameOf(used.Analyte)}: two results of one day differ by more than {policy.Labs.ConflictAbovePercent.Plain()} %",
                $"{used.Say()} was used; the other one of {used.Date.InFull()} is {other.Say()}.",
                [used.AsFact(labs), other.AsFact(labs)], policy));
        return findings.ToImmutable();
    }

    /// <summary>
    /// An unusable safety lab is not judged when it may be news: no usable result of its day or later is there. Without a date,
    /// or with an impossible one, any usable result inside the period reassures.
    /// </summary>
    public static ImmutableArray<NotJudged> NotJudged(List<UnreadableResult> unreadable, ImmutableSortedDictionary<string, ImmutableArray<LabValue>> values, DateOnly d0, Policy policy)
    {
        var notJudged = ImmutableArray.CreateBuilder<NotJudged>();
        foreach (var u in unreadable)
        {
            if (!policy.Labs.SafetyDays.TryGetValue(u.Analyte, out var days) || u.Why.Contains("not-performed", StringComparison.OrdinalIgnoreCase) || u.Why.Contains("not performed", StringComparison.OrdinalIgnoreCase)) continue;
            var oldest = d0.AddDays(-days);
            if (u.Date < oldest) continue;
            var known = values.GetValueOrDefault(u.Analyte, []).FirstOrDefault();
            var reassures = known is not null && (u.Date is { } date && !u.Future ? known.Date > date || (known.Date == date && !(u.At > known.At)) : known.Date >= oldest);
            if (!reassures) notJudged.Add(new($"{policy.Catalogue.Labs.NameOf(u.Analyte)} ({u.Reference})", $"{AsSent(u)}: {u.Why}.", MightHide.SafetyLab));
        }
        return notJudged.ToImmutable();
    }

    /// <summary>Results without a readable name. Those recent enough to be a safety lab may hide one; the older ones are only said.</summary>
    public static IEnumerable<NotJudged> Nameless(List<ResultRecord> nameless, DateOnly d0, Policy policy)
    {
        var oldest = d0.AddDays(-policy.Labs.SafetyDays.Values.Max());
        foreach (var same in nameless.GroupBy(r => r.Effective is not { } date || date.Last >= oldest).OrderByDescending(g => g.Key))
        {
            var references = same.Select(r => r.Reference).Distinct().Order(StringComparer.Ordinal).ToList();
            yield return new($"{(references.Count == 1 ? "A result" : $"{references.Count} results")} without a readable name ({string.Join(", ", references.Take(5))}{(references.Count > 5 ? ", …" : "")})",
                $"{(same.Key ? "" : "Too old for a safety lab. ")}Neither a LOINC code nor a name says what was measured.", same.Key ? MightHide.SafetyLab : MightHide.Other);
        }
    }

    private static Finding Say(string analyte, string title, string detail, IEnumerable<Fact> because, Policy policy) => new()
    {
        Rule = "D-QUAL",
        Severity = Severity.Info,
        Subject = analyte,
        Action = FindingAction.Review,
        Title = title,
        Detail = detail,
        Because = [.. because],
        Citations = policy.Labs.ReadingCitations,
    };

    /// <summary>An entry without a value says only why; it is not said twice.</summary>
    private static string AsSent(UnreadableResult u) => u.AsReceived.TrimEnd('.', ' ') == u.Why ? $"Entry{On(u.Date)}" : $"\"{u.AsReceived}\"{On(u.Date)}";

    private static string On(DateOnly? date) => date is { } day ? $" of {day.InFull()}" : " without a date";
}
