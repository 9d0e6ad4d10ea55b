using System.Text.Json.Nodes;
using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests;

/// <summary>
/// A false "ready" is the worst answer. From patients who are ready: every doubt takes it away or is said, and one reason against it,
/// added and then broken in whatever way, never gives it back.
/// </summary>
public class FromReadyTests
{
    [Theory]
    [InlineData(Broken.Status)]
    [InlineData(Broken.Code)]
    [InlineData(Broken.Date)]
    [InlineData(Broken.Value)]
    [InlineData(Broken.Unit)]
    [InlineData(Broken.Reference)]
    [InlineData(Broken.Rules)]
    [InlineData(Broken.Source)]
    public void Whatever_is_broken_in_any_entry_takes_ready_away_or_leaves_a_trace(Broken what)
    {
        var tried = 0;
        Holds.ForEveryReadyChart((chart, before, pick) =>
        {
            // Most entries have nothing of some kinds to break: the next one that has is taken.
            for (var step = 0; step < chart.Resources.Length; step++)
            {
                var index = (pick + step) % chart.Resources.Length;
                var all = Corruption.All(chart, index, what).ToList();
                if (all.Count == 0) continue;
                tried += all.Count;
                foreach (var corrupted in all) ReadyOnlyWithTrace(before, corrupted, index);
                return;
            }
        });
        Assert.True(tried >= Holds.Count / 2, $"only {tried} entries were broken");
    }

    [Fact]
    public void The_only_platelet_count_once_broken_takes_ready_away() => Holds.ForEveryReadyChart((chart, _, pick) =>
    {
        var index = IndexOf(chart, "platelets");
        foreach (var (_, resource) in Corruption.Ways(chart.Resources[index])) NotReady(chart.With(index, resource));
    });

    [Fact]
    public void The_only_platelet_count_once_deleted_takes_ready_away_and_is_said_to_be_missing() => Holds.ForEveryReadyChart((chart, _, _) =>
    {
        var after = NotReady(chart.Without(IndexOf(chart, "platelets")));
        Assert.Contains(after!.Readiness.Labs, l => l is { Analyte: "platelets", State: ResultState.Missing });
    });

    [Fact]
    public void An_antithrombotic_in_use_never_leaves_a_ready_patient_however_its_entry_is_broken()
    {
        var (reasons, tried) = (0, 0);
        Holds.ForEveryReadyChart((chart, _, pick) =>
        {
            var drug = Generate.Antithrombotics[pick % Generate.Antithrombotics.Length];
            var type = new[] { "MedicationRequest", "MedicationStatement", "MedicationDispense" }[pick % 3];
            var product = pick % 2 == 0 ? Resources.Concept(null, null, drug.Ingredient) : Generate.Coded(drug);
            var with = chart.Plus(Resources.Medicine(type, "added", product, type == "MedicationDispense" ? "completed" : "active", chart.Query["asOf"]));
            // Some are only listed under some presets: those give no reason.
            if (Engine.Assess(with)?.Readiness.Verdict == Verdict.Ready) return;
            reasons++;
            foreach (var (_, resource) in Corruption.Ways(with.Resources[^1]))
            {
                tried++;
                NotReady(with.With(with.Resources.Length - 1, resource));
            }
        });
        Assert.True(reasons >= Holds.Count / 2 && tried >= 5 * Holds.Count, $"{reasons} added, {tried} broken");
    }

    [Theory]
    [InlineData("777-3", 38, "10*3/uL")]
    [InlineData("777-3", 1350, "10*3/uL")]
    [InlineData("6301-6", 2.6, "{INR}")]
    [InlineData("3255-7", 80, "mg/dL")]
    public void An_unsafe_value_never_leaves_a_ready_patient_however_its_entry_is_broken(string code, double value, string unit)
    {
        var unsafeCharts = 0;
        Holds.ForEveryReadyChart((chart, _, _) =>
        {
            // The newest of its kind; an older reassuring one must not answer for it. An INR counts only from the day before the biopsy on.
            var others = chart.Resources.Where(r => !r.ToJsonString().Contains($"\"{code}\"", StringComparison.Ordinal));
            var at = chart.Query["procedureAt"];
            var with = (chart with { Resources = [.. others, Resources.Result("unsafe", GenerateReady.Loinc(code), at, Resources.Quantity((decimal)value, unit))] }).Asking("asOf", at);
            if (Engine.Assess(with) is not { } before || before.Readiness.Verdict == Verdict.Ready) return;
            unsafeCharts++;
            var last = with.Resources.Length - 1;
            foreach (var (_, resource) in Corruption.Ways(with.Resources[last])) ReadyOnlyWithTrace(before, with.With(last, resource), last);
        });
        Assert.True(unsafeCharts >= Holds.Count / 2, $"only {unsafeCharts} were unsafe");
    }

