using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests;

/// <summary>What cannot be read is shown: no fault of the input makes the answer look better without a word.</summary>
public class CorruptionTests
{
    [Fact]
    public void Corrupting_any_entry_never_improves_readiness_without_a_trace() => Holds.ForEveryChart((chart, pick) =>
    {
        var index = pick % chart.Resources.Length;
        if (Corruption.Of(chart, index, pick / chart.Resources.Length) is not { } corrupted) return;
        NeverBetterWithoutTrace(chart, corrupted);
    });

    [Fact]
    public void An_antithrombotic_in_use_that_becomes_unreadable_never_leaves_a_ready_patient() => Holds.ForEveryChart((chart, pick) =>
    {
        if (Engine.Assess(chart) is not { } before) return;
        var inUse = before.Readiness.Medications.Where(m => m.InUse && m.Systemic && Engine.Catalogue.Drugs.Find(m.Ingredient ?? "")?.Class.Hides == MightHide.Antithrombotic)
            .Select(m => m.Reference).ToHashSet();
        foreach (var index in Enumerable.Range(0, chart.Resources.Length).Where(i => inUse.Contains($"{chart.Resources[i]["resourceType"]}/{chart.Resources[i]["id"]}")))
            if (Corruption.Of(chart, index, pick) is { } corrupted)
                Assert.NotEqual(Verdict.Ready, Engine.Assess(corrupted)?.Readiness.Verdict);
    });

    [Fact]
    public void Deleting_a_result_that_is_asked_for_never_improves_readiness_without_saying_that_it_is_missing() => Holds.ForEveryChart((chart, pick) =>
    {
        var results = Enumerable.Range(0, chart.Resources.Length).Where(i => (string?)chart.Resources[i]["resourceType"] == "Observation").ToList();
        if (results.Count == 0 || Engine.Assess(chart) is not { } before) return;
        var index = results[pick % results.Count];
        var analyte = before.Readiness.Labs.FirstOrDefault(l => l.Reference == $"Observation/{chart.Resources[index]["id"]}")?.Analyte;
        var without = chart.Without(index);
        // Nobody can miss what nobody asks for: without it the answer has no row for it.
        if (Engine.Assess(without) is { } after && after.Readiness.Labs.Any(l => l.Analyte == analyte)) NeverBetterWithoutTrace(chart, without);
    });

    [Theory]
    [InlineData("Observation", "Laboratory results")]
    [InlineData("Medication", "Medication list")]
    [InlineData("Condition", "Problem list")]
    [InlineData("AllergyIntolerance", "Allergies")]
    [InlineData("Procedure", "Procedures and devices")]
    public void A_kind_of_record_that_is_wholly_absent_is_said(string type, string said) => Holds.ForEveryChart(chart =>
    {
        var without = chart with { Resources = [.. chart.Resources.Where(r => !((string)r["resourceType"]!).StartsWith(type, StringComparison.Ordinal))] };
        if (Engine.Assess(without) is not { } answer) return;
        Assert.Contains(answer.Readiness.NotJudged, n => n.What == said);
        if (type == "Medication") Assert.NotEqual(Verdict.Ready, answer.Readiness.Verdict);
    });

    private static void NeverBetterWithoutTrace(GeneratedChart chart, GeneratedChart corrupted)
    {
        if (Engine.Assess(chart) is not { } before || Engine.Assess(corrupted) is not { } after) return;
        if (after.Care >= before.Care) return;
        var traces = after.Readiness.NotJudged.Except(before.Readiness.NotJudged).Select(n => n.ToString())
            .Concat(after.Readiness.Labs.Where(l => l.State is not ResultState.Known && before.Readiness.Labs.All(b => b.Analyte != l.Analyte || b.State != l.State)).Select(l => l.ToString()));
        Assert.True(traces.Any(), $"{before.Readiness.Verdict} became {after.Readiness.Verdict} without a trace after\n{corrupted}");
    }
}
