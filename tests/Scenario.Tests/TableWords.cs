using System.Globalization;
using System.Text.Json.Nodes;
using static BiopsyFhir.Scenario.Tests.TableRow;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>The third and fourth column of a table: "R-HOLD apixaban: high, 1 d, restart D+1" becomes what expected.json would say.</summary>
internal static class TableWords
{
    private static readonly string[] s_severities = ["info", "low", "moderate", "high", "critical"];

    private static readonly string[] s_actions = ["hold", "continue", "no-hold", "inform", "review", "order-test", "repeat-test", "reschedule", "ask-specialist"];

    private static readonly string[] s_verdicts = ["ready", "action-needed", "cannot-judge"];

    public static JsonObject Expected(string about, IEnumerable<string> must, IEnumerable<string> mustNot)
    {
        var expected = new JsonObject { ["case"] = about, ["must"] = new JsonArray(), ["mustNot"] = new JsonArray() };
        foreach (var words in must) Say(expected, words);
        foreach (var words in mustNot)
            if (words is ['"', .., '"']) (expected["mustNotSay"] ??= new JsonArray()).AsArray().Add(words[1..^1]);
            else expected["mustNot"]!.AsArray().Add(Finding(words));
        return JsonNode.Parse(expected.ToJsonString())!.AsObject(); // as if read from a file
    }

    private static void Say(JsonObject expected, string words)
    {
        var (first, rest) = words.IndexOf(' ', StringComparison.Ordinal) is var at and > 0 ? (words[..at], words[(at + 1)..].Trim()) : (words, "");
        switch (first)
        {
            case "nothing": // further, from this severity on
                expected["noOtherAtLeast"] = rest;
                break;
            case "clearance" or "ideal" or "adjusted": // mL/min with the actual, the ideal and the adjusted weight
                var clearance = expected["creatinineClearance"] as JsonObject ?? [];
                clearance[first == "clearance" ? "mlPerMin" : $"{first}WeightMlPerMin"] = rest == "none" ? null : decimal.Parse(rest, CultureInfo.InvariantCulture);
                expected["creatinineClearance"] = clearance;
                break;
            case "anaemia": // yes, no; mild, moderate, severe; "unknown": no grade; "note …", "no note …"
                var anaemia = expected["anaemia"] as JsonObject ?? [];
                if (rest is "yes" or "no") anaemia["anaemic"] = rest == "yes";
                else if (!Note(anaemia, rest)) anaemia["grade"] = rest == "unknown" ? null : rest;
                expected["anaemia"] = anaemia;
                break;
            case "lab": // "lab fibrinogen stale", "lab ferritin note on iron"
                var (analyte, said) = rest.IndexOf(' ', StringComparison.Ordinal) is var end and > 0 ? (rest[..end], rest[(end + 1)..]) : (rest, "");
                var row = new JsonObject { ["analyte"] = analyte };
                if (!Note(row, said)) row["state"] = said;
                expected["labs"] ??= new JsonArray();
                expected["labs"]!.AsArray().Add(row);
                break;
            case "unread": // words of what could not be judged; "unread no …": never these
                expected["notJudged"] ??= new JsonArray();
                expected["notJudged"]!.AsArray().Add(rest.StartsWith("no ", StringComparison.Ordinal) ? $"!{rest[3..]}" : rest);
                break;
            default:
                if (s_verdicts.Contains(words) || words == "ask the specialist") expected["readiness"] = words == "ask the specialist" ? "ask-specialist" : words;
                else expected["must"]!.AsArray().Add(Finding(words));
                break;
        }
    }

    private static bool Note(JsonObject row, string said)
    {
        if (said.StartsWith("note ", StringComparison.Ordinal)) row["note"] = said[5..];
        else if (said.StartsWith("no note ", StringComparison.Ordinal)) row["noNote"] = said[8..];
        else return false;
        return true;
    }

    private static JsonObject Finding(string words)
    {
        var colon = words.IndexOf(": ", StringComparison.Ordinal);
        var head = colon < 0 ? words : words[..colon];
        var space = head.IndexOf(' ', StringComparison.Ordinal);
        var finding = new JsonObject { ["rule"] = space < 0 ? head : head[..space] };
        if (space > 0) finding["subject"] = head[(space + 1)..];
        foreach (var word in colon < 0 ? [] : Words(words[(colon + 2)..], ',')) Add(finding, word);
        return finding;
    }

    private static void Add(JsonObject finding, string word)
    {
        var parts = word.Split(' ', 2);
        if (s_severities.Contains(word)) finding["severity"] = word;
        else if (s_actions.Contains(word)) finding["action"] = word;
        else if (word is "provisional" or "firm") finding["provisional"] = word == "provisional";
        else if (word is "missing" or "stale") finding["state"] = word;
        else if (word == "no date") (finding["lastDoseDate"], finding["lastDoseAt"], finding["resumeDate"]) = (null, null, null);
        else if (word.Length > 2 && word[0] == '"' && word[^1] == '"') (finding["says"] ??= new JsonArray()).AsArray().Add(word[1..^1]);
        else if (parts is ["due", var due]) finding["testDueDate"] = Iso(Day(due));
        else if (parts is ["earliest", var earliest]) finding["earliestProcedureDate"] = Iso(Day(earliest));
        else if (parts is ["restart", var restart]) finding["resumeDate"] = restart == "open" ? null : Iso(Day(restart));
        else if (parts is [var days, "d"]) Days(finding, int.Parse(days, CultureInfo.InvariantCulture));
        else if (parts is [var hours, "h"]) Hours(finding, int.Parse(hours, CultureInfo.InvariantCulture));
        else throw new FormatException($"'{word}' is not understood");
    }

    /// <summary>N full drug-free days directly before the biopsy day, so the last dose is on D0 - (N + 1) (evidence, counting convention).</summary>
    private static void Days(JsonObject finding, int days)
    {
        finding["drugFreeDays"] = days;
        finding["lastDoseDate"] = Iso(D0.AddDays(-(days + 1)));
        finding["firstDrugFreeDate"] = Iso(D0.AddDays(-days));
    }

    /// <summary>Hours before the start, which is 08:00 when the order gives no time.</summary>
    private static void Hours(JsonObject finding, int hours)
    {
        var last = D0.ToDateTime(new TimeOnly(8, 0)).AddHours(-hours);
        finding["lastDoseAt"] = last.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);
        finding["lastDoseDate"] = Iso(DateOnly.FromDateTime(last));
        (finding["firstDrugFreeDate"], finding["drugFreeDays"]) = (null, null);
    }
}
