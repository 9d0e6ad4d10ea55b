using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>
/// One policy as PlanDefinition: medicines with holds and restarts by dose class and clearance band, results with their windows, tests of
/// the work-up, and every rule with what it can say. It describes what the service computes; it is not run by anybody.
/// </summary>
internal sealed class PlanDefinitionJson(Policy policy, IReadOnlyDictionary<string, RuleWords> rules, PublishContext context)
{
    private const string Biopsy = "biopsy";

    private readonly ImmutableArray<PolicyRow> _rows = PolicyRows.Of(policy);

    public PublishedResource Resource()
    {
        using var json = new ResourceJson("PlanDefinition");
        var (id, status, identifier) = (PublishedId.Of(policy.Id), context.StatusOf(policy), $"urn:biopsyfhir:plan:{policy.Id}:{policy.Version}:{policy.Hash}");
        var (name, title) = (PublishedId.Name($"BoneMarrowBiopsyPlan-{policy.Id}"), $"Readiness for a bone marrow biopsy by policy {policy.Id}: {policy.Name}");
        json.Head(context, "PlanDefinition", id, identifier, policy.Version, name, title, status,
                "What the service computes under this policy, for review and comparison. Days are calendar days of the facility before or after the biopsy day; hours count from its start. The assessment itself looks at more than is told here.")
            .Concept("type", "http://terminology.hl7.org/CodeSystem/plan-definition-type", "clinical-protocol", "Clinical Protocol")
            .Citations("relatedArtifact", _rows.SelectMany(r => r.Citations), policy)
            .Strings("library", [context.Url("Library", PublishedId.Of(policy.Id))])
            .List<Action>("action", [() => Procedure(json), () => Medicines(json), () => Results(json), () => Tests(json), () => Rules(json)], write => write());
        return json.Published(context, "PlanDefinition", id, identifier, policy.Version, name, title, status);
    }

    private static void Procedure(ResourceJson json) =>
        json.Text("id", Biopsy).Text("title", "Bone marrow biopsy").Text("description", "The day and start of the planned biopsy; everything else is told from here.")
            .List("trigger", (string[])["patient-view", "order-select", "order-sign", "appointment-book"], hook => json.Text("type", "named-event").Text("name", hook));

    private void Medicines(ResourceJson json) => json.Text("id", "medicines").Text("title", "Medicines")
        .List("action", policy.Medicines.Rows.Values, row => Medicine(json, row));

    private void Medicine(ResourceJson json, MedicineRow row)
    {
        var id = RecognitionLists.MedicineId(row.Ingredient);
        json.Text("id", id).Text("title", row.Ingredient).Text("description", string.Join(' ', row.Say))
            .Codes((PublishedJson.Rule, "R-HOLD"), ("urn:biopsyfhir:medicine-class", row.Class))
            .Citations("documentation", row.Citations, policy)
            .List("input", (string[])["MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"],
                type => json.Text("type", type).One("codeFilter", () => json.Text("path", "medication").Text("valueSet", context.Url("ValueSet", id))))
            .List("action", row.Regimens, regimen => Regimen(json, row, id, regimen.Key, regimen.Value));
    }

    private void Regimen(ResourceJson json, MedicineRow row, string id, string dose, Regimen regimen)
    {
        var key = dose.Length == 0 ? id : $"{id}-{dose}";
        var severity = row.Severity ?? regimen.Severity ?? policy.Medicines.Families[row.Family].Severity;
        json.Text("id", $"{key}-do").Text("title", $"{row.Ingredient}{(dose.Length == 0 ? "" : $", {dose} dose")}: {regimen.Do.Kebab()}")
            .Text("description", string.Join(' ', regimen.Range is { } range ? regimen.Say.Append($"Other sources: {range}.") : regimen.Say))
            .Text("priority", PublishedJson.Priority(regimen.Do == Instruction.Hold ? severity : row.Severity ?? regimen.Severity ?? Severity.Info))
            .Codes([("urn:biopsyfhir:instruction", regimen.Do.Kebab()), .. regimen.AskSpecialist ? [(PublishedJson.ActionCode, FindingAction.AskSpecialist.Kebab())] : ImmutableArray<(string, string)>.Empty]);
        if (dose.Length > 0) Condition(json, $"{dose} dose", $"%doseClass = '{dose}'");
        json.List("action", regimen.Bands.Select((band, i) => (band, i)), b => Band(json, row, $"{key}-{b.i + 1}", b.band));
    }

    /// <summary>The last dose, and inside it the restart.</summary>
    private void Band(ResourceJson json, MedicineRow row, string id, RegimenBand band)
    {
        json.Text("id", id)
            .Text("title", band.Days is { } free ? $"{free} full drug-free {(free == 1 ? "day" : "days")}" : $"{band.Hours!.Value.Plain()} hours")
            .Text("description", string.Join(' ', new[] { band.Say, band.Specialist ? "Provisional: ask the responsible specialist." : null }.OfType<string>()));
        if (band.Specialist) json.Codes((PublishedJson.ActionCode, FindingAction.AskSpecialist.Kebab()));
        if (Expression(band.Clearance) is { } expression) Condition(json, band.Clearance.InWords, expression);
        Related(json, "before-start", band.Days is { } days ? days + 1 : band.Hours!.Value, band.Days is null ? "h" : "d");
        json.Text("definitionCanonical", context.Url("ActivityDefinition", ActivityDefinitionJson.HoldId(row.Ingredient)))
            .One("action", () =>
            {
                json.Text("id", $"{id}-restart").Text("title", band.ResumeDays is null && band.ResumeHours is null ? "Restart: the specialist decides" : "Restart").Text("description", band.ResumeSay);
                if (band.ResumeDays is { } resume) Related(json, "after-start", resume, "d");
                else if (band.ResumeHours is { } hours) Related(json, "after-start", hours, "h");
            });
    }

