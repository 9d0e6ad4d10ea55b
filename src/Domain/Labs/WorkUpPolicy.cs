using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What an indication asks of the work-up (evidence 3.2).</summary>
public enum WorkUpMode { Off, List, Gaps }

/// <summary>One row of the work-up table.</summary>
/// <param name="Rule">W-FERR and so on.</param>
/// <param name="Any">Sets of analytes, one of which satisfies the test; empty for a review that no result can satisfy.</param>
/// <param name="WindowDays">Null: any age will do.</param>
public sealed record WorkUpTest(string Rule, string Name, ImmutableArray<ImmutableArray<string>> Any, int? WindowDays, int? RenalDrugWindowDays, bool Core, When When,
    bool CytopeniaList, string? Subject, string? Review, string? ReviewClass, ImmutableArray<string> Citations)
{
    public int? Window(bool renalDrug) => renalDrug && RenalDrugWindowDays is { } days ? days : WindowDays;
}

/// <summary>A cause or another line that speaks when one of its alternatives is met.</summary>
public sealed record WorkUpStatement(string Key, When Any, Statement Statement);

/// <summary>Reticulocyte production index (evidence 3.4).</summary>
public sealed record ReticulocyteIndex(decimal NormalHematocrit, string Table, ImmutableArray<(decimal From, decimal Days)> Maturation, ImmutableArray<string> Citations)
{
    public decimal Of(decimal reticPercent, decimal hematocrit) =>
        // Multiplied first: 30 / 45 is no finite decimal, and an index of exactly 3 must not come out as more.
        reticPercent * hematocrit / (NormalHematocrit * Maturation.First(m => hematocrit >= m.From).Days);
}

/// <summary>Tests of the anaemia work-up, their windows and when each is asked for (work-up.json, evidence 3.2 to 3.5).</summary>
public sealed record WorkUpPolicy(FrozenDictionary<string, WorkUpMode> Modes, int PictureDays, FrozenDictionary<string, int?> Windows, ReticulocyteIndex Rpi,
    FrozenDictionary<string, Trigger> Triggers, ImmutableArray<WorkUpTest> Tests, ImmutableArray<WorkUpStatement> Causes, WorkUpStatement HaemolysisFirst, WorkUpStatement Urgent,
    Statement CoreMissing, Statement CoreStale, Statement ConditionalMissing, Statement ConditionalStale, Statement Review, Statement Off)
{
    public static WorkUpPolicy Read(PolicySection section, LabCatalogue labs)
    {
        var triggers = section.Section("triggers").Rows().ToDictionary(r => r.Key, r => Trigger.Read(r.Key, r.Row, labs));
        foreach (var trigger in triggers.Values)
            foreach (var other in trigger.AnyOf)
                if (!triggers.TryGetValue(other, out var found) || !found.AnyOf.IsEmpty) section.Faults.Add($"{section.Path}/triggers/{trigger.Key}/anyOf", $"'{other}' is not a plain trigger");

        var tests = section.Section("tests").Rows().Select(r => ReadTest(r.Key, r.Row, triggers, labs)).ToImmutableArray();
        var windows = new Dictionary<string, int?>(StringComparer.Ordinal);
        foreach (var (analyte, row) in section.Section("windows").Rows())
        {
            if (!labs.Analytes.ContainsKey(analyte)) row.Faults.Add(row.Path, $"'{analyte}' is not in analytes.json");
            windows[analyte] = row.Whole("days");
        }
        foreach (var test in tests)
            foreach (var analyte in test.Any.SelectMany(a => a)) windows.TryAdd(analyte, test.WindowDays);

        WorkUpStatement Line(string key, PolicySection row) => new(key, When.Read(row, "any", triggers), Statement.Read(row, "facts", "notes"));
        var rpi = section.Section("reticulocyteIndex");
        var say = section.Section("say");
        return new(section.Section("indications").Rows().ToFrozenDictionary(r => r.Key, r => r.Row.Choice<WorkUpMode>("mode")),
            section.Whole("pictureDays"), windows.ToFrozenDictionary(),
            new(rpi.Number("normalHematocrit"), rpi.Text("table"), [.. rpi.Section("maturation").Rows().Select(r => (r.Row.Number("from"), r.Row.Number("days"))).OrderByDescending(r => r.Item1)], rpi.Cites()),
            triggers.ToFrozenDictionary(), tests,
            [.. section.Section("causes").Rows().Select(r => Line(r.Key, r.Row))],
            Line("haemolysisFirst", section.Section("haemolysisFirst")), Line("urgent", section.Section("urgent")),
            Say("core-missing"), Say("core-stale"), Say("conditional-missing"), Say("conditional-stale"), Say("review"),
            Statement.Read(say.Section("off"), "indication", "more"));

        Statement Say(string key) => Statement.Read(say.Section(key), "name", "within", "missing", "stale", "why", "more");
    }

    private static WorkUpTest ReadTest(string rule, PolicySection row, Dictionary<string, Trigger> triggers, LabCatalogue labs)
    {
        var any = row.Texts("any").Select(set => set.Split(" + ").ToImmutableArray()).ToImmutableArray();
        foreach (var analyte in any.SelectMany(a => a).Where(a => !labs.Analytes.ContainsKey(a))) row.Faults.Add($"{row.Path}/any", $"'{analyte}' is not in analytes.json");
        if (any.IsEmpty && (row.OptionalText("review") is null || row.OptionalText("subject") is null)) row.Faults.Add(row.Path, "a test without results needs a review and a subject");
        var test = new WorkUpTest(rule, row.Text("name"), any, row.OptionalWhole("windowDays"), row.OptionalWhole("renalDrugWindowDays"), row.Flag("core"), When.Read(row, "when", triggers),
            row.Flag("cytopeniaList"), row.OptionalText("subject"), row.OptionalText("review"), row.OptionalText("reviewClass"), row.Cites());
        if (!test.Core && test.When.IsEmpty) row.Faults.Add(row.Path, "a conditional test needs a 'when'");
        return test;
    }
}
