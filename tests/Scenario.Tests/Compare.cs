using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>Expectation against answer: the lines that differ, as a clinician would say them.</summary>
internal static class Compare
{
    private static readonly string[] Severities = ["info", "low", "moderate", "high", "critical"];

    private static readonly string[] Keys = ["case", "must", "mustNot", "mustNotSay", "may", "noOtherAtLeast", "readiness", "procedure", "patient", "anaemia",
        "creatinineClearance", "medications", "labs", "notJudged", "windows"];

    public static IEnumerable<string> Differences(Scenario scenario)
    {
        if (scenario.Answer["refused"] is { } refused) return [$"no answer: {refused}"];
        return [.. Unknown(scenario), .. Missing(scenario), .. Unwanted(scenario), .. Said(scenario), .. Members(scenario), .. Rows(scenario), .. NotJudged(scenario)];
    }

    /// <summary>A finding agrees with every field that the pattern names.</summary>
    public static bool Meets(JsonObject pattern, JsonObject row) => !Misfits(pattern, row).Any();

    /// <summary>Lines for everybody and for every indication outside the anaemia work-up: allowed unless <c>mustNot</c> names them.</summary>
    public static readonly string[] Usual = ["G-BLEEDHX", "G-CONSENT", "W-OFF"];

    /// <summary>Findings that no <c>must</c> (with a rule) asks for and no <c>may</c> allows.</summary>
    public static IEnumerable<JsonObject> Spare(Scenario scenario) =>
        scenario.Findings.Where(f => !Usual.Contains(f["rule"]!.ToString()) || scenario.Patterns("mustNot").Any(p => Same(p["rule"], f["rule"])))
            .Where(f => !scenario.Patterns("must").Where(p => p["rule"] is not null).Concat(scenario.Patterns("may")).Any(p => Meets(p, f)));

    /// <summary>The level from which on nothing unasked is tolerated; an invented high finding is always a fault.</summary>
    public static int ClosedFrom(Scenario scenario) => Array.IndexOf(Severities, scenario.Expected["noOtherAtLeast"]?.ToString() ?? "high");

    public static int Rank(JsonObject finding) => Array.IndexOf(Severities, finding["severity"]!.ToString());

    private static IEnumerable<string> Unknown(Scenario scenario) =>
        scenario.Expected.Select(p => p.Key).Except(Keys).Select(key => $"expected.json: '{key}' is not known")
            .Concat(ClosedFrom(scenario) < 0 ? ["expected.json: noOtherAtLeast is no severity"] : []);

    private static IEnumerable<string> Missing(Scenario scenario)
    {
        foreach (var must in scenario.Patterns("must"))
        {
            if (scenario.Findings.Any(f => Meets(must, f))) continue;
            var near = scenario.Findings.Where(f => must["rule"] is null || Same(must["rule"], f["rule"])).OrderBy(f => Misfits(must, f).Count()).FirstOrDefault();
            yield return near is null ? $"missing: {Told(must)}" : $"wanted {Told(must)}\n      found {Told(near)}: {string.Join(", ", Misfits(must, near))}";
        }
    }

    private static IEnumerable<string> Unwanted(Scenario scenario)
    {
        foreach (var finding in Spare(scenario))
        {
            if (scenario.Patterns("mustNot").FirstOrDefault(p => Meets(p, finding)) is { } not) yield return $"unwanted: {Told(finding)} \"{finding["title"]}\" (must not: {Told(not)})";
            else if (Rank(finding) >= ClosedFrom(scenario)) yield return $"unexpected: {Told(finding)} \"{finding["title"]}\"";
        }
    }

    private static IEnumerable<string> Said(Scenario scenario) =>
        from words in (scenario.Expected["mustNotSay"] as JsonArray ?? []).Select(w => w!.ToString())
        from finding in scenario.Findings
        where $"{finding["title"]} {finding["detail"]}".Contains(words, StringComparison.OrdinalIgnoreCase)
        select $"must not say '{words}': {Told(finding)}";

    private static IEnumerable<string> Members(Scenario scenario)
    {
        if (scenario.Expected["readiness"] is { } verdict && !Same(verdict, scenario.Answer["readiness"])) yield return $"readiness {scenario.Answer["readiness"]}, wanted {verdict}";
        foreach (var member in (string[])["procedure", "patient", "anaemia", "creatinineClearance"])
            if (scenario.Expected[member] is JsonObject wanted)
                foreach (var misfit in Misfits(wanted, scenario.Answer[member]!.AsObject())) yield return $"{member}: {misfit}";
    }

