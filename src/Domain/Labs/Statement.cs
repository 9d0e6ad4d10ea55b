using System.Collections.Immutable;
using System.Runtime.CompilerServices;
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

    /// <summary>Whether the words have this blank: what nobody reads need not be put into words.</summary>
    public bool Asks(string blank)
    {
        var braced = $"{{{blank}}}";
        return Title.Contains(braced, StringComparison.Ordinal) || Detail.Contains(braced, StringComparison.Ordinal);
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
            Title = Filled(Title, fill, surplusSpaces: true),
            Detail = Filled(Detail, fill, surplusSpaces: false),
            Because = because is ImmutableArray<Fact> facts ? facts : [.. because],
            Citations = Citations,
        };
    }

    [GeneratedRegex(@"\{([a-zA-Z]+)\}")]
    private static partial Regex Blank();

    /// <summary>In one pass: what is filled in is not looked at again, so braces in a patient's words mean nothing. Only the finished words become a string.</summary>
    private static string Filled(string template, ReadOnlySpan<(string Blank, string Words)> fill, bool surplusSpaces)
    {
        if (!template.Contains('{') && (surplusSpaces || !template.Contains("  ", StringComparison.Ordinal))) return template.Trim();
        var filled = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[512]);
        var from = 0;
        for (var open = template.IndexOf('{'); open >= 0; open = template.IndexOf('{', from))
        {
            filled.AppendFormatted(template.AsSpan(from, open - from));
            from = open;
            foreach (var (blank, words) in fill)
                if (template.AsSpan(open + 1).StartsWith(blank) && template.AsSpan(open + 1 + blank.Length).StartsWith('}'))
                {
                    filled.AppendLiteral(words);
                    from = open + blank.Length + 2;
                    break;
                }
            if (from > open) continue;
            filled.AppendLiteral("{"); // a blank that the rule does not fill stays as it is
            from++;
        }
        filled.AppendFormatted(template.AsSpan(from));
        var said = surplusSpaces ? filled.Text.Trim().ToString() : WithoutSurplusSpaces(filled.Text);
        filled.Clear();
        return said;
    }

    private static string WithoutSurplusSpaces(ReadOnlySpan<char> text)
    {
        var plain = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[512]);
        var rest = text.Trim();
        for (var two = rest.IndexOf("  "); two >= 0; two = rest.IndexOf("  "))
        {
            plain.AppendFormatted(rest[..(two + 1)]);
            rest = rest[two..].TrimStart(' ');
        }
        plain.AppendFormatted(rest);
        return plain.ToStringAndClear();
    }
}