    private static void Related(ResourceJson json, string relationship, decimal offset, string unit) =>
        json.One("relatedAction", () => json.Text("actionId", Biopsy).Text("relationship", relationship).Duration("offsetDuration", offset, unit));

    private static void Condition(ResourceJson json, string words, string fhirPath) => json.One("condition", () => json.Text("kind", "applicability")
        .Object("expression", () => json.Text("description", words).Text("language", "text/fhirpath").Text("expression", fhirPath)));

    private static string? Expression(ClearanceBand band)
    {
        var low = band.Low == 0 ? null : $"%creatinineClearance {(band.LowBelongs ? ">=" : ">")} {band.Low.Plain()}";
        var high = band.High == ClearanceBand.Unbounded ? null : $"%creatinineClearance {(band.HighBelongs ? "<=" : "<")} {band.High.Plain()}";
        return low is null ? high : high is null ? low : $"{low} and {high}";
    }

    /// <summary>Days before the biopsy on which a result of a safety analyte still counts.</summary>
    private IEnumerable<(string Analyte, string When, int Days)> Windows()
    {
        var labs = policy.Labs;
        yield return ("platelets", "usual", labs.Platelets.WindowDays);
        yield return ("platelets", "on chemotherapy, in acute leukaemia, or after a count below the limit", labs.Platelets.CloseWindowDays);
        yield return ("inr", "usual", labs.Inr.WindowDays);
        yield return ("fibrinogen", "usual", labs.Fibrinogen.WindowDays);
        yield return ("hemoglobin", "usual", labs.Other.HaemoglobinDays);
        yield return ("creatinine", "usual", labs.Clearance.CreatinineDays);
        yield return ("creatinine", "with a medicine that the kidney clears", labs.Clearance.CreatinineDaysRenalDrug);
        yield return ("body-weight", "usual", labs.Clearance.WeightDays);
    }

    private void Results(ResourceJson json) => json.Text("id", "results").Text("title", "Results: how old they may be on the biopsy day")
        .List("action", Windows().Select((w, i) => (w, i)), x => json.Text("id", $"{RecognitionLists.ResultId(x.w.Analyte)}-{x.i + 1}")
            .Text("title", $"{policy.Catalogue.Labs.NameOf(x.w.Analyte)}, {x.w.When}: {x.w.Days} days")
            .One("input", () => json.ResultInput(context, x.w.Analyte, x.w.Days)));

    private void Tests(ResourceJson json) => json.Text("id", "tests").Text("title", "Tests of the anaemia work-up")
        .List("action", policy.WorkUp.Tests, test => json.Text("id", $"test-{test.Rule}").Text("title", test.Name)
            .Text("description", TestWords(test))
            .Text("priority", PublishedJson.Priority(test.Core ? policy.WorkUp.CoreMissing.Severity : policy.WorkUp.ConditionalMissing.Severity))
            .Codes((PublishedJson.Rule, test.Rule), ("urn:biopsyfhir:work-up", test.Core ? "core" : "conditional"))
            .Citations("documentation", test.Citations, policy)
            .List("input", test.Any.SelectMany(set => set).Distinct(), analyte => json.ResultInput(context, analyte, test.WindowDays))
            .Text("definitionCanonical", context.Url("ActivityDefinition", ActivityDefinitionJson.OrderId(test.Rule))));

    private static string TestWords(WorkUpTest test) => string.Join(' ', new[]
    {
        test.Core ? "Core." : $"Asked for when: {string.Join("; or ", test.When.AnyOfAll.Select(line => string.Join(" and ", line.Select(t => t.Says))))}.",
        test.Any.Length > 1 ? $"Any one satisfies it: {string.Join("; ", test.Any.Select(set => string.Join(" + ", set)))}." : null,
        test.RenalDrugWindowDays is { } days ? $"With a medicine that the kidney clears at most {days} days old." : null,
        test.Review,
    }.OfType<string>());

    private void Rules(ResourceJson json) => json.Text("id", "rules").Text("title", "Rules")
        .List("action", rules, rule => Rule(json, rule.Key, rule.Value));

    private void Rule(ResourceJson json, string id, RuleWords words)
    {
        var test = policy.WorkUp.Tests.FirstOrDefault(t => t.Rule == id);
        var rows = RowsOf(words).ToList();
        json.Text("id", $"rule-{id}").Text("title", words.Title)
            .Text("description", test is not null ? TestWords(test) : string.Join(' ', words.Edges.Insert(0, words.When ?? "").Append($"Severity: {words.Severity}.".Replace("..", ".", StringComparison.Ordinal))))
            .Codes((PublishedJson.Rule, id))
            .Citations("documentation", test?.Citations ?? rows.SelectMany(r => r.Citations), policy)
            .List("action", rows.Select((row, i) => (Said: PolicyStatement.Of(row), i)).Where(x => x.Said is not null), x => Statement(json, $"rule-{id}-{x.i + 1}", x.Said!));
    }

    private IEnumerable<PolicyRow> RowsOf(RuleWords words) => words.Rows.IsDefault ? [] :
        _rows.Where(row => words.Rows.Any(path => row.Row == path || row.Row.StartsWith($"{path}/", StringComparison.Ordinal)));

    private static void Statement(ResourceJson json, string id, PolicyStatement said) =>
        json.Text("id", id).Text("title", said.Title).Text("description", said.Detail).Text("priority", PublishedJson.Priority(said.Severity))
            .Codes((PublishedJson.SeverityCode, said.Severity.Kebab()), (PublishedJson.ActionCode, said.Action));
}
