using System.Globalization;
using System.Text;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Mutation;

/// <summary>The section "Mutation check" of docs/accuracy.md, from two whole runs.</summary>
internal static class Page
{
    private const string Begin = "<!-- mutation: begin (written by tests/mutate) -->", End = "<!-- mutation: end -->";

    /// <summary>Survivors without a reason why they are equivalent, as a share of the mutants of the evaluation: policies and rules.</summary>
    private const decimal GoalPercent = 2;

    /// <returns>0 when the goal is met and every line of equivalent.tsv names a mutant that exists.</returns>
    public static int Write(string data, string code, int leftAlone)
    {
        var (policies, rules) = (Report.Read(data), Report.Read(code));
        var all = policies.Concat(rules).ToList();
        var known = Known.Read();
        var page = Repository.Path("docs/accuracy.md");
        var text = File.ReadAllText(page);
        if (!text.Contains(Begin, StringComparison.Ordinal)) text = $"{text.TrimEnd()}\n\n{Begin}\n{End}\n";
        var (start, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal) + End.Length);
        File.WriteAllText(page, $"{text[..start]}{Begin}\n{Section(policies, rules, known.Values, leftAlone)}{End}{text[end..]}");

        var gone = known.Keys.Except(all.Select(o => o.Key)).ToList();
        foreach (var key in gone) Console.WriteLine($"  in equivalent.tsv, and there is no such mutant: {key}");
        var evaluation = all.Where(o => o.Evaluates).ToList();
        var open = evaluation.Count(o => o.Result == "survived" && !Equivalent(known.Values, o));
        Console.WriteLine($"{open} of {evaluation.Count} of the evaluation survived without being equivalent: {Percent(open, evaluation.Count)} (goal {GoalPercent} %)");
        return gone.Count == 0 && open * 100m <= GoalPercent * evaluation.Count ? 0 : 1;
    }

    private static string Section(IReadOnlyList<Outcome> policies, IReadOnlyList<Outcome> rules, IEnumerable<Known> known, int leftAlone)
    {
        var rows = new StringBuilder();
        var evaluation = policies.Concat(rules).Where(o => o.Evaluates).GroupBy(_ => "**evaluation**");
        foreach (var group in policies.GroupBy(o => $"policies: {o.Group}").Concat(rules.Where(o => o.Evaluates).GroupBy(_ => "code: rules")).Concat(evaluation).Concat(rules.Where(o => !o.Evaluates).GroupBy(_ => "code: reading")))
        {
            var survived = group.Where(o => o.Result == "survived").ToList();
            var equivalent = survived.Count(o => Equivalent(known, o));
            var open = survived.Count - equivalent;
            rows.Append(CultureInfo.InvariantCulture, $"| {group.Key} | {group.Count()} | {group.Count(o => o.Result == "killed")} | {group.Count(o => o.Result == "refused")} | {equivalent} | {open} ({Percent(open, group.Count())}) |\n");
        }
        var reasons = new StringBuilder();
        foreach (var reason in known.Where(k => k.Verdict == "equivalent").GroupBy(k => k.Reason).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
            reasons.Append(CultureInfo.InvariantCulture, $"| {reason.Count()} | {reason.Key} |\n");
        return
            $"""
            ## Mutation check

            Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd} by tests/mutate. One thing is changed at a time, and the tests are asked whether they notice.

            - **Policies** (medicines, labs, work-up, anaemia, thrombosis, checks): each number one more, one less, a tenth more, a tenth less; each severity one level up and down; each restart a day
              earlier and later; each edge of a clearance band moved; each column of a preset replaced by another one that differs. In process; what the validation refuses at start counts as noticed.
            - **Code** of Checks, Drugs, History, Labs and Readiness in src/Domain: each comparison turned and its edge moved, each number one more. One compile holds them all behind a switch. *Rules* is what
              decides (holds, limits, windows, scores, severities); *reading* is what turns words, codes, units and tables into facts, whose measure is the recognition above, and facts into
              lines of a page; it is no part of the goal.
              {leftAlone} comparisons and numbers inside patterns, constants and static tables cannot be switched and were left alone.
            - The judges are the folders and the tables of tests/Scenarios and, for code, the tests of tests/Domain.Tests. The tables were written from the guidelines' text, not from answers.

            | | mutants | killed | refused at start | equivalent | survived |
            |---|---|---|---|---|---|
            {rows}
            *Equivalent* are survivors that no answer can show, each with its reason in tests/Mutation/equivalent.tsv. *Survived* are the others; those of the evaluation are named there as open, with what they
            would change (goal: 2 % of the evaluation at most). The survivors of the reading have not been looked at one by one.

            | equivalent | because |
            |---|---|
            {reasons}

            """;
    }

    private static bool Equivalent(IEnumerable<Known> known, Outcome outcome) => known.Any(k => k.Key == outcome.Key && k.Verdict == "equivalent");

    private static string Percent(int part, int whole) => string.Create(CultureInfo.InvariantCulture, $"{100m * part / whole:0.0} %");
}
