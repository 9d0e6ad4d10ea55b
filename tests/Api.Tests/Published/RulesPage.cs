using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Published;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Publishing;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary><c>docs/rules.md</c>: the rules, medicines and windows of the presets, for a pharmacist and a haematologist to review.</summary>
internal sealed class RulesPage(PolicySet policies)
{
    private readonly List<Policy> _presets = [.. ((string[])["P1", "P2", "P3"]).Select(id => policies.ById[id])];
    private readonly SortedSet<string> _cited = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PolicyRow[]> _rows = policies.ById.Values.ToDictionary(p => p.Id, p => PolicyRows.Of(p).ToArray());
    private readonly StringBuilder _text = new();

    public string Text()
    {
        Line("# Rules, medicines and windows").Line().Line("Written by a test from the policies as they ship (`RulesPageTests`, with `BIOPSYFHIR_RECORD=1`). Not released for clinical use: a site's pharmacist and haematologist confirm first.")
            .Line().Line("| policy | name | version |").Line("|---|---|---|");
        foreach (var policy in _presets) Line($"| {policy.Id} | {policy.Name} | {policy.Version} |");
        Medicines();
        Windows();
        Tests();
        Rules();
        Sources();
        return _text.ToString();
    }

    private void Medicines()
    {
        Line().Line("## Medicines").Line().Line("Days are full drug-free days before the day of the biopsy; restarts count from that day (D+1 is the day after). Clearance in mL/min.")
            .Line().Line("| medicine | P1 | P2 | P3 | sources |").Line("|---|---|---|---|---|");
        foreach (var ingredient in _presets.SelectMany(p => p.Medicines.Rows.Keys).Distinct().Order(StringComparer.Ordinal))
            foreach (var dose in _presets.SelectMany(p => p.Medicines.Rows[ingredient].Regimens.Keys).Distinct().Order(StringComparer.Ordinal))
                Line($"| {ingredient}{(dose.Length == 0 ? "" : $", {dose} dose")} | {string.Join(" | ", _presets.Select(p => Cell(p.Medicines.Rows[ingredient].Regimens.GetValueOrDefault(dose))))} | {Cited(_presets.SelectMany(p => p.Medicines.Rows[ingredient].Citations))} |");
    }

    private static string Cell(Regimen? regimen) => regimen is null ? "no such dose class"
        : regimen.Do != Instruction.Hold ? regimen.Do.Kebab() + (regimen.AskSpecialist ? ", ask a specialist" : "")
        : string.Join("<br>", regimen.Bands.Select(band => $"{(regimen.DependsOnClearance ? $"{band.Clearance.InWords}: " : "")}hold {Hold(band)}; restart {Restart(band)}{(band.Specialist ? "; provisional, ask a specialist" : "")}"));

    private static string Hold(RegimenBand band) => band.Days is { } days ? $"{days} {(days == 1 ? "day" : "days")}" : $"{band.Hours!.Value.Plain()} hours";

    private static string Restart(RegimenBand band) =>
        (band.ResumeDays is { } days ? $"D+{days}" : band.ResumeHours is { } hours ? $"after {hours.Plain()} hours" : "as the specialist decides") + (band.ResumeSay is { } say ? $" ({Flat(say)})" : "");

    private void Windows()
    {
        Line().Line("## Windows of the safety results").Line().Line("Days before the biopsy on which a result still counts; the last day belongs.").Line().Line("| result | P1 | P2 | P3 |").Line("|---|---|---|---|");
        Row("platelets", p => p.Labs.Platelets.WindowDays);
        Row("platelets on chemotherapy, in acute leukaemia, or after a low count", p => p.Labs.Platelets.CloseWindowDays);
        Row("INR", p => p.Labs.Inr.WindowDays);
        Row("fibrinogen", p => p.Labs.Fibrinogen.WindowDays);

        void Row(string name, Func<Policy, int> days) => Line($"| {name} | {string.Join(" | ", _presets.Select(days))} |");
    }

    private void Tests()
    {
        Line().Line("## Tests of the anaemia work-up").Line().Line("| rule | test | window in days: P1 / P2 / P3 | kind | sources |").Line("|---|---|---|---|---|");
        foreach (var test in _presets[0].WorkUp.Tests)
            Line($"| {test.Rule} | {test.Name} | {string.Join(" / ", _presets.Select(p => p.WorkUp.Tests.Single(t => t.Rule == test.Rule)).Select(t => (t.WindowDays?.ToString() ?? "any") + (t.RenalDrugWindowDays is { } r ? $" ({r} with a medicine that the kidney clears)" : "")))} | {(test.Core ? "core" : "conditional")} | {Cited(_presets.SelectMany(p => p.WorkUp.Tests.Single(t => t.Rule == test.Rule).Citations))} |");
    }

    private void Rules()
    {
        Line().Line("## Rules");
        foreach (var (id, words) in RuleShelf.Rules.Where(r => !r.Value.Test))
        {
            Line().Line($"### {id}: {words.Title}").Line().Line($"When: {words.When}").Line().Line($"Severity: {words.Severity}");
            if (words.Edges.Length > 0) Line();
            foreach (var edge in words.Edges) Line($"- {edge}");
            var said = _presets.SelectMany(p => Rows(p, words).Select(row => (p.Id, Statement: Said(row)))).Where(s => s.Statement is not null).GroupBy(s => s.Statement, s => s.Id).ToList();
            if (said.Count > 0) Line().Line("Says:").Line();
            foreach (var statement in said) Line($"- {statement.Key}{(statement.Distinct().Count() == _presets.Count ? "" : $" ({string.Join(", ", statement.Distinct())} only)")}");
            // The table of medicines above has the sources of each medicine; here those of the rule's other rows.
            var sources = Cited(_presets.SelectMany(p => Rows(p, words).Where(r => !r.Row.StartsWith("medicines/ingredients/", StringComparison.Ordinal)).SelectMany(r => r.Citations)));
            Line().Line($"Sources: {(sources.Length > 0 ? sources : "those of the medicine")}. Code: `{words.Code}`.");
        }
    }

    private IEnumerable<PolicyRow> Rows(Policy policy, RuleWords words) =>
        _rows[policy.Id].Where(r => words.Rows.Any(path => r.Row == path || r.Row.StartsWith($"{path}/", StringComparison.Ordinal)));

    private static string? Said(PolicyRow row) => JsonNode.Parse(row.Content) is JsonObject members && members["title"] is { } title && members["severity"] is { } severity ? $"{severity}: {Flat(title.ToString())}" : null;

    private void Sources()
    {
        Line().Line("## Sources").Line().Line("How far each was verified: V seen in the source, V2 seen in a copy, V2w seen in a weak copy, U unverified, D our default with no guideline number.")
            .Line().Line("| source | verified | text |").Line("|---|---|---|");
        foreach (var key in _cited) Line($"| {key} | {Source(key).Verification} | {Flat(Source(key).Text)}{(Source(key).Url is { } url ? $" <{url}>" : "")} |");
    }

    private Citation Source(string key) => _presets.Select(p => p.Citations.GetValueOrDefault(key)).First(c => c is not null)!;

    private string Cited(IEnumerable<string> keys) => string.Join(", ", keys.Distinct().Order(StringComparer.Ordinal).Select(key =>
    {
        _cited.Add(key);
        return $"{key} ({Source(key).Verification})";
    }));

    private static string Flat(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ');

    private RulesPage Line(string line = "")
    {
        _text.Append(line).Append('\n');
        return this;
    }
}
