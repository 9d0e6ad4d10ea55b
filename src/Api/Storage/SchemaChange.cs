using System.Text.RegularExpressions;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// Whether a script leaves everything that an older program reads and writes as it was: new tables, new columns that may stay empty,
/// indexes. Old and new version may then work on one database, which is what an upgrade without an interruption needs.
/// </summary>
public static partial class SchemaChange
{
    public static bool OnlyAdds(string sql)
    {
        var statements = Comment().Replace(sql, " ").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var made = statements.Select(s => NewTable().Match(s)).Where(m => m.Success).Select(m => m.Groups["table"].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return statements.All(statement => NewTable().IsMatch(statement) || NewColumn().IsMatch(statement) || Index().Match(statement) is { Success: true } index
            // A new rule of uniqueness can refuse what the older program writes, unless the table is new to it.
            && (index.Groups["unique"].Value.Length == 0 || made.Contains(index.Groups["table"].Value)));
    }

    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^CREATE\s+TABLE\s+(IF\s+NOT\s+EXISTS\s+)?(?<table>\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex NewTable();

    /// <summary>Without NOT NULL, or with a default: the older program's inserts do not name it.</summary>
    [GeneratedRegex(@"^ALTER\s+TABLE\s+\w+\s+ADD\s+COLUMN\s+(IF\s+NOT\s+EXISTS\s+)?\w+\s+\w+(?!.*\bUNIQUE\b)(?!.*\bCHECK\b)(?!.*\bREFERENCES\b)((?!.*\bNOT\s+NULL\b)|(?=.*\bDEFAULT\b))[^,]*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex NewColumn();

    [GeneratedRegex(@"^CREATE\s+(?<unique>UNIQUE\s+)?INDEX\s+(IF\s+NOT\s+EXISTS\s+)?\w+\s+ON\s+(?<table>\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex Index();
}