    [Fact]
    public void An_entry_of_a_medicine_that_was_over_counts_again_when_its_status_cannot_be_read()
    {
        var tried = 0;
        Holds.ForEveryReadyChart((chart, _, _) =>
        {
            for (var i = 0; i < chart.Resources.Length; i++)
                if (((string?)chart.Resources[i]["id"])?.StartsWith('e') == true)
                    foreach (var corrupted in Corruption.All(chart, i, Broken.Status))
                    {
                        tried++;
                        NotReady(corrupted);
                    }
        });
        Assert.True(tried >= Holds.Count / 2, $"only {tried} tried");
    }

    [Fact]
    public void An_end_that_cannot_be_read_is_no_end() => Holds.ForEveryReadyChart((chart, before, _) =>
    {
        for (var i = 0; i < chart.Resources.Length; i++)
            if (chart.Resources[i]["effectivePeriod"] is JsonObject)
                foreach (var corrupted in Corruption.All(chart, i, Broken.Date)) NotReady(corrupted);
    });

    [Fact]
    public void A_second_coding_that_names_an_anticoagulant_counts() => Holds.ForEveryReadyChart((chart, _, pick) =>
    {
        var index = IndexOf(chart, "m0");
        var coding = Generate.Coded(Generate.Antithrombotics.First(d => d.Ingredient == "warfarin"))["coding"]![0]!;
        NotReady(chart.Asking("policy", "P1").With(index, Edit.Copy(chart.Resources[index], r =>
        {
            var concept = r["medicationCodeableConcept"]!.AsObject();
            concept["coding"] = new JsonArray([.. (concept["coding"] as JsonArray ?? []).Select(c => c!.DeepClone()), new JsonObject { ["system"] = "urn:oid:1.2.3", ["code"] = "7" }, coding.DeepClone()]);
        })));
    });

    [Theory]
    [InlineData(References.Relative)]
    [InlineData(References.Absolute)]
    [InlineData(References.Urn)]
    public void An_anticoagulant_that_is_named_only_by_reference_counts_in_whatever_form_the_reference_is(References form) => Holds.ForEveryReadyChart((chart, _, pick) =>
    {
        var product = Edit.Set(Resources.Of("Medication", "product"), "code", Resources.Concept(null, null, pick % 2 == 0 ? "apixaban" : "warfarin"));
        var order = Edit.Copy(Resources.Medicine("MedicationRequest", "added", [], "active", chart.Query["asOf"]), r =>
        {
            r.Remove("medicationCodeableConcept");
            r["medicationReference"] = new JsonObject { ["reference"] = "Medication/product" };
        });
        var with = chart.Asking("policy", "P1").Plus(product, order);
        var answer = Engine.Assess(with.BundleReferring(form), with.Query);
        Assert.NotEqual(Verdict.Ready, answer?.Readiness.Verdict);
        Assert.Contains(answer!.Readiness.Medications, m => m.Ingredient is "apixaban" or "warfarin" && m.InUse);
    });

    [Fact]
    public void Of_two_entries_on_one_anticoagulant_the_one_in_use_decides_whichever_comes_first() => Holds.ForEveryReadyChart((chart, _, pick) =>
    {
        var product = Resources.Concept(null, null, pick % 2 == 0 ? "apixaban" : "warfarin");
        JsonObject[] two =
        [
            Resources.Medicine("MedicationRequest", pick % 4 < 2 ? "za" : "zb", product, "active", chart.Query["asOf"]),
            Edit.Set(Resources.Medicine("MedicationStatement", pick % 4 < 2 ? "zb" : "za", product.DeepClone().AsObject(), "completed", null), "effectivePeriod", new JsonObject { ["end"] = "2020-01-01" }),
        ];
        NotReady(chart.Asking("policy", "P1").Plus(two));
        NotReady(chart.Asking("policy", "P1").Plus([.. two.Reverse()]));
    });

    [Fact]
    public void Of_two_counts_of_one_moment_the_less_safe_decides_whichever_comes_first() => Holds.ForEveryReadyChart((chart, _, pick) =>
    {
        JsonObject Count(string id, int value) => Edit.Set(Resources.Result(id, GenerateReady.Loinc("777-3"), chart.Query["asOf"] + "T01:00:00Z", Resources.Quantity(value, "10*3/uL")), "issued", chart.Query["asOf"] + "T02:00:00Z");
        var plain = chart.Without(IndexOf(chart, "platelets")).Asking("timeZone", "Etc/GMT");
        var (low, usual) = pick % 2 == 0 ? (Count("y", 33), Count("x", 220)) : (Count("x", 33), Count("y", 220));
        NotReady(plain.Plus(low, usual));
        NotReady(plain.Plus(usual, low));
    });

