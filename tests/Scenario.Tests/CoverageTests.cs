using System.Globalization;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Assessments;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>Nothing that the service can say or reads from its tables is without a scenario.</summary>
public class CoverageTests
{
    /// <summary>Every rule id of the answer.</summary>
    public static readonly string[] Rules =
    [
        "R-HOLD", "R-CONT", "R-ROUTE", "R-CONFIRM", "R-NOTE", "LATE", "WASHOUT", "T-HIGH", "T-MOD", "S-STENT", "X-DUP", "D-COMBO", "BRIDGE-NO", "DOAC-LONGER",
        "B-DISORDER", "B-HIT", "B-REFRACT", "P-PRESET", "N-URGENT",
        "L-PLT", "PLT-DUE", "L-INR", "L-INR-D1", "L-FIB", "L-CRCL-MISSING", "L-CRCL-EDGE", "D-QUAL",
        "W-CBC", "W-DIFF", "W-RETIC", "W-SMEAR", "W-FERR", "W-TSAT", "W-B12", "W-FOL", "W-CREAT", "W-LFT", "W-LDH", "W-CRP", "W-TSH",
        "W-HEMOL", "W-SPEP", "W-MMA", "W-CU", "W-EPO", "W-HBFRAC", "W-VIRO", "W-PARVO", "W-MEDS", "W-HAEM-FIRST", "X-CAUSE",
        "A-LOCAL", "A-SKIN", "A-LATEX", "A-SED", "G-SED", "G-NPO", "G-RESP", "G-GLP1", "G-DM", "G-PREG", "G-INF", "G-HW", "G-SITE", "G-PEDS", "G-BLEEDHX", "G-BMI",
        "G-CONSENT", "G-DIAL", "G-IMM", "G-CHEMO", "G-CALL", "L-APTT", "L-HB", "L-URAEMIA", "W-OFF",
    ];

    /// <summary>Raised for everybody, so that no patient can show its absence.</summary>
    private static readonly string[] ForEverybody = ["G-BLEEDHX", "G-CONSENT"];

    /// <summary>About a setting of the site, so that no patient can show its presence.</summary>
    private static readonly string[] AboutTheSite = ["G-CALL"];

    [Fact]
    public void Every_rule_has_a_patient_for_whom_it_must_speak() =>
        Assert.Empty(Rules.Except(AboutTheSite).Except(Scenario.All.SelectMany(s => s.Patterns("must")).Select(m => m["rule"]?.ToString() ?? "")));

    [Fact]
    public void Every_rule_has_a_patient_for_whom_it_must_not_speak() =>
        Assert.Empty(Rules.Except(ForEverybody).Except(Scenario.All.SelectMany(s => Rules.Where(rule => Truth.Wanted(s, rule) == false))));

    [Fact]
    public void No_answer_carries_a_rule_that_is_not_listed_here() =>
        Assert.Empty(Scenario.All.SelectMany(s => s.Findings).Select(f => f["rule"]!.ToString()).Distinct().Except(Rules));

    [Fact]
    public void The_page_says_of_every_rule_what_would_change_it() =>
        Assert.Equal(Rules.Order(StringComparer.Ordinal), BiopsyFhir.Api.Review.WhatWouldChange.Words.Where(w => w.Value.Length > 10).Select(w => w.Key).Order(StringComparer.Ordinal));

    /// <summary>A patient is never handed a key of ours. W-MEDS asks the team, not the patient.</summary>
    [Fact]
    public void Every_test_that_can_be_asked_for_has_a_name_for_patients()
    {
        var named = File("education/en.json")["tests"]!.AsObject().Select(t => t.Key);
        var asked = Scenario.All.SelectMany(s => s.Findings).Where(f => f["action"]?.ToString() is "order-test" or "repeat-test").Select(f => f["rule"]!.ToString());
        Assert.Empty(asked.Distinct().Except(named).Except(["W-MEDS"]));
    }

