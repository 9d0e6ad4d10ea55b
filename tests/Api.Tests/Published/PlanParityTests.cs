using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Published;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Domain;
using static BiopsyFhir.Api.Tests.Published.PublishedWorld;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary>The published plans say what the engine answers: holds and restarts at every band edge, windows on their last day, rules one by one.</summary>
public sealed partial class PlanParityTests
{
    private static readonly DateOnly D0 = new(2026, 3, 18);
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.Utc;

    public static TheoryData<string> Presets => ["P1", "P2", "P3"];

    private static Snapshot Patient(Chart? chart = null, string indication = "other", int daysBefore = 1) => new()
    {
        Chart = (chart ?? new Chart { Person = new("Patient/1", null, Sex.Unknown) }) with { Person = new("Patient/1", PartialDate.Day(new(1966, 6, 1)), Sex.Male) },
        Biopsy = new(D0, new(D0, new(8, 0), TimeSpan.Zero), false, "posterior-iliac-crest", indication, null, "none", "unknown", "ServiceRequest/1"),
        AsOf = PartialDate.Day(D0.AddDays(-daysBefore)),
        Facility = new(Zone, 0, new(8, 0), "555-0100", "555-0101"),
    };

    [Theory]
    [MemberData(nameof(Presets))]
    public void Holds_and_restarts_are_those_of_the_engine_at_and_beside_every_edge_of_every_band(string preset)
    {
        var (policy, plan, wrong, probes) = (Policies.ById[preset], Plan(preset), new List<string>(), 0);
        foreach (var row in policy.Medicines.Rows.Values)
        {
            var medicine = Action(plan, BiopsyFhir.Fhir.Publishing.PublishedId.Of($"medicine-{row.Ingredient}"));
            Assert.Equal(row.Regimens.Count, Below(medicine).Length);
            foreach (var regimen in Below(medicine))
            {
                var dose = Condition(regimen) is { } c ? DoseClass().Match(c).Groups[1].Value : "";
                foreach (var clearance in Edges(regimen).SelectMany(edge => new[] { edge - 0.01m, edge, edge + 0.01m }).Append(90m).Distinct())
                {
                    probes++;
                    var said = Published(regimen, clearance);
                    var answered = Engine(policy, row, dose, clearance);
                    if (said != answered) wrong.Add($"{row.Ingredient} {dose} at {clearance}: published {said}, engine {answered}");
                }
            }
        }
        Assert.Empty(wrong);
        Assert.True(probes > 120, $"only {probes} probes");
    }

    /// <summary>Instruction, days or hours, days from last dose to D0, restart day, and whether a specialist is asked.</summary>
    private sealed record Answer(string Do, int? DaysBack, decimal? Hours, DateOnly? Restart, bool AskSpecialist);

    private static Answer Published(JsonElement regimen, decimal clearance)
    {
        var instruction = Coded(regimen, "urn:biopsyfhir:instruction")!;
        var bands = Below(regimen).Where(band => Holds(Condition(band), clearance)).ToList();
        if (instruction != "hold")
        {
            Assert.Empty(bands);
            return new(instruction, null, null, null, Coded(regimen, "urn:biopsyfhir:action") == "ask-specialist");
        }
        var band = Assert.Single(bands);
        var (offset, unit) = Offset(band, "before-start")!.Value;
        var restart = Offset(Assert.Single(Below(band)), "after-start");
        var start = new DateTimeOffset(D0, new(8, 0), TimeSpan.Zero);
        return new(instruction, unit == "d" ? (int)offset : null, unit == "h" ? offset : null,
            restart is not { } r ? null : r.Unit == "d" ? D0.AddDays((int)r.Value) : DateOnly.FromDateTime(start.AddHours((double)r.Value).DateTime),
            Coded(band, "urn:biopsyfhir:action") == "ask-specialist");
    }

