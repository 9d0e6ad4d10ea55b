using System.Text.Json.Nodes;
using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;
using FsCheck.Fluent;

namespace BiopsyFhir.Property.Tests;

/// <summary>What must not matter does not matter.</summary>
public class InvarianceTests
{
    [Fact]
    public void The_order_of_entries_never_matters() => Holds.ForEveryChart((chart, pick) =>
    {
        var random = new Random(pick);
        var shuffled = chart with { Resources = [.. chart.Resources.OrderBy(_ => random.Next())] };
        SameAnswer(chart, Engine.Assess(shuffled));
        SameAnswer(chart, Engine.Assess(chart with { Resources = [.. chart.Resources.Reverse()] }));
    });

    [Theory]
    [InlineData(References.Absolute)]
    [InlineData(References.Urn)]
    public void The_form_of_references_never_matters(References form) => Holds.ForEveryChart(chart =>
        SameAnswer(chart, Engine.Assess(chart.BundleReferring(form), chart.Query)));

    [Theory]
    [InlineData("searchset")]
    [InlineData("batch-response")]
    [InlineData("document")]
    [InlineData("transaction")]
    public void The_type_of_the_bundle_never_matters(string type) => Holds.ForEveryChart(chart =>
        SameAnswer(chart, Engine.Assess(chart.Bundle(type), chart.Query)));

    [Fact]
    public void Codings_of_systems_that_nobody_knows_never_matter() => Holds.ForEveryChart(chart =>
    {
        var coded = chart with
        {
            Resources = [.. chart.Resources.Select(r => Edit.Copy(r, copy =>
            {
                foreach (var name in new[] { "code", "medicationCodeableConcept" })
                    if (copy[name] is JsonObject concept)
                        concept["coding"] = new JsonArray([.. (concept["coding"] as JsonArray ?? []).Select(c => c!.DeepClone()),
                            new JsonObject { ["system"] = "urn:oid:2.16.840.1.113883.3.9999", ["code"] = "LOCAL-7" }]);
            }))],
        };
        SameAnswer(chart, Engine.Assess(coded));
    });

    [Fact]
    public void Unrelated_resources_never_matter() => Holds.ForEveryChart(chart => SameAnswer(chart, Engine.Assess(chart.Plus(
        Resources.Of("Practitioner", "x1"), Resources.Of("Organization", "x2"), Resources.Of("Location", "x3"), Resources.Of("Encounter", "x4"),
        Edit.Set(Resources.Of("Immunization", "x5"), "patient", new JsonObject { ["reference"] = Resources.Subject }),
        Edit.Set(Resources.Of("Coverage", "x6"), "beneficiary", new JsonObject { ["reference"] = Resources.Subject }),
        Resources.Condition("x7", Resources.Concept(null, null, "Ingrown toenail"), "active", null))),
        // That they were there is said once; and one more condition ends "no condition seen".
        told: n => n.What.StartsWith("Other records", StringComparison.Ordinal) || n.What == "Problem list" ? "" : n.ToString()));

    [Fact]
    public void The_same_input_gives_the_same_bytes() => Holds.ForEveryChart(chart =>
        Assert.Equal(Engine.Assess(chart)?.Json, Engine.Assess(chart)?.Json));

    private static void SameAnswer(GeneratedChart chart, Answer? varied, Func<NotJudged, string>? told = null)
    {
        var plain = Engine.Assess(chart);
        Assert.Equal(plain is null, varied is null);
        if (plain is null || varied is null) return;
        Assert.Equal(plain.Findings, varied.Findings);
        Assert.Equal(plain.Readiness.Verdict, varied.Readiness.Verdict);
        Assert.Equal(NotJudged(plain), NotJudged(varied));
        Assert.Equal(Labs(plain), Labs(varied));

        // Lists within records are compared by identity; their words stand beside.
        static IEnumerable<(LabRow, string)> Labs(Answer answer) => answer.Readiness.Labs.OrderBy(l => l.Analyte, StringComparer.Ordinal).Select(l => (l with { Notes = [] }, string.Join('|', l.Notes)));
        IEnumerable<string> NotJudged(Answer answer) => answer.Readiness.NotJudged.Select(told ?? (n => n.ToString())).Where(said => said.Length > 0).Order(StringComparer.Ordinal);
    }
}
