using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Domain;

/// <summary>What a lab rule says in one situation: severity, action and words, as a policy row has them. Words in braces are filled in.</summary>
public sealed partial record Statement(Severity Severity, FindingAction Action, string Title, string Detail, ImmutableArray<string> Citations)
{
    /// <param name="blanks">The words in braces that the rule can fill; another one is a fault of the file.</param>
    public static Statement Read(PolicySection row, params string[] blanks)
    {
        var statement = new Statement(row.Choice<Severity>("severity"), row.Choice<FindingAction>("action"), row.Text("title"), row.Text("detail"), row.Cites());
        foreach (Match blank in Blank().Matches(statement.Title + statement.Detail))
            if (!blanks.Contains(blank.Groups[1].Value)) row.Faults.Add(row.Path, $"{{{blank.Groups[1].Value}}} is not known here");
        return statement;
    }

    /// <summary>The finding, with the blanks filled; a filling may be empty, and surplus spaces go.</summary>
    public Finding Say(string rule, string subject, IEnumerable<Fact> because, params ReadOnlySpan<(string Blank, string Words)> fill)
    {
        var (title, detail) = (Title, Detail);
        foreach (var (blank, words) in fill)
        {
            title = title.Replace($"{{{blank}}}", words, StringComparison.Ordinal);
            detail = detail.Replace($"{{{blank}}}", words, StringComparison.Ordinal);
        }
        return new Finding
        {
            Rule = rule,
            Severity = Severity,
            Subject = subject,
            Action = Action,
            Title = title.Trim(),
            Detail = Spaces().Replace(detail, " ").Trim(),
            Because = [.. because],
            Citations = Citations,
        };
    }

    [GeneratedRegex(@"\{([a-zA-Z]+)\}")]
    private static partial Regex Blank();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();
}