    private static Answer Engine(Policy policy, MedicineRow row, string dose, decimal clearance)
    {
        var medicine = new Medicine
        {
            Ingredient = row.Ingredient,
            Class = row.Class,
            Use = UseState.InUse,
            Systemic = true,
            Summary = row.Ingredient,
            Sources = [new("MedicationRequest/1", row.Ingredient)],
            AnalgesicAspirin = dose == "analgesic",
            DosePerTake = dose == "prophylactic" ? row.Prophylactic!.Limits[0].Dose : null,
            TakesPerDay = dose == "prophylactic" ? row.Prophylactic!.Limits[0].Times : null,
            DoseUnit = row.Prophylactic?.Unit,
        };
        var snapshot = Patient(daysBefore: 60); // before any last dose
        var plan = Assert.Single(PlanHolds.From(snapshot, policy, new([medicine], [], []), new Clearance { MlPerMin = clearance }, ReadHistory.From(snapshot, policy)));
        return new(plan.Regimen!.Do.Kebab(), plan.Days is null ? null : D0.DayNumber - plan.LastDoseDate!.Value.DayNumber, plan.Hours, plan.ResumeDate, plan.AskSpecialist);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_result_counts_on_the_last_day_of_its_published_window_and_not_a_day_earlier(string preset)
    {
        var (policy, plan) = (Policies.ById[preset], Plan(preset));
        string[] usual = ["result-platelets-1", "result-inr-3", "result-fibrinogen-4", "result-hemoglobin-5", "result-creatinine-6"];
        foreach (var id in usual)
        {
            var (analyte, days) = Window(Action(plan, id));
            Assert.Equal(ResultState.Known, State(policy, analyte, days));
            Assert.Equal(analyte is "inr" ? ResultState.Known : ResultState.Stale, State(policy, analyte, days + 1)); // an earlier INR is shown, and judged as context only
        }
        // The INR of two days before is no INR of the day before: one is asked for.
        Assert.Contains("L-INR-D1", WithWarfarin(2));
        Assert.DoesNotContain("L-INR-D1", WithWarfarin(Window(Action(plan, "result-inr-3")).Days));

        IEnumerable<string> WithWarfarin(int age) => Assess.Run(Patient(new Chart
        {
            Person = new("Patient/1", null, Sex.Male),
            Medications = [new() { Reference = "MedicationRequest/1", Source = MedicationSource.Request, Product = new([], "warfarin 5 mg"), Status = "active", Intent = "order" }],
            Results = [Result("inr", 1.1m, age)],
        }), policy).Findings.Select(f => f.Rule);
    }

    private static ResultState State(Policy policy, string analyte, int age) =>
        Assess.Run(Patient(new Chart { Person = new("Patient/1", null, Sex.Male), Results = [Result(analyte, analyte == "platelets" ? 210 : analyte == "fibrinogen" ? 300 : analyte == "hemoglobin" ? 14 : 1, age)] }), policy)
            .Labs.Single(l => l.Analyte == analyte).State;

    private static ResultRecord Result(string analyte, decimal amount, int age)
    {
        var (code, unit) = (Known.Labs[analyte].Codes[0], Known.Labs[analyte].Unit);
        return new()
        {
            Reference = $"Observation/{analyte}",
            Source = ResultSource.Observation,
            Code = new([new("http://loinc.org", code)], null),
            Status = "final",
            Effective = PartialDate.Day(D0.AddDays(-age)),
            Value = new ResultValue.Quantity(amount, null, unit, unit, "http://unitsofmeasure.org"),
        };
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Tests_of_the_work_up_have_the_windows_and_the_kind_of_the_engine_s_table(string preset)
    {
        var (policy, plan) = (Policies.ById[preset], Plan(preset));
        Assert.Equal(policy.WorkUp.Tests.Select(t => $"test-{t.Rule}"), Below(Action(plan, "tests")).Select(a => a.Text("id")));
        foreach (var test in policy.WorkUp.Tests)
        {
            var action = Action(plan, $"test-{test.Rule}");
            Assert.Equal(test.Core ? "core" : "conditional", Coded(action, "urn:biopsyfhir:work-up"));
            var inputs = action.TryGetProperty("input", out var list) ? list.EnumerateArray().ToList() : [];
            Assert.Equal(test.Any.SelectMany(set => set).Distinct(), inputs.Select(i => i.GetProperty("codeFilter")[0].Text("valueSet")!.Split("/result-")[1]));
            Assert.All(inputs, input => Assert.Equal(test.WindowDays, input.TryGetProperty("dateFilter", out var dates) ? dates[0].GetProperty("valueDuration").GetProperty("value").GetInt32() : null));
        }
        // And the engine, asked: a ferritin on the last day of its window is enough, a day older it is asked for again.
        var ferritin = Window(Action(plan, "test-W-FERR")).Days;
        Assert.DoesNotContain("W-FERR", Asked(ferritin));
        Assert.Contains("W-FERR", Asked(ferritin + 1));

        IEnumerable<string> Asked(int age) => Assess.Run(Patient(new Chart { Person = new("Patient/1", null, Sex.Male), Results = [Result("hemoglobin", 9, 3), Result("ferritin", 80, age)] }, "unexplained-anaemia"), policy)
            .Findings.Select(f => f.Rule);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_rule_stands_in_the_plan_once_with_its_sources(string preset)
    {
        var rules = Below(Action(Plan(preset), "rules"));
        Assert.Equal(WhatWouldChange.Words.Keys.Order(StringComparer.Ordinal), rules.Select(r => Coded(r, "urn:biopsyfhir:rule")!).Order(StringComparer.Ordinal));
        Assert.All(rules, rule => Assert.True(rule.GetProperty("documentation").GetArrayLength() > 0, rule.Text("id")));
        Assert.All(rules, rule => Assert.NotEmpty(rule.Text("description")!));
    }

    /// <summary>Severity and texts of a rule are those of its rows, so every row must be some rule's.</summary>
    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_row_of_a_policy_belongs_to_a_rule(string preset)
    {
        // The anaemia groups decide whether there is anaemia; what is expected and not seen is no finding; a test's texts serve every W- rule.
        string[] noRule = ["anaemia/", "thrombosis/advice/expected", "work-up/say/", "work-up/tests/"];
        var paths = RuleShelf.Rules.Values.SelectMany(r => r.Rows).ToList();
        var rows = PolicyRows.Of(Policies.ById[preset]).Select(r => r.Row).ToList();
        Assert.DoesNotContain(rows, row => !noRule.Any(p => row.StartsWith(p, StringComparison.Ordinal)) && !paths.Any(p => row == p || row.StartsWith($"{p}/", StringComparison.Ordinal)));
        Assert.DoesNotContain(paths, p => !rows.Any(row => row == p || row.StartsWith($"{p}/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_rule_id_in_the_code_of_the_rules_has_words_and_every_file_that_the_words_name_is_there_and_names_the_rule()
    {
        var code = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Domain"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal));
        var ids = code.SelectMany(f => Assigned().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value + m.Groups[2].Value)).ToHashSet();
        Assert.True(ids.Count > 15);
        Assert.Empty(ids.Except(RuleShelf.Rules.Keys));
        foreach (var (id, words) in RuleShelf.Rules.Where(r => !r.Value.Test))
            Assert.True(File.ReadAllText(Path.Combine(Repository.Root, words.Code!)).Contains(id is "G-SITE" or "G-INF" ? $"{id}/" : id, StringComparison.Ordinal), $"{words.Code} does not name {id}");
    }

    private static string? Condition(JsonElement action) => action.TryGetProperty("condition", out var c) ? c[0].GetProperty("expression").Text("expression") : null;

    private static IEnumerable<decimal> Edges(JsonElement regimen) =>
        Below(regimen).SelectMany(band => Comparison().Matches(Condition(band) ?? "").Select(m => decimal.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))).Distinct();

    /// <summary>The few words of FHIRPath that the plans use.</summary>
    private static bool Holds(string? expression, decimal clearance)
    {
        if (expression is null) return true;
        Assert.Equal(expression, string.Join(" and ", Comparison().Matches(expression).Select(m => m.Value)));
        return Comparison().Matches(expression).All(m => decimal.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture) is var limit && m.Groups[1].Value switch
        {
            ">" => clearance > limit,
            ">=" => clearance >= limit,
            "<" => clearance < limit,
            _ => clearance <= limit,
        });
    }

    private static (decimal Value, string Unit)? Offset(JsonElement action, string relationship)
    {
        if (!action.TryGetProperty("relatedAction", out var related)) return null;
        Assert.Equal(("biopsy", relationship), (related[0].Text("actionId"), related[0].Text("relationship")));
        return (related[0].GetProperty("offsetDuration").GetProperty("value").GetDecimal(), related[0].GetProperty("offsetDuration").Text("code")!);
    }

    private static (string Analyte, int Days) Window(JsonElement action)
    {
        var input = action.GetProperty("input")[0];
        return (input.GetProperty("codeFilter")[0].Text("valueSet")!.Split("/result-")[1], input.GetProperty("dateFilter")[0].GetProperty("valueDuration").GetProperty("value").GetInt32());
    }

    private static string? Coded(JsonElement action, string system) => action.TryGetProperty("code", out var codes)
        ? codes.EnumerateArray().Select(c => c.GetProperty("coding")[0]).FirstOrDefault(c => c.Text("system") == system) is { ValueKind: JsonValueKind.Object } coding ? coding.Text("code") : null
        : null;

    [GeneratedRegex("%creatinineClearance (>=|>|<=|<) ([0-9.]+)")]
    private static partial Regex Comparison();

    [GeneratedRegex("%doseClass = '([a-z]+)'")]
    private static partial Regex DoseClass();

    [GeneratedRegex("Rule = \"([A-Z0-9-]+)\"|Say\\(\"([A-Z]+-[A-Z0-9-]+)\"")]
    private static partial Regex Assigned();
}
