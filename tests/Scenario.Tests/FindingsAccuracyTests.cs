using System.Text;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>
/// Sensitivity and specificity of each rule over the scenarios, kept in docs/accuracy.md.
/// BIOPSYFHIR_RECORD=1 writes the section anew; otherwise a section that differs fails.
/// </summary>
public class FindingsAccuracyTests
{
    private const string Begin = "<!-- findings: begin (written by FindingsAccuracyTests) -->", End = "<!-- findings: end -->";

    [Fact]
    public void The_accuracy_page_says_how_the_findings_fare()
    {
        var page = Repository.Path("docs/accuracy.md");
        var text = File.ReadAllText(page);
        if (!text.Contains(Begin, StringComparison.Ordinal)) text = $"{text.TrimEnd()}\n\n{Begin}\n{End}\n";
        var (start, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal) + End.Length);
        var written = $"{text[..start]}{Begin}\n{Measure()}{End}{text[end..]}";
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") == "1") File.WriteAllText(page, written);
        Assert.Equal(written, File.ReadAllText(page));
    }

    private static string Measure()
    {
        var (wanted, spoken, quiet, silent) = (0, 0, 0, 0);
        var rows = new StringBuilder();
        foreach (var rule in CoverageTests.Rules.Order(StringComparer.Ordinal))
        {
            var must = Scenario.All.Where(s => Truth.Wanted(s, rule) == true).ToList();
            var mustNot = Scenario.All.Where(s => Truth.Wanted(s, rule) == false).ToList();
            var (right, still) = (must.Count(s => Truth.SpeaksRightly(s, rule)), mustNot.Count(s => !Truth.Speaks(s, rule)));
            rows.Append($"| {rule} | {must.Count} | {Share(right, must.Count)} | {mustNot.Count} | {Share(still, mustNot.Count)} |\n");
            (wanted, spoken, quiet, silent) = (wanted + must.Count, spoken + right, quiet + mustNot.Count, silent + still);
        }
        var wrong = Scenario.All.Where(s => Compare.Differences(s).Any()).Select(s => s.Name).ToList();
        return
            $"""
            ## Findings over the scenario set

            {Scenario.All.Count} invented patients (tests/Scenarios), each with what must and must not be said, worked out by hand from the rules. For each rule:
            sensitivity is the share of the patients for whom it must speak (`must`) for whom it speaks with everything asked: severity, subject, dates, provisional or not.
            Specificity is the share of the patients for whom it must be silent for whom it is silent: the rule is in `mustNot`, or nothing unasked is tolerated from its lowest severity on.
            Where a scenario leaves a rule open it counts on neither side.

            How to read it: any difference fails the build, so a published version shows 100 % here, and what the page guards is the numbers of patients behind it.
            The patients were written at the edges of the rules, by people who knew the rules. The figures say that the rules are carried out as written; they do not say how often
            the rules are right, or how charts elsewhere are kept. An edge that nobody thought of is not in the set.

            | rule | must speak | sensitivity | must be silent | specificity |
            |---|---|---|---|---|
            {rows}| all | {wanted} | {Share(spoken, wanted)} | {quiet} | {Share(silent, quiet)} |

            {(wrong.Count == 0 ? "No patient is answered otherwise than expected." : $"Answered otherwise than expected: {string.Join(", ", wrong)}.")}


            """;
    }

    private static string Share(int part, int whole) => whole == 0 ? "–" : $"{100m * part / whole:0.0} % ({part}/{whole})";
}