    private static IEnumerable<string> Rows(Scenario scenario)
    {
        foreach (var list in (string[])["medications", "labs"])
            foreach (var wanted in scenario.Patterns(list))
                if (!scenario.Rows(list).Any(row => Meets(wanted, row)))
                    yield return $"{list}: no row {wanted.ToJsonString()}; there is {string.Join(" ", scenario.Rows(list).Where(r => Same(r.First().Value, wanted.First().Value) || list == "medications").Select(Short))}";
    }

    private static IEnumerable<string> NotJudged(Scenario scenario)
    {
        if (scenario.Expected["notJudged"] is not JsonArray wanted) yield break;
        var there = scenario.Rows("notJudged").Select(r => $"{r["what"]} – {r["why"]}").ToList();
        if (wanted.Count == 0 && there.Count > 0) yield return $"not judged, but everything could be: {string.Join("; ", there)}";
        foreach (var words in wanted.Select(w => w!.ToString()))
        {
            var never = words.StartsWith('!');
            if (there.Any(t => t.Contains(never ? words[1..] : words, StringComparison.OrdinalIgnoreCase)) == never)
                yield return never ? $"notJudged says '{words[1..]}'" : $"notJudged does not say '{words}'; it says: {string.Join("; ", there)}";
        }
    }

    private static IEnumerable<string> Misfits(JsonObject pattern, JsonObject row)
    {
        foreach (var (name, wanted) in pattern)
        {
            var agrees = name switch
            {
                "rule" when wanted!.ToString().EndsWith('*') => row["rule"]!.ToString().StartsWith(wanted.ToString()[..^1], StringComparison.Ordinal),
                "severityAtLeast" => Rank(row) >= Array.IndexOf(Severities, wanted!.ToString()),
                "says" => (wanted as JsonArray ?? [wanted!.DeepClone()]).All(w => $"{row["title"]} {row["detail"]}".Contains(w!.ToString(), StringComparison.OrdinalIgnoreCase)),
                "has" => row[wanted!.ToString()] is not null,
                "note" => Notes(row).Contains(wanted!.ToString(), StringComparison.OrdinalIgnoreCase),
                "noNote" => !Notes(row).Contains(wanted!.ToString(), StringComparison.OrdinalIgnoreCase),
                _ => Same(wanted, row[name]),
            };
            if (!agrees) yield return name is "says" or "has" ? $"does not have {wanted?.ToJsonString()}" : $"{name} {Plain(row[name])}, wanted {Plain(wanted)}";
        }
    }

    private static string Notes(JsonObject row) => string.Join(' ', (row["notes"] as JsonArray ?? []).Select(n => n!.ToString()));

    /// <summary>Numbers within one in a thousand, instants as instants, the rest word by word; one of a list is enough.</summary>
    private static bool Same(JsonNode? wanted, JsonNode? found)
    {
        if (wanted is JsonArray anyOf) return anyOf.Any(w => Same(w, found));
        if (wanted is null || found is null) return wanted is null && found is null;
        if (wanted.GetValueKind() == JsonValueKind.Number && found.GetValueKind() == JsonValueKind.Number)
            return Math.Abs(wanted.GetValue<double>() - found.GetValue<double>()) <= Math.Abs(wanted.GetValue<double>()) / 1000;
        if (wanted.ToString().Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(wanted.ToString(), CultureInfo.InvariantCulture, out var a) && DateTimeOffset.TryParse(found.ToString(), CultureInfo.InvariantCulture, out var b)) return a == b;
        return string.Equals(wanted.ToString(), found.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static string Told(JsonObject finding) =>
        string.Join(' ', finding.Where(p => p.Key is not ("title" or "detail" or "because" or "citations") && p.Value is not null && !(p.Value.GetValueKind() == JsonValueKind.False))
            .Select(p => p.Key is "rule" or "subject" or "severity" or "action" ? p.Value!.ToString() : $"{p.Key}={Plain(p.Value)}"));

    private static string Short(JsonObject row) => "[" + string.Join(' ', row.Where(p => p.Value is not null && p.Key != "reference").Select(p => Plain(p.Value))) + "]";

    private static string Plain(JsonNode? node) => node is null ? "none" : node is JsonArray list ? string.Join("|", list.Select(Plain)) : node.ToString();
}
