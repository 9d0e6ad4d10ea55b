using System.Collections.Immutable;
using System.Text;
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
        return new Finding
        {
            Rule = rule,
            Severity = Severity,
            Subject = subject,
            Action = Action,
            Title = Filled(Title, fill).Trim(),
            Detail = WithoutSurplusSpaces(Filled(Detail, fill)).Trim(),
            Because = [.. because],
            Citations = Citations,
        };
    }

    [GeneratedRegex(@"\{([a-zA-Z]+)\}")]
    private static partial Regex Blank();

    /// <summary>In one pass: what is filled in is not looked at again, so braces in a patient's words mean nothing.</summary>
    private static string Filled(string template, ReadOnlySpan<(string Blank, string Words)> fill)
    {
        var open = template.IndexOf('{');
        if (open < 0) return template;
        var filled = new StringBuilder(template.Length * 2);
        var from = 0;
        for (; open >= 0; open = template.IndexOf('{', from))
        {
            filled.Append(template, from, open - from);
            from = open;
            foreach (var (blank, words) in fill)
                if (template.AsSpan(open + 1).StartsWith(blank) && template.AsSpan(open + 1 + blank.Length).StartsWith('}'))
                {
                    filled.Append(words);
                    from = open + blank.Length + 2;
                    break;
                }
            if (from > open) continue;
            filled.Append('{'); // a blank that the rule does not fill stays as it is
            from++;
        }
        return filled.Append(template, from, template.Length - from).ToString();
    }

    private static string WithoutSurplusSpaces(string text)
    {
        if (!text.Contains("  ", StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        foreach (var c in text)
            if (c != ' ' || plain.Length == 0 || plain[^1] != ' ') plain.Append(c);
        return plain.ToString();
    }
}