    /// <summary>An ingredient counts when the answer recognises it and the expectation names it.</summary>
    [Fact]
    public void Every_ingredient_of_the_hold_table_has_a_patient()
    {
        var named = Scenario.All.SelectMany(s => s.Rows("medications").Select(m => m["ingredient"]?.ToString() ?? "")
            .Where(i => s.Patterns("must").Concat(s.Patterns("mustNot")).Any(p => p["subject"]?.ToString().Split('+').Contains(i) == true)));
        Assert.Empty(File("medicines.json")["ingredients"]!.AsObject().Select(p => p.Key).Except(named));
    }

    /// <summary>
    /// <c>windows</c> in an expectation says which record of the bundle stands how many days before the biopsy (or, for what counts
    /// from another day, before that). A window needs one record on its last day and one a day older.
    /// </summary>
    [Fact]
    public void Every_window_has_a_record_on_its_last_day_and_one_a_day_older()
    {
        var used = Scenario.All.SelectMany(s => Windows(s)).ToHashSet();
        var missing = new List<string>();
        foreach (var (path, days) in AllWindows().Where(w => !Unwatched.ContainsKey(w.Path)))
            for (var age = days; age <= days + 1; age++)
                if (!used.Contains((path, age))) missing.Add($"{path}: no record {age} days old");
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_window_that_a_scenario_names_exists_and_its_bundle_has_a_record_of_that_age()
    {
        var known = AllWindows().Select(w => w.Path).ToHashSet();
        var wrong = new List<string>();
        foreach (var scenario in Scenario.All)
            foreach (var (path, age) in Windows(scenario))
            {
                if (!known.Contains(path)) wrong.Add($"{scenario.Name}: there is no window {path}");
                var d0 = DateOnly.Parse(scenario.Answer["procedure"]!["date"]!.ToString(), CultureInfo.InvariantCulture);
                var asOf = DateOnly.Parse(scenario.Answer["asOf"]!.ToString(), CultureInfo.InvariantCulture);
                if (!new[] { d0, asOf }.Any(day => scenario.Patient.Contains(day.AddDays(-age).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal)))
                    wrong.Add($"{scenario.Name}: nothing in the bundle is {age} days old ({path})");
            }
        Assert.Empty(wrong);
    }

    /// <summary>Windows whose edge no folder tries, and why.</summary>
    private static readonly Dictionary<string, string> Unwatched = new()
    {
        ["labs.json/safety/platelets/days"] = "tried in tables/safety.tsv",
        ["work-up.json/pictureDays"] = "every analyte that a trigger reads has a window of its own",
        ["labs.json/caveats/transfusion-before-fractionation/days"] = "tried in tables/work-up.tsv",
    };

    private static IEnumerable<(string Path, int Age)> Windows(Scenario scenario) =>
        (scenario.Expected["windows"] as JsonObject ?? []).Select(p => (p.Key, p.Value!.GetValue<int>()));

    /// <summary>Every number of days in labs.json and work-up.json.</summary>
    private static IEnumerable<(string Path, int Days)> AllWindows() =>
        new[] { "labs.json", "work-up.json" }.SelectMany(file => Numbers(file, File(file)));

    private static IEnumerable<(string Path, int Days)> Numbers(string path, JsonNode? node)
    {
        if (node is not JsonObject members) yield break;
        foreach (var (name, value) in members)
        {
            if (path.Contains("/maturation/", StringComparison.Ordinal)) continue; // days a reticulocyte takes to ripen: no window
            if (value is JsonValue number && number.GetValueKind() == System.Text.Json.JsonValueKind.Number && (name == "days" || name.Contains("Days", StringComparison.Ordinal)))
                yield return ($"{path}/{name}", number.GetValue<int>());
            foreach (var below in Numbers($"{path}/{name}", value)) yield return below;
        }
    }

    private static JsonObject File(string name) => JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(Knowledge.BuiltIn, name)))!.AsObject();
}