    [Fact]
    public void A_source_that_answers_with_an_error_takes_ready_away() => Holds.ForEveryReadyChart((chart, _, pick) =>
    {
        NotReady(chart.Plus(new JsonObject { ["response"] = new JsonObject { ["status"] = pick % 2 == 0 ? "500 Internal Server Error" : "403" } }));
        NotReady(chart.Plus(Edit.Set(Resources.Of("OperationOutcome", "x"), "issue", new JsonArray(new JsonObject { ["severity"] = pick % 2 == 0 ? "error" : "fatal", ["code"] = "timeout" }))));
    });

    [Theory]
    [InlineData("Observation", "Laboratory results", true)]
    [InlineData("Medication", "Medication list", true)]
    [InlineData("Condition", "Problem list", false)]
    [InlineData("AllergyIntolerance", "Allergies", false)]
    [InlineData("Procedure", "Procedures and devices", false)]
    public void A_kind_of_record_that_is_wholly_absent_is_said(string type, string said, bool needed) => Holds.ForEveryReadyChart((chart, _, _) =>
    {
        var without = chart with { Resources = [.. chart.Resources.Where(r => !((string)r["resourceType"]!).StartsWith(type, StringComparison.Ordinal))] };
        var after = needed ? NotReady(without) : Engine.Assess(without);
        Assert.Contains(after!.Readiness.NotJudged, n => n.What == said);
    });

    [Fact]
    public void A_platelet_count_converted_with_its_unit_changes_nothing() => Holds.ForEveryReadyChart((chart, before, _) =>
    {
        var index = IndexOf(chart, "platelets");
        var value = (decimal)chart.Resources[index]["valueQuantity"]!["value"]!;
        foreach (var (factor, unit) in new[] { (1m, "10*9/L"), (1000m, "/uL"), (0.1m, "10*4/uL") })
        {
            var converted = Engine.Assess(chart.With(index, Edit.Set(chart.Resources[index], "valueQuantity", Resources.Quantity(value * factor, unit))));
            Assert.Equal(before.Findings, converted!.Findings);
            Assert.Equal(Verdict.Ready, converted.Readiness.Verdict);
        }
    });

    private static int IndexOf(GeneratedChart chart, string id) => Enumerable.Range(0, chart.Resources.Length).Single(i => (string?)chart.Resources[i]["id"] == id);

    private static Answer? NotReady(GeneratedChart chart)
    {
        var answer = Engine.Assess(chart);
        Assert.True(answer?.Readiness.Verdict != Verdict.Ready, $"ready with\n{chart}");
        return answer;
    }

    /// <summary>
    /// A trace is one more thing not judged, a result that is now missing, stale or unreadable or that D-QUAL speaks of, or a row of the
    /// medications that now says that nothing was recognised.
    /// </summary>
    private static void ReadyOnlyWithTrace(Answer before, GeneratedChart corrupted, int index)
    {
        if (Engine.Assess(corrupted) is not { Readiness.Verdict: Verdict.Ready } after) return;
        // What changes nothing at all has lost nothing: metformin with a status that nobody knows still counts as taken.
        if (after.Findings.SequenceEqual(before.Findings) && Rows(after).SequenceEqual(Rows(before))) return;
        var said = after.Readiness.NotJudged.Except(before.Readiness.NotJudged).Any()
            || after.Readiness.Labs.Any(l => l.State != ResultState.Known && before.Readiness.Labs.All(b => b.Analyte != l.Analyte || b.State != l.State))
            || after.Readiness.Medications.Any(m => m.RecognisedBy == RecognisedBy.None && before.Readiness.Medications.Any(b => b.Reference == m.Reference && b.RecognisedBy != RecognisedBy.None))
            || after.Readiness.Findings.Any(f => f.Rule == "D-QUAL" && before.Readiness.Findings.All(b => b.Detail != f.Detail));
        Assert.True(said, $"ready, and nothing is said of\n{corrupted.Resources[index].ToJsonString()}\nin\n{corrupted}");
    }

    private static IEnumerable<string> Rows(Answer answer) =>
        answer.Readiness.Medications.Select(m => m.ToString()).Concat(answer.Readiness.Labs.Select(l => (l with { Notes = [] }).ToString())).Append(answer.Readiness.Anaemia.ToString()).Append($"{answer.Readiness.AgeYears}");
}
