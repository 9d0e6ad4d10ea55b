using System.Reflection;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>The SMART App Launch checklist has 52 rows; a row without a test that names it is not known to hold.</summary>
public sealed partial class ChecklistTests
{
    private static IReadOnlyList<string> Tests { get; } =
        [.. Assembly.GetExecutingAssembly().GetTypes().SelectMany(t => t.GetMethods()).Where(m => m.GetCustomAttributes<FactAttribute>().Any()).Select(m => m.Name)];

    [Fact]
    public void Every_row_of_the_checklist_is_named_by_a_test() =>
        Assert.Empty(Enumerable.Range(1, 52).Except(Tests.SelectMany(name => Row().Matches(name)).Select(m => int.Parse(m.Groups[1].Value))));

    [Fact]
    public void The_documentation_has_one_line_for_each_row_and_names_tests_that_exist()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs/interop.md"));
        var section = text[text.IndexOf("\n## SMART\n", StringComparison.Ordinal)..].Split("\n## ")[1];
        var lines = Line().Matches(section).Select(m => (Row: int.Parse(m.Groups[1].Value), Test: m.Groups[2].Value)).ToList();
        Assert.Equal(Enumerable.Range(1, 52), lines.Select(line => line.Row));
        Assert.All(lines, line =>
        {
            Assert.Contains(line.Test, Tests);
            Assert.Contains($"L_{line.Row:00}_", line.Test, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void L_50_without_a_CapabilityStatement_that_announces_create_nothing_is_planned()
    {
        var request = new WriteBackRequest("Patient/1", default, [new Draft(Keys.For(DraftKind.CarePlan, "https://ehr.example/fhir", "Patient/1", "2026-03-18", []), _ => default)], []);
        var everything = Scopes.Parse("patient/*.cruds");
        Assert.All((Capabilities?[])[null, new Capabilities()], announced =>
        {
            var rung = Assert.IsType<Rung.NotPossible>(Assert.Single(Assert.Single(PlanWriteBack.For(request, announced, everything, Quirks.Open).Purposes).Rungs));
            Assert.Contains(announced is null ? "the EHR's CapabilityStatement could not be read" : "the EHR does not announce create of CarePlan", rung.Reason, StringComparison.Ordinal);
        });
    }

    [GeneratedRegex(@"L_(\d\d)_")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| L-(\d\d) \|.*\| `(\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
